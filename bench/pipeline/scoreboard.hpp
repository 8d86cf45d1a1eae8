// The page that driver, run process and workers share. Times and failures travel here, never through the
// transport that is being measured; whoever dies, what was written stays readable.
//
// All times are CLOCK_MONOTONIC nanoseconds; 0 means "not reached".
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "bench/pipeline/settings.hpp"
#include "sys/clock.hpp"
#include "sys/cpu_use.hpp"
#include "sys/mapping.hpp"

namespace ipcsort::pipeline {

enum class Stage : std::uint32_t { not_started, started, attached, ready, sending, sent };

// What a stage is called in a message about a worker that went no further.
std::string_view doing(Stage stage) noexcept;

// The barrier is closed for good: whoever waits at it shall end.
inline constexpr std::uint32_t no_more_rounds = UINT32_MAX;

// A text that one process writes once and others read after it has ended or after `set` is seen.
class SharedText {
 public:
  void write(std::string_view text) noexcept;  // cut to what fits; the first writer wins
  [[nodiscard]] bool empty() const noexcept { return set_.load(std::memory_order_acquire) != 2; }
  [[nodiscard]] std::string read() const;

 private:
  std::atomic<std::uint32_t> set_;  // 0 nothing, 1 being written, 2 there
  std::array<char, 1020> text_;
};

// Two cache lines apart, so that workers do not disturb one another (adjacent-line prefetch).
struct alignas(128) WorkerBoard {
  std::atomic<Stage> stage;
  sys::Nanoseconds attached_at;
  sys::Nanoseconds read_ns;
  sys::Nanoseconds parse_ns;
  sys::Nanoseconds sort_ns;
  sys::Nanoseconds ready_at;
  sys::Nanoseconds sent_at;
  sys::Nanoseconds received_at;  // written by the parent
  sys::Nanoseconds fault_at;     // when an injected fault struck
  std::uint64_t numbers;
  std::uint64_t payload_bytes;
  std::uint64_t received_bytes;  // written by the parent
  std::uint64_t steps;
  std::atomic<std::uint32_t> round;  // how often it has begun to send what it has; 2: what it used is known
  // Minor page faults while it sent: in the first round, in all later ones.
  std::array<std::int64_t, 2> faults;
  std::array<std::int32_t, 3> cpus;  // seen when attached, ready and sent; 1-based, 0: not seen
  sys::CpuUse use;
  std::int64_t migrations;  // of the worker; -1: the kernel does not say
  SharedText failure;
};

// How a run ended; none: its process has not said.
enum class Status : std::uint32_t { ok, error, timeout, peer_died, interrupted, none };
std::string_view to_string(Status status) noexcept;  // of those but none

struct alignas(128) RunBoard {
  std::atomic<std::uint32_t> workers_ready;  // futex word
  std::atomic<std::uint32_t> go;             // futex word: N opens the barrier for the Nth time
  std::atomic<std::uint32_t> rounds_done;    // futex word: how many rounds have brought what is verified now
  sys::Nanoseconds opening_at;               // before Transport::open
  sys::Nanoseconds started_at;               // before the first fork
  sys::Nanoseconds go_at;
  sys::Nanoseconds received_at;  // the last byte of the last worker
  sys::Nanoseconds merged_at;
  sys::Nanoseconds verified_at;
  sys::Nanoseconds attach_ns;  // the parent's attaching
  std::int32_t cpu_at_end;     // 1-based
  sys::CpuUse use;
  // Of each round but the first, from go until the last byte was received; 0: not reached.
  std::array<sys::Nanoseconds, rounds_max - 1> window_ns;
  std::array<std::int64_t, 2> faults;  // as WorkerBoard has them, of the parent while it received
  std::int64_t migrations;             // of the main thread; -1: the kernel does not say
  sys::Nanoseconds noticed_at;         // when the supervisor learnt of what ended the run early
  std::atomic<Status> status;
  SharedText failure;
};

class Scoreboard {
 public:
  explicit Scoreboard(int workers);

  [[nodiscard]] RunBoard& run() const noexcept { return *reinterpret_cast<RunBoard*>(memory_.data()); }
  [[nodiscard]] WorkerBoard& worker(int index) const noexcept {
    return workers()[static_cast<std::size_t>(index)];
  }
  [[nodiscard]] std::span<WorkerBoard> workers() const noexcept;

 private:
  int workers_;
  sys::Mapping memory_;  // zeros are the initial state of everything above but the run's status
};

// Waits until the futex word `word` says that this round has begun, or a later one; false: there will be none.
bool await_round(const std::atomic<std::uint32_t>& word, std::uint32_t round) noexcept;

// " in round 5", "" for the first.
std::string in_round(std::uint32_t round);

// The CPU this thread runs on, 1-based.
std::int32_t current_cpu() noexcept;

}  // namespace ipcsort::pipeline
