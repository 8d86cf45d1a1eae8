#include "bench/stats/two_sample.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <random>
#include <stdexcept>
#include <vector>

#include "tests/stats/simulation.hpp"

namespace ipcsort::stats {
namespace {

// Hollander and Wolfe, example 4.1: permeability of the human placenta at term and at 12 to 26 weeks. W = 35
// has the one-sided probability .127; the shift is .305.
const std::vector at_term{0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46};
const std::vector earlier{1.15, 0.88, 0.90, 0.74, 1.21};

// How often a's values beat b's; a tie is half a win.
double wins(const std::vector<double>& a, const std::vector<double>& b) {
  double count = 0;
  for (const double of_a : a) {
    for (const double of_b : b) count += of_a > of_b ? 1 : (of_a == of_b ? 0.5 : 0);
  }
  return count;
}

// Straight from the definition: over every choice of |a| of the pooled values.
double enumerated_p_value(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> pooled(a);
  pooled.insert(pooled.end(), b.begin(), b.end());
  const double seen = wins(a, b);
  double choices = 0;
  double lower = 0;
  double upper = 0;
  for (unsigned choice = 0; choice < (1U << pooled.size()); ++choice) {
    if (std::popcount(choice) != static_cast<int>(a.size())) continue;
    std::vector<double> chosen;
    std::vector<double> others;
    for (std::size_t i = 0; i < pooled.size(); ++i) {
      ((choice >> i & 1) != 0 ? chosen : others).push_back(pooled[i]);
    }
    const double count = wins(chosen, others);
    ++choices;
    lower += count <= seen ? 1 : 0;
    upper += count >= seen ? 1 : 0;
  }
  return std::min(1.0, 2 * std::min(lower, upper) / choices);
}

TEST(MannWhitney, OfThePublishedPermeabilityExample) {
  EXPECT_NEAR(mann_whitney_p_value(at_term, earlier), 0.2544, 0.00005);
  EXPECT_DOUBLE_EQ(mann_whitney_p_value(at_term, earlier), mann_whitney_p_value(earlier, at_term));
}

TEST(MannWhitney, EqualsTheEnumerationAlsoWithTies) {
  std::mt19937_64 random(21);
  std::normal_distribution<double> normal(0, 1);
  std::uniform_int_distribution<int> coarse(0, 3);
  for (std::size_t m = 1; m <= 5; ++m) {
    for (std::size_t n = 1; n <= 5; ++n) {
      for (const bool ties : {false, true}) {
        std::vector<double> a(m);
        std::vector<double> b(n);
        for (double& value : a) value = ties ? coarse(random) : normal(random);
        for (double& value : b) value = ties ? coarse(random) : normal(random) + 1;
        ASSERT_NEAR(mann_whitney_p_value(a, b), enumerated_p_value(a, b), 1e-14) << m << ' ' << n;
      }
    }
  }
}

TEST(MannWhitney, OfFullySeparatedSamplesIsTheSmallestThereIs) {
  // 2 of the C(20, 10) = 184756 choices.
  std::vector<double> a;
  std::vector<double> b;
  for (int i = 0; i < 10; ++i) {
    a.push_back(i);
    b.push_back(100 + i);
  }
  EXPECT_NEAR(mann_whitney_p_value(a, b), 2 / 184756.0, 1e-15);
  EXPECT_NEAR(mann_whitney_p_value(b, a), 2 / 184756.0, 1e-15);
}

TEST(MannWhitney, OfEqualValuesShowsNothing) {
  EXPECT_EQ(mann_whitney_p_value(std::vector<double>(5, 2.0), std::vector<double>(7, 2.0)), 1);
  EXPECT_EQ(mann_whitney_p_value(std::vector<double>(50, 2.0), std::vector<double>(70, 2.0)), 1);
}

TEST(MannWhitney, TheApproximationContinuesTheExactOne) {
  std::mt19937_64 random(22);
  for (const bool ties : {false, true}) {
    std::normal_distribution<double> normal(0, 1);
    const auto draw = [&](double shift) {
      const double value = normal(random) + shift;
      return ties ? std::round(value) : value;
    };
    std::vector<double> a(30);
    std::vector<double> b(30);
    for (double& value : a) value = draw(0);
    for (double& value : b) value = draw(0.8);
    const double exact = mann_whitney_p_value(a, b);
    a.push_back(0.2);  // in the middle: says little
    EXPECT_NEAR(mann_whitney_p_value(a, b), exact, 0.02) << ties;
    ASSERT_LT(exact, 0.5);
  }
}

TEST(MannWhitney, RejectsAsOftenAsItSays) {
  constexpr int trials = 4000;
  std::mt19937_64 random(23);
  std::normal_distribution<double> normal(0, 1);
  int few = 0;
  int many = 0;
  for (int trial = 0; trial < trials; ++trial) {
    std::vector<double> a(20);
    std::vector<double> b(20);
    for (double& value : a) value = normal(random);
    for (double& value : b) value = normal(random);
    few += mann_whitney_p_value(a, b) <= 0.05 ? 1 : 0;
    a.resize(50);
    for (double& value : a) value = normal(random);
    many += mann_whitney_p_value(a, b) <= 0.05 ? 1 : 0;
  }
  EXPECT_NEAR(few / 4000.0, 0.05, coverage_tolerance(0.05, trials));
  EXPECT_NEAR(many / 4000.0, 0.05, coverage_tolerance(0.05, trials));
}

TEST(TwoSampleShift, OfThePublishedPermeabilityExample) {
  const Shift shift = two_sample_shift(at_term, earlier, 0.95);
  EXPECT_NEAR(shift.centre, 0.305, 1e-12);
  ASSERT_TRUE(shift.interval);
  EXPECT_NEAR(shift.interval->low, -0.15, 1e-12);
  EXPECT_NEAR(shift.interval->high, 0.76, 1e-12);
}

TEST(TwoSampleShift, TooFewValuesHaveNoInterval) {
  const std::vector three{1.0, 2.0, 3.0};
  const std::vector four{1.0, 2.0, 3.0, 4.0};
  EXPECT_FALSE(two_sample_shift(three, three, 0.95).interval);  // 2 / C(6, 3) = .1
  EXPECT_TRUE(two_sample_shift(four, four, 0.95).interval);     // 2 / C(8, 4) = .0286
  EXPECT_EQ(two_sample_shift(std::vector{5.0}, std::vector{3.0}, 0.95).centre, 2);
}

TEST(TwoSampleShift, CoversTheTruthAsOftenAsItSays) {
  constexpr int trials = 2000;
  std::mt19937_64 random(24);
  std::normal_distribution<double> normal(0, 1);
  for (const std::size_t n : {8U, 40U}) {
    int hits = 0;
    for (int trial = 0; trial < trials; ++trial) {
      std::vector<double> a(n);
      std::vector<double> b(n);
      for (double& value : a) value = normal(random) + 0.7;
      for (double& value : b) value = normal(random);
      const Interval interval = two_sample_shift(a, b, 0.95).interval.value();
      hits += interval.low <= 0.7 && 0.7 <= interval.high ? 1 : 0;
    }
    EXPECT_NEAR(static_cast<double>(hits) / trials, 0.955, coverage_tolerance(0.95, trials)) << n;
  }
}

TEST(TwoSample, RefusesWhatHasNoAnswer) {
  const std::vector<double> empty;
  const std::vector one{1.0};
  EXPECT_THROW(mann_whitney_p_value(empty, one), std::invalid_argument);
  EXPECT_THROW(mann_whitney_p_value(one, std::vector{std::nan("")}), std::invalid_argument);
  EXPECT_THROW(two_sample_shift(one, empty, 0.95), std::invalid_argument);
  EXPECT_THROW(two_sample_shift(one, one, 1), std::invalid_argument);
}

}  // namespace
}  // namespace ipcsort::stats
