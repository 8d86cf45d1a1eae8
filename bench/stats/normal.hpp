// The standard normal distribution.
#pragma once

namespace ipcsort::stats {

// z with P(Z <= z) = `probability`. Throws std::invalid_argument unless 0 < probability < 1.
double normal_quantile(double probability);

}  // namespace ipcsort::stats
