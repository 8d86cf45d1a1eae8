// Describing one sample.
//
// Every function throws std::invalid_argument if the sample is empty or holds a value that is not finite.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "bench/stats/interval.hpp"

namespace ipcsort::stats {

double mean(std::span<const double> sample);

// With n - 1 in the denominator; throws std::invalid_argument for fewer than two values.
double standard_deviation(std::span<const double> sample);

// The middle value, or the mean of the two middle ones.
double median(std::span<const double> sample);

// The quantile that a fraction `p` of the sample lies below: linear between the order statistics around
// position (n - 1) p, counted from 0; so p = 0 is the minimum and p = 1 the maximum. This is type 7, the
// default of R and NumPy, in R. J. Hyndman and Y. Fan, "Sample Quantiles in Statistical Packages", The
// American Statistician 50 (1996). Throws std::invalid_argument unless 0 <= p <= 1.
double quantile(std::span<const double> sample, double p);

// 1.4826 times the median distance from the median: estimates the standard deviation of a normal sample, and
// up to half of the values may be outliers. F. R. Hampel, "The Influence Curve and Its Role in Robust
// Estimation", JASA 69 (1974). The factor is 1 / (the 3/4 quantile of the standard normal distribution).
double scaled_mad(std::span<const double> sample);

// The confidence interval of the median that the sign test gives: from the k-th smallest to the k-th largest
// value, k the largest with P(Binomial(n, 1/2) < k) <= (1 - confidence) / 2. It covers the median with at least
// that confidence, also with ties; nullopt: even the whole range of so few values is not enough (below 6 for
// 95 %). H. A. David and H. N. Nagaraja, "Order Statistics" (3rd ed., 2003), section 7.1. It assumes
// independence and nothing about the shape, so it is the cross-check of the sharper signed-rank interval, which
// assumes symmetry: where the two disagree, the sample is skewed. Throws std::invalid_argument unless
// 0 < confidence < 1.
std::optional<Interval> sign_interval(std::span<const double> sample, double confidence);

// Those of times; throws std::invalid_argument if one is not finite and above 0.
std::vector<double> logarithms(std::span<const double> times);

}  // namespace ipcsort::stats
