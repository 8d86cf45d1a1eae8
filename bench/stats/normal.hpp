// The standard normal distribution.
#pragma once

namespace ipcsort::stats {

// z with P(Z <= z) = `probability`. Throws std::invalid_argument unless 0 < probability < 1.
double normal_quantile(double probability);

// P(Z >= z), precise also where it is tiny.
double normal_upper_tail(double z);

}  // namespace ipcsort::stats
