// What goes wrong on purpose. Compiled in, because a harness that cannot be made to fail cannot be trusted to
// notice failures, nor a gate that has never seen a regression to notice one.
//
// IPCSORT_FAULT=POINT[@ROUND]:ACTION[:WORKER] in the environment makes one worker (default 1, or 0 when it is
// alone) kill or stop itself, exit, or pause at a named point, of several rounds in the first or the ROUNDth:
//
//   POINT   after_fork attached ready header_sent mid_payload before_last_byte sent
//   ACTION  kill | stop | exit | delay=MILLISECONDS
//
// IPCSORT_SLOWDOWN=METRIC:PERCENT% makes each run through a transport longer by that share of its own time,
// burnt in a loop at the end of what METRIC measures.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "bench/pipeline/scoreboard.hpp"
#include "bench/pipeline/settings.hpp"

namespace ipcsort::pipeline {

struct Fault {
  enum class Action { kill, stop, exit, delay };
  std::string point;
  std::uint32_t round = 1;
  Action action{};
  int delay_ms = 0;
  int worker = 0;
};

// Throws UsageError when `text` is not of the form above. nullopt for an empty text.
std::optional<Fault> parse_fault(std::string_view text, int workers);

// In a worker: strikes if this is the place.
class FaultPoints {
 public:
  FaultPoints(const std::optional<Fault>& fault, int worker, WorkerBoard& board) noexcept;
  void begin_round(std::uint32_t round) noexcept { round_ = round; }
  void at(std::string_view point) const noexcept;
  // Where a payload of `bytes` must be cut for a fault to strike inside it; `bytes` when it need not be.
  [[nodiscard]] std::size_t cut(std::size_t bytes) const noexcept;

 private:
  [[nodiscard]] bool is_near(std::string_view point) const noexcept;

  const Fault* fault_;  // null: no fault for this worker
  std::uint32_t round_ = 1;
  WorkerBoard& board_;
};

struct Slowdown {
  Metric metric{};
  double share = 0;  // 0.05 for 5 %
};

// Throws UsageError when `text` is not METRIC:PERCENT% with a percentage from 0 to 1000. nullopt for an empty
// text.
std::optional<Slowdown> parse_slowdown(std::string_view text);

// In the parent, at the end of the transfer, of each later round and of the total; each does nothing unless it is its
// metric. The second returns the end that a round from `begin` to `end` then has.
void slow_transfer_down(const std::optional<Slowdown>& slowdown, const Scoreboard& board) noexcept;
sys::Nanoseconds slow_round_down(const std::optional<Slowdown>& slowdown, sys::Nanoseconds begin,
                                 sys::Nanoseconds end) noexcept;
void slow_total_down(const std::optional<Slowdown>& slowdown, const Scoreboard& board) noexcept;

}  // namespace ipcsort::pipeline
