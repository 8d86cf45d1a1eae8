// One run that answers two questions. What is sent again and again (transfer steady) is sent a first time, and that round is
// a run with a barrier like any other: where a block asks for both, one run makes both rows.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "bench/cell/plan.hpp"
#include "bench/results/measure.hpp"

namespace ipcsort::sweep {

// Of each cell of `plan` by number, the number of the one that the same run measures, if there is one.
std::vector<std::optional<std::size_t>> twins_of(const cell::Plan& plan);

class SharedRuns {
 public:
  // Of a plan with these cells; only how often each run is repeated may change later.
  explicit SharedRuns(const cell::Plan& plan);

  // What is measured next, a block or what an interruption left of it.
  void begin(std::span<const results::Slot> slots);
  // The row of `slot`, one of those: of a run made now, or of the one that was made for the cell which differs in nothing
  // but the rounds. A run that was made costs only the first of its two rows anything.
  results::RunRow measure(const cell::Plan& plan, const results::Slot& slot, results::CellRunner& runner,
                          const results::Ceilings& ceilings);

 private:
  std::vector<std::optional<std::size_t>> twins_;     // of each cell, by number
  std::vector<bool> is_coming_;                       // likewise
  std::map<std::size_t, results::Measurement> made_;  // for the cell of that number
};

}  // namespace ipcsort::sweep
