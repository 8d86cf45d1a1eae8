// What a cell says only together with others of its series: those that differ from it in workers, numbers or
// files alone. Pure.
#pragma once

#include <vector>

#include "bench/results/summary.hpp"

namespace ipcsort::results {

// Sets the speed-ups, the exponents of growth and the serial share of every row that has a total; `rows` is
// all of one sweep.
void describe_series(std::vector<SummaryRow>& rows);

}  // namespace ipcsort::results
