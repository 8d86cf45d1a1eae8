// Two samples that share nothing: no value of one belongs to a particular value of the other.
//
// For results of two sessions, where pairing is impossible. What differs between the sessions (another
// neighbour, another clock) is in the difference of the samples, and no test can tell it from a change; so
// this decides nothing that pairs can decide.
//
// H. B. Mann and D. R. Whitney, "On a Test of Whether one of Two Random Variables is Stochastically Larger
// than the Other", Ann. Math. Statist. 18 (1947); J. L. Hodges and E. L. Lehmann, "Estimates of Location
// Based on Rank Tests", Ann. Math. Statist. 34 (1963); M. Hollander, D. A. Wolfe and E. Chicken,
// "Nonparametric Statistical Methods" (3rd ed., 2014), sections 4.1 to 4.3.
//
// All throw std::invalid_argument if a sample is empty or holds a value that is not finite.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "bench/stats/interval.hpp"

namespace ipcsort::stats {

// Up to this many values of both samples together the distribution is exact: of the sum of the ranks of a's
// values when every choice of |a| of the values is equally likely, values that tie having their mean rank. So
// it is exact with ties, too. Beyond it is normal with the variance of that very sum (which is what a
// correction for ties amounts to) and a continuity correction.
inline constexpr std::size_t two_sample_exact_n_max = 60;

// Two-sided: twice the smaller tail, at most 1.
double mann_whitney_p_value(std::span<const double> a, std::span<const double> b);

struct Shift {
  double centre;  // the median of all a_i - b_j
  // From the k-th smallest to the k-th largest of them, k as large as the confidence allows by the
  // distribution without ties (which only make it wider than it had to be); none for too few values (below 4
  // and 4 for 95 %).
  std::optional<Interval> interval;
};

// By how much a's values are larger than b's; of logarithms, exp of it is a ratio. Takes memory for |a| |b|
// values. Throws std::invalid_argument unless 0 < confidence < 1.
Shift two_sample_shift(std::span<const double> a, std::span<const double> b, double confidence);

}  // namespace ipcsort::stats
