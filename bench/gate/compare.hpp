// Two recorded sweeps, cell by cell.
//
// Two sessions cannot be paired: what the machine did in one and not in the other is in the difference, and
// in simulations a third of all unchanged cells then looks changed. Two remedies, both partial: every ratio
// is divided by the session's shift, the median ratio of all common cells; and a cell is called changed only
// if the Mann-Whitney test says so after the correction of Benjamini and Hochberg for the number of cells,
// and the change is not too small to matter. What hits all cells alike is taken for the session's shift; what
// the session does to single cells is taken for a change. `ipcsort ab` has neither weakness.
#pragma once

#include <string>
#include <vector>

#include "bench/gate/verdict.hpp"
#include "bench/pipeline/settings.hpp"
#include "bench/results/run_row.hpp"

namespace ipcsort::gate {

// Why `rows` were not recorded in randomised blocks, as "every block ran its cells in the same order"; ""
// when they were. Without such an order a drift of the machine would be taken for a difference of cells.
std::string order_problem(const std::vector<results::RunRow>& rows);

// Every cell that at least one side ran, with what the figures say in `notes`; title, baseline and candidate
// are the caller's. Warm-up runs do not count; of several attempts at a run the latest does. A cell of which
// a counted run failed is `failed`. Calibrations measure the machine, so they get no verdict; their shift is
// a note. `advisory` that is not empty says why there are to be ratios and no verdicts. Throws UsageError for a
// time that no run can have taken.
Report compare(const std::vector<results::RunRow>& baseline, const std::vector<results::RunRow>& candidate,
               pipeline::Metric metric, const std::string& advisory = {});

}  // namespace ipcsort::gate
