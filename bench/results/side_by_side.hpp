// Several sweeps, of other machines or versions, in one table.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "bench/results/summary.hpp"
#include "bench/text/style.hpp"

namespace ipcsort::results {

struct NamedSummary {
  std::string name;  // "A"
  std::vector<SummaryRow> summary;
};

// What each reached in the largest condition that all have measured: throughput where something was moved and
// the barrier makes it a clean figure, the total otherwise; the best of the first sweep on top. They are
// medians of different sessions, so nothing is said about what differs. A sentence instead when they have no
// condition in common.
std::string side_by_side_text(std::span<const NamedSummary> sweeps, const text::Look& look = {});
std::string side_by_side_markdown(std::span<const NamedSummary> sweeps);

}  // namespace ipcsort::results
