#include "bench/stats/sample.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <stdexcept>
#include <vector>

namespace ipcsort::stats {
namespace {

TEST(Sample, MedianIsTheMiddleOrTheMeanOfTheTwoMiddleOnes) {
  EXPECT_EQ(median(std::vector{7.0}), 7);
  EXPECT_EQ(median(std::vector{9.0, 1.0, 5.0}), 5);
  EXPECT_EQ(median(std::vector{9.0, 1.0, 5.0, 3.0}), 4);
}

// numpy.quantile([15, 20, 35, 40, 50], p), which is also R's quantile(x, p).
TEST(Sample, QuantileIsType7) {
  const std::vector sample{50.0, 15.0, 40.0, 20.0, 35.0};
  EXPECT_EQ(quantile(sample, 0), 15);
  EXPECT_DOUBLE_EQ(quantile(sample, 0.05), 16);
  EXPECT_DOUBLE_EQ(quantile(sample, 0.25), 20);
  EXPECT_DOUBLE_EQ(quantile(sample, 0.4), 29);
  EXPECT_DOUBLE_EQ(quantile(sample, 0.5), 35);
  EXPECT_DOUBLE_EQ(quantile(sample, 0.95), 48);
  EXPECT_EQ(quantile(sample, 1), 50);
  EXPECT_EQ(quantile(std::vector{3.0}, 0.95), 3);
}

TEST(Sample, ScaledMadIgnoresAnOutlier) {
  // Distances from the median 3: 2 1 0 1 997, median 1.
  EXPECT_DOUBLE_EQ(scaled_mad(std::vector{1.0, 2.0, 3.0, 4.0, 1000.0}), 1.4826);
  EXPECT_EQ(scaled_mad(std::vector{5.0, 5.0, 5.0}), 0);
}

TEST(Sample, ScaledMadEstimatesTheStandardDeviationOfANormalSample) {
  std::mt19937_64 random(1);
  std::normal_distribution<double> normal(10, 2);
  std::vector<double> sample(20'001);
  for (double& value : sample) value = normal(random);
  EXPECT_NEAR(scaled_mad(sample), 2, 0.06);
  EXPECT_NEAR(standard_deviation(sample), 2, 0.04);
}

TEST(Sample, MeanAndStandardDeviation) {
  const std::vector sample{2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0};
  EXPECT_DOUBLE_EQ(mean(sample), 5);
  EXPECT_DOUBLE_EQ(standard_deviation(sample), std::sqrt(32.0 / 7));
}

TEST(Sample, StandardDeviationSurvivesALargeMean) {
  EXPECT_DOUBLE_EQ(standard_deviation(std::vector{1e15 + 1, 1e15 + 2, 1e15 + 3}), 1);
}

TEST(Sample, RefusesWhatHasNoAnswer) {
  const std::vector<double> empty;
  EXPECT_THROW(mean(empty), std::invalid_argument);
  EXPECT_THROW(median(empty), std::invalid_argument);
  EXPECT_THROW(quantile(empty, 0.5), std::invalid_argument);
  EXPECT_THROW(scaled_mad(empty), std::invalid_argument);
  EXPECT_THROW(standard_deviation(empty), std::invalid_argument);
  EXPECT_THROW(standard_deviation(std::vector{1.0}), std::invalid_argument);

  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THROW(median(std::vector{1.0, nan}), std::invalid_argument);
  EXPECT_THROW(mean(std::vector{std::numeric_limits<double>::infinity()}), std::invalid_argument);
  for (const double p : {-0.01, 1.01, nan})
    EXPECT_THROW(quantile(std::vector{1.0, 2.0}, p), std::invalid_argument);
}

}  // namespace
}  // namespace ipcsort::stats
