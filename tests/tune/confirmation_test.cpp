// The winner measured anew: ratios, failures, and when enough is known.
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <stdexcept>

#include "bench/tune/confirmation.hpp"

namespace ipcsort::tune {
namespace {

TEST(Confirmation, TellsWhatTheOthersTakeLonger) {
  std::mt19937_64 random(1);
  std::normal_distribution<double> noise(0, 0.01);
  Confirmation confirmation(3, {}, 1);
  const double times_s[] = {0.1, 0.2, 0.1};
  while (const auto next = confirmation.next())
    confirmation.finished(times_s[*next] * std::exp(noise(random)));
  const stats::Ratio to_default = confirmation.to_winner(1).value();
  EXPECT_NEAR(to_default.centre, 2, 0.05);
  EXPECT_TRUE(to_default.slower());
  EXPECT_LT(to_default.interval->low, 2);
  EXPECT_GT(to_default.interval->high, 2);
  EXPECT_EQ(to_default.pairs, static_cast<std::size_t>(confirmation.blocks()));
  EXPECT_FALSE(confirmation.to_winner(2)->differs());
  EXPECT_NEAR(confirmation.time_s(1).value(), 0.2, 0.01);
}

TEST(Confirmation, EndsWhenAllIsKnownWellAndAtTheLatestAfterTheMostBlocks) {
  const auto blocks_with = [](double sd) {
    std::mt19937_64 random(1);
    std::normal_distribution<double> noise(0, sd);
    Confirmation confirmation(2, {}, 1);
    while (const auto next = confirmation.next())
      confirmation.finished((*next == 0 ? 1 : 1.2) * std::exp(noise(random)));
    return confirmation.blocks();
  };
  EXPECT_EQ(blocks_with(0.001), ConfirmationRule{}.blocks_min);
  EXPECT_EQ(blocks_with(0.1), ConfirmationRule{}.blocks_max);
}

TEST(Confirmation, ADefaultThatIsNoSlowerEndsItHoweverNoisyItIs) {
  Confirmation confirmation(2, {}, 1);
  for (int run = 0; confirmation.next(); ++run)
    confirmation.finished((*confirmation.next() == 0 ? 1.3 : 1) + run % 3);
  EXPECT_EQ(confirmation.blocks(), ConfirmationRule{}.blocks_min);
}

TEST(Confirmation, WhatFailsRunsNoMoreAndTheRestGoesOn) {
  Confirmation confirmation(3, {}, 1);
  int runs_of_2 = 0;
  while (const auto next = confirmation.next()) {
    if (*next == 2) {
      ++runs_of_2;
      confirmation.failed("error: it broke");
    } else {
      confirmation.finished(1);
    }
  }
  EXPECT_EQ(runs_of_2, 1);
  EXPECT_EQ(confirmation.failure(2), "error: it broke");
  EXPECT_EQ(confirmation.to_winner(2), std::nullopt);
  EXPECT_EQ(confirmation.time_s(2), std::nullopt);
  EXPECT_EQ(confirmation.to_winner(1)->pairs, 8U);
}

TEST(Confirmation, WithoutItsWinnerItEndsAtOnce) {
  Confirmation confirmation(3, {}, 1);
  while (*confirmation.next() != 0) confirmation.finished(1);
  confirmation.failed("error: it broke");
  EXPECT_EQ(confirmation.next(), std::nullopt);
  EXPECT_EQ(confirmation.failure(0), "error: it broke");
}

TEST(Confirmation, OfOneIsNone) { EXPECT_THROW(Confirmation(1, {}, 1), std::invalid_argument); }

}  // namespace
}  // namespace ipcsort::tune
