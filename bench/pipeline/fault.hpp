// Faults on purpose: IPCSORT_FAULT=POINT:ACTION[:WORKER] in the environment makes one worker (default 1, or 0
// when it is alone) kill or stop itself, exit, or pause at a named point. Compiled in, because a harness that
// cannot be made to fail cannot be trusted to notice failures.
//
//   POINT   after_fork attached ready header_sent mid_payload before_last_byte sent
//   ACTION  kill | stop | exit | delay=MILLISECONDS
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "bench/pipeline/scoreboard.hpp"

namespace ipcsort::pipeline {

struct Fault {
  enum class Action { kill, stop, exit, delay };
  std::string point;
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
  void at(std::string_view point) const noexcept;
  // Where a payload of `bytes` must be cut for a fault to strike inside it; `bytes` when it need not be.
  [[nodiscard]] std::size_t cut(std::size_t bytes) const noexcept;

 private:
  const Fault* fault_;  // null: no fault for this worker
  WorkerBoard& board_;
};

}  // namespace ipcsort::pipeline
