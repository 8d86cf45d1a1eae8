// The loop: every slot of the schedule becomes a row.
#pragma once

#include <cstddef>

#include "bench/cell/plan.hpp"
#include "bench/results/directory.hpp"
#include "bench/results/measure.hpp"
#include "bench/sweep/schedule.hpp"
#include "bench/text/progress.hpp"

namespace ipcsort::sweep {

struct SweepCounts {
  std::size_t ok = 0;
  std::size_t failed = 0;
  std::size_t skipped = 0;
  bool interrupted = false;
};

// Runs what `schedule` asks for and `results` has no row for yet, and appends a row each. A failed cell is a
// row; the sweep goes on. Stops early when interrupted. Counts include the rows that were there. Throws
// std::system_error when a row cannot be written.
SweepCounts run_sweep(const cell::Plan& plan, const Schedule& schedule, results::CellRunner& runner,
                      results::ResultDirectory& results, text::Progress& progress);

}  // namespace ipcsort::sweep
