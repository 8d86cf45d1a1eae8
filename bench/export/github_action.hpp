// A sweep for github-action-benchmark, tool `customSmallerIsBetter`:
// https://github.com/benchmark-action/github-action-benchmark
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "bench/results/summary.hpp"

namespace ipcsort::exports {

// [{name, unit, value, range, extra}]: the median total of each cell that was measured, in milliseconds, its
// spread (scaled median absolute deviation) and, for the reader, interval and number of runs.
nlohmann::ordered_json github_action(const std::vector<results::SummaryRow>& summary);

}  // namespace ipcsort::exports
