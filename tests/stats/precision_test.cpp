#include "bench/stats/signed_rank.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>
#include <vector>

namespace ipcsort::stats {
namespace {

TEST(RelativeHalfWidth, OfKnownNumbers) {
  // Six times have their whole range as interval: 1 to 32; the 21 averages of their logarithms have 2.5 ln 2
  // in the middle.
  const auto width = relative_half_width(std::vector{1.0, 2.0, 4.0, 8.0, 16.0, 32.0});
  EXPECT_NEAR(width.value(), 31 / (2 * std::exp2(2.5)), 1e-12);
}

TEST(RelativeHalfWidth, IsTheSameInAnyUnit) {
  const std::vector seconds{1.01, 0.99, 1.02, 1.00, 0.98, 1.03, 1.05};
  std::vector<double> milliseconds;
  for (const double time : seconds) milliseconds.push_back(1000 * time);
  EXPECT_NEAR(relative_half_width(seconds).value(), relative_half_width(milliseconds).value(), 1e-12);
  EXPECT_EQ(relative_half_width(std::vector<double>(8, 0.25)), 0);
}

TEST(RelativeHalfWidth, FewerThanSixTimesHaveNone) {
  EXPECT_FALSE(relative_half_width(std::vector{1.0, 1.0, 1.0, 1.0, 1.0}));
  EXPECT_THROW(relative_half_width({}), std::invalid_argument);
  EXPECT_THROW(relative_half_width(std::vector{1.0, 0.0}), std::invalid_argument);
}

}  // namespace
}  // namespace ipcsort::stats
