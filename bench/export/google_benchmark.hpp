// A sweep as the JSON of Google Benchmark, which its compare.py and many trackers read.
//
// Format: docs/user_guide.md ("Output Formats") of github.com/google/benchmark, as version 1.7.1 writes it.
// Two families: total (total_s) and transfer (transfer_window_s, of what has one). Times are in nanoseconds;
// cpu_time is that of parent and workers over the whole run, in either family.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "bench/results/run_row.hpp"
#include "bench/results/summary.hpp"

namespace ipcsort::exports {

// One entry for each counted run that was ok, the runs of a cell as its repetitions. `meta` is the content of
// meta.json, from which the context comes; what it does not say is left out.
nlohmann::ordered_json google_benchmark_runs(const std::vector<results::RunRow>& runs,
                                             const nlohmann::ordered_json& meta);

// One entry for each cell that was measured, with its medians: for trackers, which keep one value a name.
nlohmann::ordered_json google_benchmark_medians(const std::vector<results::SummaryRow>& summary,
                                                const nlohmann::ordered_json& meta);

}  // namespace ipcsort::exports
