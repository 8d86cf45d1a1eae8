// System calls that fail, move less than they were asked to, or are interrupted, on purpose.
//
// A seccomp filter (seccomp(2)) traps a set of calls; a SIGSYS handler decides what becomes of each and makes
// the call itself where it may pass: the filter lets through what comes from the handler's own instruction.
// So raw system calls are caught as well as those of the C library, no privilege is needed, and children
// inherit it all. A filter cannot be taken off again: every trial belongs in a process of its own.
//
// Never trapped: clone, fork, exit, signal handling, munmap, and whatever the vDSO answers.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sys/mapping.hpp"

namespace ipcsort::faults {

enum class Disturbance : std::uint32_t {
  none,       // count only
  fail_nth,   // one call fails
  clamp,      // byte streams move 1 to 7 bytes at a time
  interrupt,  // blocking calls fail with EINTR at every other attempt
  record,     // calls that make something are noted
};

struct Plan {
  Disturbance kind = Disturbance::none;
  std::uint32_t strike_at = 0;  // fail_nth: which call, from 1
  int error = 0;                // fail_nth: the errno
};

// One call as `record` sees it; `name` is the path or name that it was given.
struct RecordedCall {
  long number = -1;
  std::array<long, 6> arguments{};
  std::array<char, 120> name{};
};

class Interference {
 public:
  // Why it cannot be had here; empty when it can.
  static std::string unavailable();

  explicit Interference(Plan plan);
  Interference(const Interference&) = delete;
  Interference& operator=(const Interference&) = delete;

  // Puts the calling process, and what it forks from now on, under the filter. Once in a process; nothing
  // happens to its calls before arm().
  void enter();
  void arm() noexcept { shared().armed.store(true); }
  void disarm() noexcept { shared().armed.store(false); }

  // Trapped while armed, in all processes.
  [[nodiscard]] std::uint32_t calls() const noexcept { return shared().calls.load(); }
  // The system call that was made to fail; -1 for none.
  [[nodiscard]] long struck() const noexcept { return shared().struck.load(); }
  // In how many calls something was changed.
  [[nodiscard]] std::uint32_t changed() const noexcept { return shared().changed.load(); }
  [[nodiscard]] std::vector<RecordedCall> recorded() const;

  struct Shared {
    static constexpr std::size_t records_max = 512;
    std::atomic<bool> armed;
    std::atomic<std::uint32_t> calls;
    std::atomic<std::uint32_t> changed;
    std::atomic<long> struck;
    std::atomic<std::uint32_t> records;  // may count beyond what there is room for
    Plan plan;
    std::array<RecordedCall, records_max> record;
  };

 private:
  [[nodiscard]] Shared& shared() const noexcept { return *reinterpret_cast<Shared*>(memory_.data()); }

  sys::Mapping memory_;
};

// "openat" for SYS_openat.
std::string name_of_call(long number);

// Whether an error text names the call, by the name of a library function that makes it if need be.
bool names_call(std::string_view text, long number);

}  // namespace ipcsort::faults
