// The confidence interval of the median that the sign test gives.
//
// It assumes independence and nothing about the shape, so it is the cross-check of the sharper signed-rank
// interval, which assumes symmetry: where the two disagree, the sample is skewed.
#pragma once

#include <optional>
#include <span>

#include "bench/stats/interval.hpp"

namespace ipcsort::stats {

// From the k-th smallest to the k-th largest value, k the largest with P(Binomial(n, 1/2) < k) <= (1 -
// confidence) / 2. It covers the median with at least that confidence, also with ties. nullopt: even the
// whole range of so few values is not enough (below 6 for 95 %). H. A. David and H. N. Nagaraja, "Order
// Statistics" (3rd ed., 2003), section 7.1. Throws std::invalid_argument if the sample is empty or not
// finite, or unless 0 < confidence < 1.
std::optional<Interval> sign_interval(std::span<const double> sample, double confidence);

}  // namespace ipcsort::stats
