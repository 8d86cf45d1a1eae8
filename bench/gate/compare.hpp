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

struct ComparisonRule {
  double effect_min = 0.025;  // a smaller change is never called one
  double effect = 0.05;       // "unchanged" and "within-threshold" exclude a change of this size
  double false_discovery_rate = 0.05;
  // With fewer common cells the change of one of them would make up too much of the session's shift; then
  // nothing is divided out and nothing judged. The median of 5 stands two cells that really changed.
  std::size_t cells_min = 5;
};

// Why `rows` were not recorded in randomised blocks, as "every block ran its cells in the same order"; ""
// when they were. Without such an order a drift of the machine would be taken for a difference of cells.
std::string order_problem(const std::vector<results::RunRow>& rows);

struct ComparisonRequest {
  pipeline::Metric metric = pipeline::Metric::total;
  std::string advisory;  // not empty: why there are to be ratios and no verdicts
  ComparisonRule rule;
};

// Every cell that at least one side ran, with what the figures say in `notes`; title, baseline and candidate
// are the caller's. Warm-up runs do not count; of several attempts at a run the latest does. A cell of which
// a counted run failed is `failed`. Calibrations measure the machine, so they get no verdict; their shift is
// a note. Throws UsageError for a time that no run can have taken.
Report compare(const std::vector<results::RunRow>& baseline, const std::vector<results::RunRow>& candidate,
               const ComparisonRequest& request);

}  // namespace ipcsort::gate
