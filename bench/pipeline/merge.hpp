#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "bench/pipeline/settings.hpp"

namespace ipcsort::pipeline {

using Run = std::span<const std::int32_t>;  // ascending

// Merges sorted `runs` into `out` with up to `threads` threads. `out` holds exactly the numbers of all runs
// and overlaps none of them.
void merge_runs(const std::vector<Run>& runs, std::span<std::int32_t> out, unsigned threads);

// Lays `runs` end to end, and returns where they lie in `out`.
std::vector<Run> concat_runs(const std::vector<Run>& runs, std::span<std::int32_t> out);

}  // namespace ipcsort::pipeline
