// The race on simulated times: who wins, who is dropped, and when it ends.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <vector>

#include "bench/tune/race.hpp"

namespace ipcsort::tune {
namespace {

using ::testing::HasSubstr;

// The default, and sets with one option off their defaults.
std::vector<std::size_t> one_off(std::size_t candidates) {
  std::vector<std::size_t> simplicity(candidates, 1);
  simplicity[0] = 0;
  return simplicity;
}

// Noise of `sd` in every run, and more of it in some: runs that something disturbed take up to three times as
// long.
class Machine {
 public:
  Machine(std::vector<double> times_s, double sd, std::uint64_t seed)
      : times_s_(std::move(times_s)), random_(seed), noise_(0, sd) {}
  double run(std::size_t candidate) {
    const double outlier = share_(random_) < 0.05 ? 1 + 2 * share_(random_) : 1;
    return times_s_[candidate] * std::exp(noise_(random_)) * outlier;
  }

 private:
  std::vector<double> times_s_;
  std::mt19937_64 random_;
  std::normal_distribution<double> noise_;
  std::uniform_real_distribution<double> share_{0, 1};
};

std::size_t race_to_the_end(Race& race, Machine& machine, std::size_t runs_max = 100'000) {
  std::size_t runs = 0;
  for (; runs < runs_max; ++runs) {
    const auto next = race.next();
    if (!next) break;
    race.finished(machine.run(*next));
  }
  return runs;
}

TEST(Race, TheClearlyBestWinsInNearlyAllRaces) {
  constexpr int races = 200;
  int won = 0, complete = 0;
  for (std::uint64_t seed = 0; seed < races; ++seed) {
    std::vector<double> times_s;
    for (int i = 0; i < 24; ++i) times_s.push_back(1 + 0.1 * ((i + 13) % 24));
    Race race(one_off(times_s.size()), {}, seed);
    Machine machine(times_s, 0.05, seed);
    race_to_the_end(race, machine);
    won += race.winner() == 11 ? 1 : 0;
    complete += race.next() ? 0 : 1;
  }
  EXPECT_EQ(complete, races);
  EXPECT_GE(won, races * 95 / 100);
}

TEST(Race, ItTakesFarFewerRunsThanRunningAllToTheEnd) {
  std::vector<double> times_s(24, 2.0);
  times_s[7] = 1;
  Race race(one_off(times_s.size()), {}, 1);
  Machine machine(times_s, 0.05, 1);
  EXPECT_LT(race_to_the_end(race, machine), times_s.size() * 15);
  EXPECT_EQ(race.winner(), 7U);
  EXPECT_EQ(race.left(), 2U);  // it and the default
}

TEST(Race, AmongEqualsTheDefaultWins) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Race race(one_off(6), {}, seed);
    Machine machine(std::vector<double>(6, 1.0), 0.005, seed);
    race_to_the_end(race, machine);
    EXPECT_EQ(race.next(), std::nullopt);
    EXPECT_EQ(race.winner(), 0U) << "seed " << seed;
  }
}

TEST(Race, AmongEqualsThatBeatTheDefaultTheSimplestWinsNearlyAlways) {
  constexpr int races = 100;
  int won = 0;
  for (std::uint64_t seed = 0; seed < races; ++seed) {
    Race race({0, 2, 1, 3}, {}, seed);
    Machine machine({2, 1, 1, 1}, 0.005, seed);
    race_to_the_end(race, machine);
    won += race.winner() == 2 ? 1 : 0;
  }
  EXPECT_GE(won, races * 95 / 100);
}

TEST(Race, WhatIsFarSlowerInEveryBlockGoesAfterThree) {
  Race race(one_off(3), {}, 1);
  for (int run = 0; run < 3 * 3; ++run) {
    EXPECT_EQ(race.left(), 3U);
    // In its third block candidate 2 is not as far behind.
    race.finished(*race.next() == 0 || (*race.next() == 2 && race.blocks() == 2) ? 1 : 1.3);
  }
  EXPECT_EQ(race.left(), 2U);
  EXPECT_THAT(race.result(1).dropped, HasSubstr("30 % slower than the leader over 3 blocks"));
  EXPECT_EQ(race.result(2).dropped, "");
}

TEST(Race, WhatIsHardlyFasterThanTheDefaultsGoes) {
  Race race(one_off(2), {}, 1);
  while (const auto next = race.next()) race.finished(*next == 1 ? 0.97 : 1);
  EXPECT_EQ(race.winner(), 0U);
  EXPECT_THAT(race.result(1).dropped, HasSubstr("faster than the defaults by 5 % at most, over 6 blocks"));
}

TEST(Race, NobodyElseIsDroppedBeforeTheFewestBlocks) {
  Race race(one_off(2), {}, 1);
  for (int run = 0; run < 2 * 6; ++run) {
    EXPECT_EQ(race.left(), 2U);
    race.finished(*race.next() == 1 ? 1.2 : 1);
  }
  EXPECT_EQ(race.blocks(), 6);
  EXPECT_EQ(race.left(), 1U);
  EXPECT_EQ(race.next(), std::nullopt);
  EXPECT_EQ(race.winner(), 0U);
  EXPECT_THAT(race.result(1).dropped, HasSubstr("slower than the leader over 6 blocks"));
}

TEST(Race, OneNoisyRunHoweverSlowDropsNobody) {
  Race race(one_off(4), {}, 3);
  Machine machine({2, 1, 1, 1}, 0.02, 3);
  bool struck = false;
  while (const auto next = race.next()) {
    const bool strike = *next == 2 && !struck;
    struck = struck || strike;
    race.finished(strike ? 1000 : machine.run(*next));
    if (race.blocks() == 6) break;
  }
  EXPECT_TRUE(struck);
  EXPECT_EQ(race.result(2).dropped, "");
}

TEST(Race, TheDefaultStaysToBeComparedWith) {
  Race race(one_off(3), {}, 1);
  Machine machine({5, 1, 3}, 0.02, 1);
  race_to_the_end(race, machine);
  EXPECT_EQ(race.result(0).dropped, "");
  EXPECT_EQ(race.winner(), 1U);
  EXPECT_NEAR(race.result(1).to_default.value(), 0.2, 0.02);
}

TEST(Race, WhatIsTooNoisyEndsAfterTheMostBlocks) {
  RaceRule rule;
  rule.blocks_max = 12;
  constexpr int races = 100;
  int to_the_last = 0;
  for (std::uint64_t seed = 0; seed < races; ++seed) {
    Race race(one_off(3), rule, seed);
    Machine machine({1, 1, 1}, 1.0, seed);
    race_to_the_end(race, machine);
    EXPECT_EQ(race.next(), std::nullopt);
    EXPECT_LE(race.blocks(), 12);
    to_the_last += race.blocks() == 12 ? 1 : 0;
  }
  EXPECT_GE(to_the_last, races * 90 / 100);  // the others are false alarms
}

TEST(Race, WhatFailsIsOutAtOnceWithItsReason) {
  Race race(one_off(3), {}, 1);
  while (*race.next() != 2) race.finished(1);
  race.failed("error: EPERM");
  EXPECT_EQ(race.left(), 2U);
  EXPECT_EQ(race.result(2).dropped, "error: EPERM");
  for (int run = 0; run < 20; ++run) {
    if (!race.next()) break;
    EXPECT_NE(*race.next(), 2U);
    race.finished(1);
  }
}

TEST(Race, WithoutItsDefaultThereIsNoRace) {
  Race race(one_off(3), {}, 1);
  while (*race.next() != 0) race.finished(1);
  race.failed("error: it broke");
  EXPECT_EQ(race.next(), std::nullopt);
  EXPECT_TRUE(race.default_failed());
}

TEST(Race, WhatIsLateTwiceIsOutAndOnceIsNot) {
  Race race(one_off(3), {}, 1);
  int lates = 0;
  while (const auto next = race.next()) {
    if (*next == 1) {
      ++lates;
      race.late();
      EXPECT_EQ(race.left(), lates < 2 ? 3U : 2U);
    } else {
      race.finished(1);
    }
  }
  EXPECT_EQ(lates, 2);
  EXPECT_THAT(race.result(1).dropped, HasSubstr("several times as long"));
  EXPECT_EQ(race.result(1).blocks, 0U);
}

TEST(Race, ABlockRunsEachOnceInAnOrderThatTheSeedGives) {
  const auto order_of = [](std::uint64_t seed) {
    Race race(one_off(8), {}, seed);
    std::vector<std::size_t> order;
    for (int run = 0; run < 16; ++run) {
      order.push_back(*race.next());
      race.finished(1);
    }
    return order;
  };
  const std::vector<std::size_t> order = order_of(1);
  const std::set<std::size_t> first(order.begin(), order.begin() + 8), second(order.begin() + 8, order.end());
  EXPECT_EQ(first.size(), 8U);
  EXPECT_EQ(second.size(), 8U);
  EXPECT_NE(std::vector(order.begin(), order.begin() + 8), std::vector(order.begin() + 8, order.end()));
  EXPECT_EQ(order_of(1), order);
  EXPECT_NE(order_of(2), order);
}

TEST(Race, OfOneThereIsNothingToRun) {
  EXPECT_EQ(Race({0}, {}, 1).next(), std::nullopt);
  EXPECT_EQ(Race({0}, {}, 1).winner(), 0U);
  EXPECT_THROW(Race({}, {}, 1), std::invalid_argument);
}

}  // namespace
}  // namespace ipcsort::tune
