#include "bench/stats/paired.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <stdexcept>
#include <vector>

#include "tests/stats/simulation.hpp"

namespace ipcsort::stats {
namespace {

struct Pairs {
  std::vector<double> a;
  std::vector<double> b;
};

// Of times that every block has.
Ratio paired_ratio(const std::vector<double>& a, const std::vector<double>& b) {
  return stats::paired_ratio(TimesByBlock(a.begin(), a.end()), TimesByBlock(b.begin(), b.end())).value();
}

// Blocks up to ten times slower than others, which both members of a pair feel alike, and a little noise of
// each.
Pairs noisy_pairs(std::size_t n, double ratio, std::mt19937_64& random) {
  std::uniform_real_distribution<double> block_seconds(0.1, 1);
  std::normal_distribution<double> noise(0, 0.03);
  Pairs pairs;
  for (std::size_t i = 0; i < n; ++i) {
    const double seconds = block_seconds(random);
    pairs.a.push_back(seconds * ratio * std::exp(noise(random)));
    pairs.b.push_back(seconds * std::exp(noise(random)));
  }
  return pairs;
}

TEST(PairedRatio, FindsAPlantedRatioUnderDrift) {
  std::mt19937_64 random(6);
  const auto [a, b] = noisy_pairs(40, 1.05, random);
  const Ratio ratio = paired_ratio(a, b);
  EXPECT_EQ(ratio.pairs, 40U);
  EXPECT_NEAR(ratio.centre, 1.05, 0.02);
  ASSERT_TRUE(ratio.interval);
  EXPECT_LT(ratio.interval->low, ratio.centre);
  EXPECT_GT(ratio.interval->high, ratio.centre);
  EXPECT_TRUE(ratio.differs());
  EXPECT_TRUE(ratio.slower());
  EXPECT_FALSE(ratio.faster());
  EXPECT_NEAR(ratio.log_sd.value(), 0.03 * std::sqrt(2), 0.012);
}

TEST(PairedRatio, TheOtherWayRoundIsTheReciprocal) {
  std::mt19937_64 random(7);
  const auto [a, b] = noisy_pairs(12, 1.5, random);
  const Ratio forth = paired_ratio(a, b);
  const Ratio back = paired_ratio(b, a);
  EXPECT_DOUBLE_EQ(back.centre, 1 / forth.centre);
  EXPECT_DOUBLE_EQ(back.interval->low, 1 / forth.interval->high);
  EXPECT_DOUBLE_EQ(back.interval->high, 1 / forth.interval->low);
  EXPECT_TRUE(back.faster());
  EXPECT_FALSE(back.slower());
}

TEST(PairedRatio, OfKnownNumbers) {
  // d = ln 2 times 1 2 3 4 5 60: the 21 averages have 3.5 in their middle, and six values give the whole
  // range.
  const Ratio ratio =
      paired_ratio(std::vector{2.0, 4.0, 8.0, 16.0, 32.0, std::exp2(60)}, std::vector<double>(6, 1.0));
  EXPECT_DOUBLE_EQ(ratio.centre, std::exp2(3.5));
  ASSERT_TRUE(ratio.interval);
  EXPECT_DOUBLE_EQ(ratio.interval->low, 2);
  EXPECT_NEAR(std::log2(ratio.interval->high), 60, 1e-12);
}

TEST(PairedRatio, CoversTheTruthAndRaisesFewFalseAlarms) {
  constexpr int trials = 4000;
  constexpr double coverage = 1 - 2 * 25 / 1024.0;  // n = 10: 25 of the 2^10 sign patterns have T <= 8
  std::mt19937_64 random(8);
  int hits = 0;
  int alarms = 0;
  for (int trial = 0; trial < trials; ++trial) {
    const auto [a, b] = noisy_pairs(10, 0.8, random);
    const Interval interval = paired_ratio(a, b).interval.value();
    hits += interval.low <= 0.8 && 0.8 <= interval.high ? 1 : 0;
    const auto [same_a, same_b] = noisy_pairs(10, 1, random);
    alarms += paired_ratio(same_a, same_b).differs() ? 1 : 0;
  }
  const double tolerance = coverage_tolerance(coverage, trials);
  EXPECT_NEAR(static_cast<double>(hits) / trials, coverage, tolerance);
  EXPECT_NEAR(static_cast<double>(alarms) / trials, 1 - coverage, tolerance);
}

TEST(PairedRatio, ASinglePairHasARatioAndNoVerdict) {
  const Ratio ratio = paired_ratio(std::vector{3.0}, std::vector{1.0});
  EXPECT_DOUBLE_EQ(ratio.centre, 3);
  EXPECT_EQ(ratio.pairs, 1U);
  EXPECT_FALSE(ratio.interval);
  EXPECT_FALSE(ratio.log_sd);
  EXPECT_FALSE(ratio.differs());
  EXPECT_FALSE(ratio.detectable_effect());
}

TEST(PairedRatio, FivePairsShowNothingSixDo) {
  EXPECT_FALSE(paired_ratio(std::vector<double>(5, 9.0), std::vector<double>(5, 1.0)).differs());
  EXPECT_TRUE(paired_ratio(std::vector<double>(6, 9.0), std::vector<double>(6, 1.0)).differs());
}

TEST(PairedRatio, EqualTimesDoNotDiffer) {
  const std::vector times{1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0};
  const Ratio ratio = paired_ratio(times, times);
  EXPECT_EQ(ratio.centre, 1);
  EXPECT_FALSE(ratio.differs());
  EXPECT_EQ(ratio.detectable_effect(), 0);
}

TEST(PairedRatio, AnEndThatIsNotOneOnlyByRoundingShowsNothing) {
  const Ratio ratio = paired_ratio(std::vector<double>(6, 0.1 + 0.2), std::vector<double>(6, 0.3));
  ASSERT_TRUE(ratio.interval);
  ASSERT_GT(ratio.interval->low, 1);
  EXPECT_FALSE(ratio.differs());
}

TEST(PairedRatio, RefusesWhatHasNoAnswer) {
  const std::vector one{1.0};
  for (const double bad : {0.0, -1.0, std::nan(""), std::numeric_limits<double>::infinity()}) {
    EXPECT_THROW(paired_ratio(one, std::vector{bad}), std::invalid_argument) << bad;
    EXPECT_THROW(paired_ratio(std::vector{bad}, one), std::invalid_argument) << bad;
  }
}

TEST(PairedRatio, IsOverTheBlocksInWhichBothHaveATime) {
  const Ratio ratio = stats::paired_ratio({1.0, 4.0, std::nullopt, 3.0}, {std::nullopt, 2.0, 5.0}).value();
  EXPECT_DOUBLE_EQ(ratio.centre, 2);
  EXPECT_EQ(ratio.pairs, 1U);
  EXPECT_FALSE(stats::paired_ratio({1.0, std::nullopt}, {std::nullopt, 1.0}));
  EXPECT_FALSE(stats::paired_ratio({}, {}));
}

TEST(MinimumDetectableEffect, EqualsTheFormula) {
  // z(.975) + z(.8) = 1.959964 + 0.841621 (any table of the normal distribution).
  EXPECT_NEAR(minimum_detectable_effect(0.10, 25), std::exp(2.801585 * 0.10 / 5) - 1, 1e-7);
  EXPECT_NEAR(minimum_detectable_effect(0.03, 9, 0.05, 0.1), std::exp((1.644854 + 1.281552) * 0.01) - 1,
              1e-8);
  EXPECT_EQ(minimum_detectable_effect(0, 3), 0);
}

TEST(MinimumDetectableEffect, IsFoundAsOftenAsItSays) {
  constexpr int trials = 2000;
  const double effect = minimum_detectable_effect(0.03 * std::sqrt(2), 40);
  std::mt19937_64 random(9);
  int found = 0;
  for (int trial = 0; trial < trials; ++trial) {
    const auto [a, b] = noisy_pairs(40, 1 + effect, random);
    found += paired_ratio(a, b).slower() ? 1 : 0;
  }
  // A little below .8: the signed ranks have 95.5 % of the efficiency that the formula supposes.
  EXPECT_NEAR(static_cast<double>(found) / trials, 0.77, 0.04);
}

TEST(MinimumDetectableEffect, RefusesWhatHasNoAnswer) {
  EXPECT_THROW(minimum_detectable_effect(0.1, 0), std::invalid_argument);
  EXPECT_THROW(minimum_detectable_effect(-0.1, 5), std::invalid_argument);
  EXPECT_THROW(minimum_detectable_effect(std::nan(""), 5), std::invalid_argument);
  EXPECT_THROW(minimum_detectable_effect(0.1, 5, 0), std::invalid_argument);
  EXPECT_THROW(minimum_detectable_effect(0.1, 5, 0.05, 1), std::invalid_argument);
}

TEST(RatioOfLogs, IsThePairedRatioOfWhatTheLogsCameFrom) {
  const std::vector a{1.0, 2.5, 3.0, 4.5, 5.0, 7.0};
  const std::vector b{1.1, 2.0, 2.0, 4.0, 3.0, 6.0};
  std::vector<double> logs;
  for (std::size_t i = 0; i < a.size(); ++i) logs.push_back(std::log(a[i]) - std::log(b[i]));
  const Ratio of_times = paired_ratio(a, b);
  const Ratio of_logs = ratio_of_logs(logs);
  EXPECT_EQ(of_logs.centre, of_times.centre);
  EXPECT_EQ(of_logs.interval->low, of_times.interval->low);
  EXPECT_EQ(of_logs.interval->high, of_times.interval->high);
  EXPECT_EQ(of_logs.pairs, 6U);
  EXPECT_EQ(of_logs.log_sd, of_times.log_sd);
  EXPECT_THROW(ratio_of_logs(std::vector<double>{}), std::invalid_argument);
}

TEST(PairsNeeded, IsTheInverseOfTheDetectableEffect) {
  for (const double log_sd : {0.008, 0.05, 0.13}) {
    for (const double effect : {0.01, 0.05, 0.5}) {
      const std::size_t pairs = pairs_needed(log_sd, effect);
      EXPECT_LE(minimum_detectable_effect(log_sd, pairs), effect);
      if (pairs == 1) continue;
      EXPECT_GT(minimum_detectable_effect(log_sd, pairs - 1), effect);
    }
  }
  EXPECT_EQ(pairs_needed(0.10, 0.05), 33U);  // (2.801585 * 0.1 / 0.0487902)^2 = 32.97
  EXPECT_GT(pairs_needed(0.10, 0.05, 0.001, 0.01), pairs_needed(0.10, 0.05));
  EXPECT_EQ(pairs_needed(0, 0.05), 1U);
}

TEST(PairsNeeded, RefusesWhatHasNoAnswer) {
  for (const double effect : {0.0, -0.1, std::nan(""), std::numeric_limits<double>::infinity()}) {
    EXPECT_THROW(pairs_needed(0.1, effect), std::invalid_argument) << effect;
  }
  EXPECT_THROW(pairs_needed(-0.1, 0.05), std::invalid_argument);
  EXPECT_THROW(pairs_needed(0.1, 0.05, 0), std::invalid_argument);
}

}  // namespace
}  // namespace ipcsort::stats
