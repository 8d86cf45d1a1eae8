// Two things measured in the same blocks, compared block by block.
//
// What a block has in common (a drifting clock, a noisy neighbour) is in both of its times and cancels in
// their ratio; so the comparison is d_b = ln a_b - ln b_b over the blocks b, not one median against another.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "bench/stats/interval.hpp"

namespace ipcsort::stats {

inline constexpr double ratio_confidence = 0.95;

// How many times as long `a` takes as `b`.
struct Ratio {
  // exp of the Hodges-Lehmann centre of d.
  double centre;
  // exp of the signed-rank interval of d at ratio_confidence; none for fewer than 6 pairs.
  std::optional<Interval> interval;
  std::size_t pairs;
  // Standard deviation of d; none for a single pair.
  std::optional<double> log_sd;

  // Whether 1 is excluded. Without an interval nothing is: too few pairs show no difference, however large.
  bool differs() const;
  bool slower() const;  // differs, and a takes longer than b
  bool faster() const;

  // What to say next to "no difference": the slow-down that would most likely have been found, see
  // minimum_detectable_effect. None without an interval.
  std::optional<double> detectable_effect() const;
};

// From d itself. Throws std::invalid_argument if it is empty or not finite.
Ratio ratio_of_logs(std::span<const double> log_ratios);

// Entry b is the time in block b, or nothing if there was no (successful) run in that block.
using TimesByBlock = std::vector<std::optional<double>>;

// d over the blocks in which both have a time; one that ends early has none in those behind. Here and below
// std::invalid_argument is thrown if a time is not finite and above 0.
std::vector<double> paired_log_ratios(const TimesByBlock& a, const TimesByBlock& b);

// None without a block in which both have a time.
std::optional<Ratio> paired_ratio(const TimesByBlock& a, const TimesByBlock& b);

// The smallest relative slow-down, 0.05 for 5 %, that a comparison of `pairs` pairs finds with probability 1
// - beta, when it finds slow-downs that are none with probability alpha: exp((z_{1-alpha} + z_{1-beta})
// log_sd / sqrt(pairs)) - 1, z the quantiles of the standard normal distribution. The defaults are a
// two-sided interval at 95 % and a power of 80 %. This is the usual sample size formula n = ((z_{1-alpha} +
// z_{1-beta}) sd / delta)^2 solved for delta: S.-C. Chow, J. Shao and H. Wang, "Sample Size Calculations in
// Clinical Research" (2nd ed., 2008), section 3.1. It takes log_sd as known, which is a little optimistic
// below about 15 pairs. Throws std::invalid_argument for no pairs, a log_sd that is negative or not finite,
// alpha or beta outside 0..1.
double minimum_detectable_effect(double log_sd, std::size_t pairs, double alpha = (1 - ratio_confidence) / 2,
                                 double beta = 0.2);

// The fewest pairs whose minimum_detectable_effect is not above `effect`, at least 1: the same formula solved
// for n. Throws std::invalid_argument unless effect is finite and above 0, and as minimum_detectable_effect.
std::size_t pairs_needed(double log_sd, double effect, double alpha = (1 - ratio_confidence) / 2,
                         double beta = 0.2);

}  // namespace ipcsort::stats
