#include "bench/stats/sample.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <map>
#include <numeric>
#include <random>
#include <stdexcept>
#include <vector>

#include "tests/stats/simulation.hpp"

namespace ipcsort::stats {
namespace {

// 1 2 .. n, so that an end of the interval is its own rank.
std::vector<double> ranks(std::size_t n) {
  std::vector<double> sample(n);
  std::iota(sample.begin(), sample.end(), 1.0);
  return sample;
}

// P(Binomial(n, 1/2) < k), by counting the sign patterns.
double enumerated_tail(std::size_t n, int k) {
  int patterns = 0;
  for (unsigned signs = 0; signs < (1U << n); ++signs) patterns += std::popcount(signs) < k ? 1 : 0;
  return std::ldexp(patterns, -static_cast<int>(n));
}

TEST(SignInterval, HasTheRanksThatEnumerationGives) {
  for (std::size_t n = 1; n <= 16; ++n) {
    for (const double confidence : {0.5, 0.8, 0.9, 0.95, 0.99, 0.9375, 0.96875}) {
      int rank = 0;
      while (enumerated_tail(n, rank + 1) <= (1 - confidence) / 2) ++rank;
      const auto interval = sign_interval(ranks(n), confidence);
      ASSERT_EQ(interval.has_value(), rank > 0) << n << " values, confidence " << confidence;
      if (!interval) continue;
      EXPECT_EQ(interval->low, rank) << n << " values, confidence " << confidence;
      EXPECT_EQ(interval->high, static_cast<double>(n) + 1 - rank)
          << n << " values, confidence " << confidence;
    }
  }
}

// The ranks for 95 % that the usual tables of confidence limits for the median have.
TEST(SignInterval, HasThePublishedRanks) {
  const std::map<std::size_t, double> lower_ranks{{6, 1},  {9, 2},  {12, 3},  {15, 4},  {17, 5},
                                                  {20, 6}, {25, 8}, {30, 10}, {40, 14}, {50, 18}};
  for (const auto& [n, lower] : lower_ranks)
    EXPECT_EQ(sign_interval(ranks(n), 0.95)->low, lower) << "n = " << n;
}

TEST(SignInterval, OfManyValuesIsWhereTheNormalDistributionHasIt) {
  const auto interval = sign_interval(ranks(5000), 0.95);  // 2^-5000 is not a double
  ASSERT_TRUE(interval);
  EXPECT_NEAR(interval->low, 2500.5 - 1.959964 * std::sqrt(5000) / 2, 1);
  EXPECT_EQ(interval->low + interval->high, 5001);
}

TEST(SignInterval, ThereIsNoneForTooFewValues) {
  EXPECT_FALSE(sign_interval(ranks(5), 0.95));
  EXPECT_TRUE(sign_interval(ranks(6), 0.95));
}

TEST(SignInterval, DoesNotDependOnTheOrder) {
  const auto interval = sign_interval(std::vector{6.0, 2.0, 5.0, 1.0, 4.0, 3.0}, 0.95);
  ASSERT_TRUE(interval);
  EXPECT_EQ(interval->low, 1);
  EXPECT_EQ(interval->high, 6);
}

TEST(SignInterval, CoversTheMedianOfASkewedSampleAsOftenAsItSays) {
  constexpr int trials = 4000;
  std::mt19937_64 random(5);
  std::lognormal_distribution<double> lognormal(0, 1);
  const double coverage = 1 - 2 * enumerated_tail(15, 4);
  std::vector<double> sample(15);
  int hits = 0;
  for (int trial = 0; trial < trials; ++trial) {
    for (double& value : sample) value = lognormal(random);
    const Interval interval = sign_interval(sample, 0.95).value();
    hits += interval.low <= 1 && 1 <= interval.high ? 1 : 0;
  }
  EXPECT_NEAR(static_cast<double>(hits) / trials, coverage, coverage_tolerance(coverage, trials));
}

TEST(SignInterval, RefusesWhatHasNoAnswer) {
  EXPECT_THROW(sign_interval({}, 0.95), std::invalid_argument);
  EXPECT_THROW(sign_interval(std::vector{1.0, std::nan("")}, 0.95), std::invalid_argument);
  for (const double confidence : {0.0, 1.0, 95.0, std::nan("")}) {
    EXPECT_THROW(sign_interval(ranks(6), confidence), std::invalid_argument);
  }
}

}  // namespace
}  // namespace ipcsort::stats
