#include "bench/stats/signed_rank.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <random>
#include <stdexcept>
#include <vector>

#include "tests/stats/simulation.hpp"

namespace ipcsort::stats {
namespace {

// All the Walsh averages, sorted; straight from the definition.
std::vector<double> walsh_averages(const std::vector<double>& sample) {
  std::vector<double> averages;
  for (std::size_t i = 0; i < sample.size(); ++i) {
    for (std::size_t j = i; j < sample.size(); ++j) averages.push_back(sample[i] / 2 + sample[j] / 2);
  }
  std::sort(averages.begin(), averages.end());
  return averages;
}

// P(T < rank).
double tail_below(std::size_t n, std::size_t rank) {
  const std::vector<double> distribution = signed_rank_distribution(n);
  return std::accumulate(distribution.begin(), distribution.begin() + static_cast<std::ptrdiff_t>(rank), 0.0);
}

TEST(SignedRankDistribution, EqualsTheEnumerationOfAllSigns) {
  for (std::size_t n = 0; n <= 12; ++n) {
    std::vector<double> expected(n * (n + 1) / 2 + 1);
    for (std::size_t signs = 0; signs < (std::size_t{1} << n); ++signs) {
      std::size_t sum = 0;
      for (std::size_t rank = 1; rank <= n; ++rank) {
        if ((signs >> (rank - 1) & 1) != 0) sum += rank;
      }
      expected[sum] += std::ldexp(1.0, -static_cast<int>(n));
    }
    // Multiples of 2^-12 add up without rounding, so they are equal and not only close.
    EXPECT_EQ(signed_rank_distribution(n), expected) << "n = " << n;
  }
}

TEST(SignedRankDistribution, OfManyRanksIsSymmetricAndAddsUpToOne) {
  const std::vector<double> distribution = signed_rank_distribution(signed_rank_exact_n_max);
  EXPECT_NEAR(std::accumulate(distribution.begin(), distribution.end(), 0.0), 1, 1e-12);
  for (std::size_t s = 0; s < distribution.size() / 2; ++s) {
    ASSERT_DOUBLE_EQ(distribution[s], distribution[distribution.size() - 1 - s]);
  }
}

// Critical values of the two-sided test at 5 %, the largest t with P(T <= t) <= .025: R. L. McCornack,
// "Extended Tables of the Wilcoxon Matched Pair Signed Rank Statistic", JASA 60 (1965). The interval takes
// the next one.
TEST(SignedRankIntervalRank, EqualsThePublishedCriticalValues) {
  const std::map<std::size_t, std::size_t> critical_values{
      {6, 0},   {7, 2},   {8, 3},   {9, 5},   {10, 8},   {11, 10},  {12, 13}, {13, 17},
      {14, 21}, {15, 25}, {16, 29}, {17, 34}, {18, 40},  {19, 46},  {20, 52}, {21, 58},
      {22, 65}, {23, 73}, {24, 81}, {25, 89}, {30, 137}, {40, 264}, {50, 434}};
  for (const auto& [n, critical] : critical_values) {
    EXPECT_EQ(signed_rank_interval_rank(n, 0.95), critical + 1) << "n = " << n;
  }
}

TEST(SignedRankIntervalRank, ThereIsNoneForTooFewValues) {
  for (const std::size_t n : {0U, 1U, 2U, 3U, 4U, 5U})
    EXPECT_EQ(signed_rank_interval_rank(n, 0.95), std::nullopt);
  EXPECT_EQ(signed_rank_interval_rank(7, 0.99), std::nullopt);  // 2 / 2^7 > .01
  EXPECT_EQ(signed_rank_interval_rank(8, 0.99), 1U);            // 2 / 2^8 < .01
  // A tail that is met exactly is enough: the range of 5 values has 1 - 2 / 2^5.
  EXPECT_EQ(signed_rank_interval_rank(5, 0.9375), 1U);
  EXPECT_EQ(signed_rank_interval_rank(signed_rank_exact_n_max + 1, 1 - 1e-15).has_value(), true);
}

TEST(SignedRankIntervalRank, TheApproximationContinuesTheExactOne) {
  for (const std::size_t n : {signed_rank_exact_n_max + 1, std::size_t{260}, std::size_t{333}}) {
    const auto rank = signed_rank_interval_rank(n, 0.95);
    ASSERT_TRUE(rank);
    EXPECT_LE(tail_below(n, *rank), 0.0251) << "n = " << n;
    EXPECT_GT(tail_below(n, *rank + 1), 0.0249) << "n = " << n;
  }
}

// Straight from the definition: the share of all sign patterns whose sum of ranks reaches the one seen.
double enumerated_upper_tail(const std::vector<double>& sample) {
  std::vector<double> ranks;  // 0 where there is no sign
  for (const double value : sample) {
    double below = 0;
    double same = 0;
    for (const double other : sample) {
      below += std::abs(other) < std::abs(value) ? 1 : 0;
      same += std::abs(other) == std::abs(value) ? 1 : 0;
    }
    ranks.push_back(value == 0 ? 0 : below + (same + 1) / 2);
  }
  double seen = 0;
  for (std::size_t i = 0; i < sample.size(); ++i) seen += sample[i] > 0 ? ranks[i] : 0;
  const std::size_t patterns = std::size_t{1} << sample.size();
  std::size_t reaching = 0;
  for (std::size_t signs = 0; signs < patterns; ++signs) {
    double sum = 0;
    for (std::size_t i = 0; i < sample.size(); ++i) sum += (signs >> i & 1) != 0 ? ranks[i] : 0;
    reaching += sum >= seen ? 1 : 0;
  }
  return static_cast<double>(reaching) / static_cast<double>(patterns);
}

TEST(SignedRankTails, AddUpTheDistribution) {
  EXPECT_EQ(signed_rank_tails(0), std::vector{1.0});
  EXPECT_EQ(signed_rank_tails(2), (std::vector{0.25, 0.5, 0.75, 1.0}));
  EXPECT_EQ(&signed_rank_tails(9), &signed_rank_tails(9));
  EXPECT_THROW(signed_rank_tails(signed_rank_exact_n_max + 1), std::invalid_argument);
}

TEST(SignedRankUpperTail, EqualsTheEnumerationAlsoWithTiesAndZeros) {
  std::mt19937_64 random(11);
  std::normal_distribution<double> normal(0.3, 1);
  std::uniform_int_distribution<int> coarse(-2, 3);
  for (std::size_t n = 1; n <= 11; ++n) {
    for (int trial = 0; trial < 6; ++trial) {
      std::vector<double> sample(n);
      for (double& value : sample) value = trial % 2 == 0 ? normal(random) : coarse(random);
      ASSERT_NEAR(signed_rank_upper_tail(sample), enumerated_upper_tail(sample), 1e-14) << "n = " << n;
    }
  }
}

// Hollander and Wolfe, example 3.1, as below: T+ = 40 of the drops has P = 10 / 512.
TEST(SignedRankUpperTail, OfThePublishedDepressionExample) {
  const std::vector drops{1.83 - 0.878, 0.50 - 0.647, 1.62 - 0.598, 2.48 - 2.05, 1.68 - 1.06,
                          1.88 - 1.29,  1.55 - 1.06,  3.06 - 3.14,  1.30 - 1.29};
  EXPECT_DOUBLE_EQ(signed_rank_upper_tail(drops), 10 / 512.0);
  EXPECT_DOUBLE_EQ(signed_rank_p_value(drops), 20 / 512.0);
}

TEST(SignedRankUpperTail, OfOneSignIsTheSmallestThereIs) {
  EXPECT_DOUBLE_EQ(signed_rank_upper_tail(std::vector{1.0, 2.0, 3.0, 4.0, 5.0, 6.0}), std::ldexp(1, -6));
  EXPECT_DOUBLE_EQ(signed_rank_upper_tail(std::vector<double>(6, 0.1)), std::ldexp(1, -6));
  EXPECT_DOUBLE_EQ(signed_rank_upper_tail(std::vector<double>(6, -0.1)), 1);
  EXPECT_DOUBLE_EQ(signed_rank_p_value(std::vector<double>(6, -0.1)), std::ldexp(1, -5));
}

TEST(SignedRankUpperTail, ZerosSpeakForNoSide) {
  EXPECT_EQ(signed_rank_upper_tail(std::vector<double>(8, 0.0)), 1);
  EXPECT_EQ(signed_rank_p_value(std::vector<double>(8, 0.0)), 1);
  EXPECT_EQ(signed_rank_upper_tail(std::vector<double>(signed_rank_exact_n_max + 50, 0.0)), 1);
  EXPECT_DOUBLE_EQ(signed_rank_upper_tail(std::vector{0.0, -0.0, 1.0, 2.0}), 0.25);
}

TEST(SignedRankUpperTail, TheApproximationContinuesTheExactOne) {
  std::mt19937_64 random(12);
  std::normal_distribution<double> normal(0.15, 1);
  std::vector<double> sample(signed_rank_exact_n_max);
  for (double& value : sample) value = normal(random);
  const double exact = signed_rank_upper_tail(sample);
  sample.push_back(1e-9);  // rank 1: moves the tail by next to nothing
  EXPECT_NEAR(signed_rank_upper_tail(sample), exact, 0.002);
  ASSERT_LT(exact, 0.5);
  ASSERT_GT(exact, 0.001);
}

TEST(SignedRankUpperTail, RejectsAsOftenAsItSays) {
  constexpr int trials = 4000;
  std::mt19937_64 random(13);
  std::normal_distribution<double> normal(0, 1);
  std::uniform_int_distribution<int> coarse(-3, 3);
  int rejected_normal = 0;
  int rejected_coarse = 0;
  std::vector<double> sample(12);
  for (int trial = 0; trial < trials; ++trial) {
    for (double& value : sample) value = normal(random);
    rejected_normal += signed_rank_upper_tail(sample) <= 0.05 ? 1 : 0;
    for (double& value : sample) value = coarse(random);
    rejected_coarse += signed_rank_upper_tail(sample) <= 0.05 ? 1 : 0;
  }
  const std::vector<double>& tails = signed_rank_tails(12);
  const double attained = *(std::upper_bound(tails.begin(), tails.end(), 0.05) - 1);
  const double tolerance = coverage_tolerance(0.05, trials);
  EXPECT_NEAR(static_cast<double>(rejected_normal) / trials, attained, tolerance);
  EXPECT_LE(static_cast<double>(rejected_coarse) / trials, 0.05 + tolerance);
}

TEST(SignedRankUpperTail, RefusesWhatHasNoAnswer) {
  EXPECT_THROW(signed_rank_upper_tail(std::vector<double>{}), std::invalid_argument);
  EXPECT_THROW(signed_rank_p_value(std::vector{1.0, std::nan("")}), std::invalid_argument);
}

TEST(HodgesLehmann, OfSmallSamplesByHand) {
  EXPECT_EQ(hodges_lehmann(std::vector{4.0}), 4);
  EXPECT_EQ(hodges_lehmann(std::vector{1.0, 4.0}), 2.5);         // 1 2.5 4
  EXPECT_EQ(hodges_lehmann(std::vector{10.0, 1.0, 3.0}), 4.25);  // 1 2 3 | 5.5 6.5 10
  EXPECT_EQ(hodges_lehmann(std::vector{2.0, 2.0, 2.0, 2.0}), 2);
  EXPECT_EQ(hodges_lehmann(std::vector{-1.0, 1.0, 0.0}), 0);
}

// M. Hollander and D. A. Wolfe, "Nonparametric Statistical Methods", example 3.1 and following: Hamilton
// depression scale factor IV of nine patients after minus before a tranquilizer. Centre -0.46; the 6th and
// 40th Walsh averages, -0.786 and -0.010, bound it with confidence 96.1 %.
TEST(HodgesLehmann, OfThePublishedDepressionExample) {
  const std::vector differences{0.878 - 1.83, 0.647 - 0.50, 0.598 - 1.62, 2.05 - 2.48, 1.06 - 1.68,
                                1.29 - 1.88,  1.06 - 1.55,  3.14 - 3.06,  1.29 - 1.30};
  EXPECT_NEAR(hodges_lehmann(differences), -0.46, 1e-12);
  const auto interval = signed_rank_interval(differences, 0.95);
  ASSERT_TRUE(interval);
  EXPECT_NEAR(interval->low, -0.786, 1e-12);
  EXPECT_NEAR(interval->high, -0.010, 1e-12);
}

// W. R. Stephenson, Iowa State University, Stat 403, "membrane": permeability of ten membranes. The 28th of
// the 55 Walsh averages is 1.385; the 9th and the 47th, 1.13 and 1.67 (rounded there), have confidence 95.2
// %.
TEST(HodgesLehmann, OfThePublishedMembraneExample) {
  const std::vector sample{0.90, 1.13, 1.89, 1.14, 1.45, 1.38, 1.91, 1.64, 0.83, 1.46};
  EXPECT_NEAR(hodges_lehmann(sample), 1.385, 1e-12);
  const auto interval = signed_rank_interval(sample, 0.95);
  ASSERT_TRUE(interval);
  EXPECT_NEAR(interval->low, 1.13, 0.0051);
  EXPECT_NEAR(interval->high, 1.67, 0.0051);
}

// The same course, "Walshties": nine temperatures whose averages tie; 7th to 39th at 94.6 %.
TEST(HodgesLehmann, OfThePublishedExampleWithTies) {
  const std::vector sample{31.0, 32.0, 20.0, 36.0, 23.0, 24.0, 27.0, 28.0, 30.0};
  EXPECT_EQ(hodges_lehmann(sample), 28);
  const auto interval = signed_rank_interval(sample, 0.94);
  ASSERT_TRUE(interval);
  EXPECT_EQ(interval->low, 24);
  EXPECT_EQ(interval->high, 31.5);
}

TEST(WalshAverages, AreFoundExactlyWithoutListingThem) {
  std::mt19937_64 random(2);
  std::normal_distribution<double> normal(0, 1);
  std::uniform_int_distribution<int> coarse(-3, 3);  // full of ties and zeros
  for (std::size_t n = 1; n <= 220; ++n) {
    std::vector<double> sample(n);
    for (double& value : sample) value = n % 2 == 0 ? normal(random) : coarse(random);
    const std::vector<double> averages = walsh_averages(sample);
    const std::size_t count = averages.size();
    ASSERT_EQ(hodges_lehmann(sample), std::midpoint(averages[(count - 1) / 2], averages[count / 2]))
        << "n = " << n;
    const auto rank = signed_rank_interval_rank(n, 0.95);
    const auto interval = signed_rank_interval(sample, 0.95);
    ASSERT_EQ(interval.has_value(), rank.has_value()) << "n = " << n;
    if (!interval) continue;
    ASSERT_EQ(interval->low, averages[*rank - 1]) << "n = " << n;
    ASSERT_EQ(interval->high, averages[count - *rank]) << "n = " << n;
  }
}

TEST(WalshAverages, OfExtremeValuesDoNotOverflow) {
  constexpr double max = std::numeric_limits<double>::max();
  EXPECT_EQ(hodges_lehmann(std::vector{max, max, max}), max);
  EXPECT_EQ(hodges_lehmann(std::vector{-max, max}), 0);
}

TEST(WalshAverages, AZeroCentreHasNoSign) {
  EXPECT_FALSE(std::signbit(hodges_lehmann(std::vector{-0.0, 0.0})));
}

TEST(SignedRankInterval, OfManyValuesNeedsNoListOfTheirAverages) {
  std::vector<double> sample(200'000);  // 20 000 million Walsh averages
  std::iota(sample.begin(), sample.end(), -99'999.0);
  EXPECT_EQ(hodges_lehmann(sample), 0.5);
  const auto interval = signed_rank_interval(sample, 0.95);
  ASSERT_TRUE(interval);
  // The centre -+ 1.96 standard errors; the one of uniform values of range n is sqrt(n / 12).
  EXPECT_NEAR(interval->low, 0.5 - 1.96 * std::sqrt(200'000 / 12.0), 1);
  EXPECT_NEAR(interval->high, 0.5 + 1.96 * std::sqrt(200'000 / 12.0), 1);
}

TEST(SignedRankInterval, OfEqualValuesIsThatValue) {
  const auto interval = signed_rank_interval(std::vector<double>(6, 3.5), 0.95);
  ASSERT_TRUE(interval);
  EXPECT_EQ(interval->low, 3.5);
  EXPECT_EQ(interval->high, 3.5);
}

// For symmetric continuous samples the coverage is not only at least the confidence, it is known.
TEST(SignedRankInterval, CoversTheCentreAsOftenAsItSays) {
  constexpr int trials = 4000;
  std::mt19937_64 random(3);
  std::normal_distribution<double> normal(3, 2);
  std::lognormal_distribution<double> lognormal(1, 0.5);
  for (const std::size_t n : {6U, 10U, 25U}) {
    const double coverage = 1 - 2 * tail_below(n, signed_rank_interval_rank(n, 0.95).value());
    int normal_hits = 0;
    int lognormal_hits = 0;
    std::vector<double> sample(n);
    for (int trial = 0; trial < trials; ++trial) {
      for (double& value : sample) value = normal(random);
      const Interval of_normal = signed_rank_interval(sample, 0.95).value();
      normal_hits += of_normal.low <= 3 && 3 <= of_normal.high ? 1 : 0;
      // As times are treated: the logarithm first, which makes them symmetric.
      for (double& value : sample) value = std::log(lognormal(random));
      const Interval of_lognormal = signed_rank_interval(sample, 0.95).value();
      lognormal_hits += of_lognormal.low <= 1 && 1 <= of_lognormal.high ? 1 : 0;
    }
    const double tolerance = coverage_tolerance(coverage, trials);
    EXPECT_NEAR(static_cast<double>(normal_hits) / trials, coverage, tolerance) << "n = " << n;
    EXPECT_NEAR(static_cast<double>(lognormal_hits) / trials, coverage, tolerance) << "n = " << n;
  }
}

TEST(SignedRankInterval, CoversTheCentreAlsoWhereItIsApproximate) {
  constexpr int trials = 2000;
  std::mt19937_64 random(4);
  std::normal_distribution<double> normal(0, 1);
  std::vector<double> sample(signed_rank_exact_n_max + 50);
  int hits = 0;
  for (int trial = 0; trial < trials; ++trial) {
    for (double& value : sample) value = normal(random);
    const Interval interval = signed_rank_interval(sample, 0.95).value();
    hits += interval.low <= 0 && 0 <= interval.high ? 1 : 0;
  }
  EXPECT_NEAR(static_cast<double>(hits) / trials, 0.95, coverage_tolerance(0.95, trials));
}

TEST(SignedRankInterval, RefusesWhatHasNoAnswer) {
  const std::vector<double> empty;
  const std::vector sample{1.0, 2.0, 3.0, 4.0, 5.0, 6.0};
  EXPECT_THROW(hodges_lehmann(empty), std::invalid_argument);
  EXPECT_THROW(signed_rank_interval(empty, 0.95), std::invalid_argument);
  EXPECT_THROW(hodges_lehmann(std::vector{1.0, std::nan("")}), std::invalid_argument);
  EXPECT_THROW(signed_rank_interval(std::vector{1.0, std::nan("")}, 0.95), std::invalid_argument);
  for (const double confidence : {0.0, 1.0, -0.5, 95.0, std::nan("")}) {
    EXPECT_THROW(signed_rank_interval(sample, confidence), std::invalid_argument);
  }
  EXPECT_EQ(signed_rank_interval(std::vector{1.0, 2.0, 3.0, 4.0, 5.0}, 0.95).has_value(), false);
  EXPECT_EQ(signed_rank_interval(sample, 0.95).has_value(), true);
}

}  // namespace
}  // namespace ipcsort::stats
