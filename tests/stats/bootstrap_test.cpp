#include "bench/stats/bootstrap.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <random>
#include <stdexcept>
#include <vector>

#include "bench/stats/sample.hpp"

namespace ipcsort::stats {
namespace {

TEST(BlockBootstrap, DrawsTheSameBlocksEverywhere) {
  // The first two outputs of mt19937_64 seeded with 1 are 2469588189546311528 and 2516265689700432462.
  std::vector<std::size_t> first;
  block_bootstrap(10,
                  [&](std::span<const std::size_t> drawn) {
                    if (first.empty()) first.assign(drawn.begin(), drawn.end());
                    return 0.0;
                  },
                  {.resamples = 3});
  ASSERT_EQ(first.size(), 10U);
  EXPECT_EQ(first[0], 8U);
  EXPECT_EQ(first[1], 2U);
}

TEST(BlockBootstrap, AnotherSeedDrawsOthers) {
  std::vector<double> sample(30);
  std::iota(sample.begin(), sample.end(), 0.0);
  const Interval one = quantile_interval(sample, 0.5, {.seed = 1});
  const Interval again = quantile_interval(sample, 0.5, {.seed = 1});
  EXPECT_EQ(one.low, again.low);
  EXPECT_EQ(one.high, again.high);
  std::vector<double> drawn;
  for (const std::uint64_t seed : {1U, 2U}) {
    block_bootstrap(30,
                    [&](std::span<const std::size_t> blocks) {
                      return drawn.emplace_back(static_cast<double>(blocks.front() * 30 + blocks.back()));
                    },
                    {.resamples = 1, .seed = seed});
  }
  EXPECT_NE(drawn[0], drawn[1]);
}

TEST(BlockBootstrap, OfOneBlockIsThatBlock) {
  const Interval interval = quantile_interval(std::vector{3.5}, 0.9);
  EXPECT_EQ(interval.low, 3.5);
  EXPECT_EQ(interval.high, 3.5);
}

TEST(BlockBootstrap, OfAMeanIsAsWideAsItsStandardErrorSays) {
  std::vector<double> sample(100);
  std::iota(sample.begin(), sample.end(), 0.0);
  const Interval interval = block_bootstrap(100, [&](std::span<const std::size_t> drawn) {
    double sum = 0;
    for (const std::size_t block : drawn) sum += sample[block];
    return sum / 100;
  });
  const double error = standard_deviation(sample) / 10;
  EXPECT_NEAR(interval.low, 49.5 - 1.96 * error, 0.3 * error);
  EXPECT_NEAR(interval.high, 49.5 + 1.96 * error, 0.3 * error);
}

TEST(QuantileInterval, MostlyCoversTheTruth) {
  constexpr int trials = 200;
  std::mt19937_64 random(31);
  std::uniform_real_distribution<double> uniform(0, 1);
  int hits = 0;
  std::vector<double> sample(40);
  for (int trial = 0; trial < trials; ++trial) {
    for (double& value : sample) value = uniform(random);
    const Interval interval = quantile_interval(sample, 0.75, {.resamples = 200});
    hits += interval.low <= 0.75 && 0.75 <= interval.high ? 1 : 0;
  }
  EXPECT_GT(hits, 0.87 * trials);
}

TEST(GeometricMean, OfRatiosByHand) {
  EXPECT_DOUBLE_EQ(geometric_mean_of_ratios({{std::log(2.0), std::log(2.0)}, {std::log(8.0), std::log(8.0)}}),
                   4);
}

TEST(GeometricMean, KeepsTheCellsOfABlockTogether) {
  // What one cell gains in a block the other loses: drawn by block, their mean has no spread at all.
  const LogRatiosByCell cells{{0.3, -0.1, 0.2, -0.4, 0.1, 0.05}, {-0.3, 0.1, -0.2, 0.4, -0.1, -0.05}};
  const Interval interval = geometric_mean_interval(cells);
  EXPECT_NEAR(interval.low, 1, 1e-12);
  EXPECT_NEAR(interval.high, 1, 1e-12);
}

TEST(BlockBootstrap, RefusesWhatHasNoAnswer) {
  EXPECT_THROW(quantile_interval({}, 0.5), std::invalid_argument);
  const std::vector sample{1.0, 2.0};
  EXPECT_THROW(quantile_interval(sample, 1.5), std::invalid_argument);
  EXPECT_THROW(quantile_interval(sample, 0.5, {.resamples = 0}), std::invalid_argument);
  EXPECT_THROW(quantile_interval(sample, 0.5, {.confidence = 1}), std::invalid_argument);
  EXPECT_THROW(block_bootstrap(2, [](auto) { return std::nan(""); }), std::invalid_argument);
  EXPECT_THROW(geometric_mean_of_ratios({}), std::invalid_argument);
  EXPECT_THROW(geometric_mean_of_ratios({{}}), std::invalid_argument);
  EXPECT_THROW(geometric_mean_interval({{0.1, 0.2}, {0.1}}), std::invalid_argument);
}

}  // namespace
}  // namespace ipcsort::stats
