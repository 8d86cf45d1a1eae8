// Where a sample's centre is, and how sure that is, by Wilcoxon's signed ranks.
//
// Built on the Walsh averages (x_i + x_j) / 2, i <= j, of which n values have n (n + 1) / 2. The signed-rank
// statistic of the shifted sample x - m counts those above m, so its distribution when m is the true centre
// says between which of the sorted averages the centre lies. Assumes independent values, symmetric about the
// centre: true of paired differences under "no change", and nearly true of the logarithm of times. Ties only
// make the interval wider than it had to be.
//
// M. Hollander, D. A. Wolfe and E. Chicken, "Nonparametric Statistical Methods" (3rd ed., 2014), sections 3.1
// to 3.3; J. L. Hodges and E. L. Lehmann, "Estimates of Location Based on Rank Tests", Ann. Math. Statist. 34
// (1963).
//
// Any n: no Walsh average is stored. The k-th smallest is found by bisection, counting in O(n) how many are
// not above a candidate; that is at most 64 passes over the sample and memory for one copy of it.
//
// The functions that take a sample throw std::invalid_argument if it is empty or holds a value that is not
// finite.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "bench/stats/interval.hpp"

namespace ipcsort::stats {

// Up to this n intervals use the exact distribution, which takes n^3 / 6 steps (half a millisecond at the
// limit). Beyond it they use the normal approximation with continuity correction: at 95 % the probability
// left out on either side is then 0.025 to within 0.0001, which is one or two Walsh averages out of 20 000.
inline constexpr std::size_t signed_rank_exact_n_max = 200;

// P(T = s) for s in 0 .. n (n + 1) / 2, at no n an approximation: T is the sum of those ranks 1..n whose fair
// coin shows heads.
std::vector<double> signed_rank_distribution(std::size_t n);

// P(T <= s), and as T is symmetric P(T >= n (n + 1) / 2 - s), for s in 0 .. n (n + 1) / 2. Computed once per
// thread and n, and kept. Throws std::invalid_argument for n above signed_rank_exact_n_max.
const std::vector<double>& signed_rank_tails(std::size_t n);

// P(T >= t) when every value is as likely to be negative as positive, t the sum of the ranks of the positive
// ones by magnitude: small if the sample lies above 0. Values of the same magnitude have the mean of their
// ranks, and the distribution is that of these very ranks under fair signs, so it stays exact with ties.
// Zeros take part in the ranking and then count on neither side (J. W. Pratt, "Remarks on Zeros and Ties in
// the Wilcoxon Signed Rank Procedures", JASA 54 (1959)): dropped before the ranking they could make a sample
// significant that stops being so when all of its values grow. Nothing but zeros gives 1. Beyond
// signed_rank_exact_n_max normal, with the variance of those ranks and continuity correction.
double signed_rank_upper_tail(std::span<const double> sample);

// Two-sided: twice the smaller of both tails, at most 1.
double signed_rank_p_value(std::span<const double> sample);

// The k for which the k-th smallest and the k-th largest Walsh average of n values bound the centre with at
// least this confidence, as narrowly as possible. nullopt: there is none, n is too small (below 6 for 95 %).
// Throws std::invalid_argument unless 0 < confidence < 1.
std::optional<std::size_t> signed_rank_interval_rank(std::size_t n, double confidence);

// The centre as Hodges and Lehmann estimate it: the median of the Walsh averages. For normal samples nearly
// as precise as the mean (95.5 %), and 29 % of the values may be outliers.
double hodges_lehmann(std::span<const double> sample);

std::optional<Interval> signed_rank_interval(std::span<const double> sample, double confidence);

// How well the time of one cell is known, which decides whether it is measured again: half the width of the
// 95 % interval of the times over their centre, 0.02 for +-2 %. Both are taken of the logarithms, where the
// noise of times is nearly symmetric, and given as times again: (exp(high) - exp(low)) / (2 exp(centre)). None
// for fewer than 6 times. Throws std::invalid_argument if there is none or one is not finite and above 0.
std::optional<double> relative_half_width(std::span<const double> times);

}  // namespace ipcsort::stats
