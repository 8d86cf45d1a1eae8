#include "bench/stats/laws.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <stdexcept>
#include <vector>

namespace ipcsort::stats {
namespace {

using Series = std::vector<Observation>;

TEST(GrowthExponent, OfPowers) {
  for (const double exponent : {0.0, 0.5, 1.0, 2.0}) {
    Series series;
    for (const double amount : {1e3, 1e5, 3e6}) series.push_back({amount, 7 * std::pow(amount, exponent)});
    EXPECT_NEAR(growth_exponent(series).value(), exponent, 1e-12);
  }
}

TEST(GrowthExponent, IsTheLineClosestToTheLogarithms) {
  // Logarithms to base 10: (0, 0), (1, 2), (2, 1); the slope of their line is 1 / 2.
  EXPECT_NEAR(growth_exponent(Series{{1, 1}, {10, 100}, {100, 10}}).value(), 0.5, 1e-12);
}

TEST(GrowthExponent, NeedsTwoAmounts) {
  EXPECT_FALSE(growth_exponent(Series{}));
  EXPECT_FALSE(growth_exponent(Series{{10, 1}, {10, 2}}));
}

TEST(AmdahlSerialShare, OfSeriesThatFollowTheLaw) {
  for (const double share : {-0.1, 0.0, 0.25, 1.0, 1.2}) {
    Series series;
    for (const double workers : {1.0, 2.0, 4.0, 8.0})
      series.push_back({workers, 3 * (share + (1 - share) / workers)});
    EXPECT_NEAR(amdahl_serial_share(series).value(), share, 1e-12);
  }
}

TEST(AmdahlSerialShare, IsTheClosestToAll) {
  // With two workers the share is 0.2, with four 0.8; what four tell weighs (3/4)^2 against (1/2)^2.
  const Series series{{4, 0.8 + 0.2 / 4}, {1, 1}, {2, 0.2 + 0.8 / 2}};
  EXPECT_NEAR(amdahl_serial_share(series).value(), (0.2 * 0.25 + 0.8 * 0.5625) / (0.25 + 0.5625), 1e-12);
}

TEST(AmdahlSerialShare, NeedsOneWorkerAndTwoCountsAbove) {
  EXPECT_FALSE(amdahl_serial_share(Series{{1, 1}, {4, 0.5}, {4, 0.6}}));
  EXPECT_FALSE(amdahl_serial_share(Series{{2, 1}, {4, 0.5}, {8, 0.3}}));
}

TEST(Laws, RefuseWhatIsNoTimeAndNoAmount) {
  for (const double bad : {0.0, -1.0, std::numeric_limits<double>::quiet_NaN()}) {
    EXPECT_THROW(growth_exponent(Series{{1, 1}, {2, bad}}), std::invalid_argument);
    EXPECT_THROW(amdahl_serial_share(Series{{1, 1}, {2, 1}, {bad, 1}}), std::invalid_argument);
  }
}

}  // namespace
}  // namespace ipcsort::stats
