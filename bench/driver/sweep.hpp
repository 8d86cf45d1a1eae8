// The loop: every slot of the schedule becomes a row.
#pragma once

#include <cstddef>

#include "bench/driver/measure.hpp"
#include "bench/driver/plan.hpp"
#include "bench/driver/progress.hpp"
#include "bench/driver/results.hpp"
#include "bench/driver/schedule.hpp"

namespace ipcsort::driver {

struct SweepCounts {
  std::size_t ok = 0;
  std::size_t failed = 0;
  std::size_t skipped = 0;
  bool interrupted = false;
};

// Runs what `schedule` asks for and `results` has no row for yet, and appends a row each. A failed cell is a
// row; the sweep goes on. Stops early when interrupted. Counts include the rows that were there. Throws
// std::system_error when a row cannot be written.
SweepCounts run_sweep(const Plan& plan, const Schedule& schedule, CellRunner& runner,
                      ResultDirectory& results, Progress& progress);

}  // namespace ipcsort::driver
