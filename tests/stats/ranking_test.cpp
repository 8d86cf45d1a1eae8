#include "bench/stats/ranking.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

namespace ipcsort::stats {
namespace {

using testing::Each;
using testing::ElementsAre;
using Times = TimesByBlock;
using Condition = std::vector<Times>;

// The times for each factor, over blocks that are differently slow for all of them alike.
Condition measured(const std::vector<double>& factors, std::size_t blocks, double noise_sd = 0.01) {
  std::mt19937_64 random(10);
  std::uniform_real_distribution<double> block_seconds(0.1, 1);
  std::normal_distribution<double> noise(0, noise_sd);
  Condition condition(factors.size());
  for (std::size_t block = 0; block < blocks; ++block) {
    const double seconds = block_seconds(random);
    for (std::size_t i = 0; i < factors.size(); ++i) {
      condition[i].emplace_back(seconds * factors[i] * std::exp(noise(random)));
    }
  }
  return condition;
}

// "a" is the first that is ranked, "b" the second.
std::string name_of(const Standing& standing) {
  return std::string(1, static_cast<char>('a' + standing.place));
}

std::vector<std::string> names(const Ranking& ranking) {
  std::vector<std::string> result;
  for (const Standing& standing : ranking.standings) result.push_back(name_of(standing));
  return result;
}

std::vector<std::string> tied(const Ranking& ranking) {
  std::vector<std::string> result;
  for (const Standing& standing : ranking.standings) {
    if (standing.tied) result.push_back(name_of(standing));
  }
  return result;
}

// Whether the first may be called the fastest.
bool has_fastest(const Ranking& ranking) { return ranking.standings.size() >= 2 && tied(ranking).empty(); }

TEST(Ranking, NamesTheFastestThatIsFaster) {
  const Ranking ranking = ranking_of(measured({1.3, 1.0, 1.1}, 10));
  EXPECT_THAT(names(ranking), ElementsAre("b", "c", "a"));
  EXPECT_THAT(tied(ranking), ElementsAre());
  EXPECT_TRUE(has_fastest(ranking));

  EXPECT_FALSE(ranking.standings[0].to_best);
  EXPECT_NEAR(ranking.standings[1].to_best->centre, 1.1, 0.02);
  EXPECT_NEAR(ranking.standings[2].to_best->centre, 1.3, 0.03);
  EXPECT_EQ(ranking.standings[2].to_best->pairs, 10U);
  EXPECT_EQ(ranking.standings[2].runs, 10U);
  ASSERT_TRUE(ranking.best_to_second);
  EXPECT_NEAR(ranking.best_to_second->centre, 1 / 1.1, 0.02);
  EXPECT_TRUE(ranking.best_to_second->faster());
}

TEST(Ranking, TheCentreIsTheOneOfTheSeriesItself) {
  const Condition condition{{1.0, 4.0}};
  EXPECT_DOUBLE_EQ(ranking_of(condition).standings.at(0).centre, 2);
}

TEST(Ranking, EqualSeriesAreTiedInTheOrderGiven) {
  const Times times{1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0};
  const Times slow{2.0, 4.0, 6.0, 8.0, 10.0, 12.0, 14.0};
  const Ranking ranking = ranking_of(Condition{slow, times, times});
  EXPECT_THAT(names(ranking), ElementsAre("b", "c", "a"));
  EXPECT_THAT(tied(ranking), ElementsAre("c"));
  EXPECT_FALSE(has_fastest(ranking));
  EXPECT_EQ(ranking.best_to_second->centre, 1);

  const Ranking many = ranking_of(Condition(40, times));  // enough that an unstable sort would show
  for (std::size_t i = 0; i < 40; ++i) EXPECT_EQ(many.standings[i].place, i);
}

TEST(Ranking, NoiseLargerThanTheDifferenceIsATie) {
  const Ranking ranking = ranking_of(measured({1.0, 1.001, 2.0}, 10, 0.05));
  EXPECT_EQ(tied(ranking).size(), 1U);
  EXPECT_EQ(ranking.standings.back().place, 2U);
  EXPECT_FALSE(has_fastest(ranking));
}

TEST(Ranking, ATieBehindTheRunnerUpAlsoForbidsTheWordFastest) {
  Condition condition = measured({1.0, 1.1, 1.2}, 12);
  // Enough of c is lost to say nothing of it, the rest is slowest still.
  for (std::size_t block = 0; block < 8; ++block) condition[2][block] = std::nullopt;
  for (std::size_t block = 8; block < 12; ++block) condition[2][block].value() *= 10;
  const Ranking ranking = ranking_of(condition);
  EXPECT_THAT(names(ranking), ElementsAre("a", "b", "c"));
  EXPECT_TRUE(ranking.best_to_second->differs());
  EXPECT_THAT(tied(ranking), ElementsAre("c"));
  EXPECT_FALSE(has_fastest(ranking));
}

TEST(Ranking, ComparesOverTheBlocksBothHave) {
  Condition condition = measured({1.0, 1.1}, 12);
  condition[0][3] = std::nullopt;
  condition[1][5] = std::nullopt;
  condition[1][6] = std::nullopt;
  const Ranking ranking = ranking_of(condition);
  EXPECT_EQ(ranking.standings[1].to_best->pairs, 9U);
  EXPECT_EQ(ranking.best_to_second->pairs, 9U);
  EXPECT_NEAR(ranking.standings[1].to_best->centre, 1.1,
              0.02);  // the blocks differ tenfold: a shifted pair would show
  EXPECT_EQ(ranking.standings[0].runs + ranking.standings[1].runs, 21U);
}

TEST(Ranking, BlocksThatOthersLackDoNotCountAgainstWhatRanInThem) {
  // The machine is ten times slower in blocks 6 to 11, where only b still runs; block for block, b is the
  // faster.
  Condition condition(2);
  for (int block = 0; block < 12; ++block) {
    condition[0].push_back(block < 6 ? std::optional(1.1 + 0.01 * block) : std::nullopt);
    condition[1].emplace_back(block < 6 ? 1.0 : 10.0);
  }
  const Ranking ranking = ranking_of(condition);
  EXPECT_THAT(names(ranking), ElementsAre("b", "a"));
  EXPECT_TRUE(ranking.standings[1].to_best->slower());
  EXPECT_TRUE(has_fastest(ranking));
}

TEST(Ranking, WhatHasTooFewTimesNeitherLeadsNorTakesPartInTheCorrection) {
  Condition condition = measured({1.0, 1.5, 0.5}, 6);
  condition[2][3] = std::nullopt;  // five are too few for an interval
  const Ranking ranking = ranking_of(condition);
  EXPECT_THAT(names(ranking), ElementsAre("a", "b", "c"));
  EXPECT_THAT(tied(ranking), ElementsAre("c"));
  EXPECT_DOUBLE_EQ(*ranking.standings[1].p_value, 2 / 64.0);
  EXPECT_EQ(*ranking.standings[2].p_value, 1);

  condition[1][3] = std::nullopt;  // now one alone has enough, and nobody can be compared with anybody
  EXPECT_THAT(names(ranking_of(condition)), ElementsAre("c", "a", "b"));
}

TEST(Ranking, HowManyBlocksTheCorrectionAsksFor) {
  EXPECT_EQ(least_told_apart(1, 6), 1U);
  EXPECT_EQ(least_told_apart(1, 5), 2U) << "never";
  EXPECT_EQ(least_told_apart(171, 6), 107U);  // 171 / 32 / .05 = 106.9
  EXPECT_EQ(blocks_for_one(1), 6U);
  EXPECT_EQ(blocks_for_one(3), 7U);
  EXPECT_EQ(blocks_for_one(171), 13U);

  // As the ranking has it: 15 pairs, of which at 6 blocks 10 must be told apart, and the fastest is in 5 of them.
  EXPECT_EQ(least_told_apart(15, 6), 10U);
  EXPECT_EQ(blocks_for_one(15), 10U);
  const std::vector<double> equal_but_one{0.5, 1, 1, 1, 1, 1};
  EXPECT_FALSE(has_fastest(ranking_of(measured(equal_but_one, 6))));
  EXPECT_TRUE(has_fastest(ranking_of(measured(equal_but_one, 10))));
}

TEST(Ranking, WithoutACommonBlockThereIsNoRatio) {
  const Ranking ranking = ranking_of(Condition{{1.0, std::nullopt}, {std::nullopt, 9.0}});
  EXPECT_THAT(names(ranking), ElementsAre("a", "b"));
  EXPECT_FALSE(ranking.standings[1].to_best);
  EXPECT_FALSE(ranking.best_to_second);
  EXPECT_THAT(tied(ranking), ElementsAre("b"));
  EXPECT_FALSE(has_fastest(ranking));
}

TEST(Ranking, ASingleBlockOrdersAndDecidesNothing) {
  const Ranking ranking = ranking_of(measured({5.0, 1.0, 2.0}, 1));
  EXPECT_THAT(names(ranking), ElementsAre("b", "c", "a"));
  EXPECT_THAT(tied(ranking), ElementsAre("c", "a"));
  EXPECT_EQ(ranking.best_to_second->pairs, 1U);
  EXPECT_FALSE(has_fastest(ranking));
}

TEST(Ranking, ASeriesAloneIsNotTheFastest) {
  const Ranking ranking = ranking_of(measured({1.0}, 10));
  EXPECT_THAT(names(ranking), ElementsAre("a"));
  EXPECT_FALSE(ranking.best_to_second);
  EXPECT_FALSE(has_fastest(ranking));
}

TEST(Ranking, ASeriesThatAlwaysFailedIsLeftOut) {
  Condition condition = measured({1.0, 2.0}, 6);
  condition.insert(condition.begin(), Times(6));
  const Ranking ranking = ranking_of(condition);
  EXPECT_THAT(names(ranking), ElementsAre("b", "c"));
  EXPECT_TRUE(has_fastest(ranking));
}

TEST(Ranking, ThePValueIsAdjustedForAllPairs) {
  // Six blocks that all agree have p = 2 / 2^6 in each of the three pairs.
  const Ranking clear = ranking_of(measured({1.0, 2.0, 4.0}, 6));
  EXPECT_FALSE(clear.standings[0].p_value);
  EXPECT_DOUBLE_EQ(clear.standings[1].p_value.value(), 1 / 32.0);
  EXPECT_DOUBLE_EQ(clear.standings[2].p_value.value(), 1 / 32.0);
  EXPECT_TRUE(has_fastest(clear));

  // Two equal ones: two pairs of three have that p, which is worth 3 / 2 of it.
  Condition condition = measured({1.0, 2.0, 4.0}, 6);
  condition[1] = condition[0];
  const Ranking ranking = ranking_of(condition);
  EXPECT_EQ(ranking.standings[1].p_value, 1);
  EXPECT_DOUBLE_EQ(ranking.standings[2].p_value.value(), 1.5 / 32.0);
  EXPECT_THAT(tied(ranking), ElementsAre("b"));
}

TEST(Ranking, OneOfManyWithFewBlocksIsNotEnough) {
  // d is slower than three equal ones in all of 6 blocks, the least that an interval takes; three such pairs
  // of six are what chance would give too often.
  Condition condition = measured({1.0, 1.0, 1.0, 2.0}, 6);
  condition[1] = condition[2] = condition[0];
  const Ranking ranking = ranking_of(condition);
  EXPECT_TRUE(ranking.standings[3].to_best->slower());
  EXPECT_GT(ranking.standings[3].p_value, false_discovery_rate);
  EXPECT_THAT(tied(ranking), ElementsAre("b", "c", "d"));
}

TEST(Ranking, OfEqualsRarelyCallsAnySlower) {
  constexpr int trials = 60;
  constexpr std::size_t blocks = 15;
  std::mt19937_64 random(14);
  std::normal_distribution<double> noise(0, 0.05);
  int any_slower = 0;
  int any_interval_above_1 = 0;
  for (int trial = 0; trial < trials; ++trial) {
    Condition condition(20);
    for (Times& times : condition) {
      for (std::size_t block = 0; block < blocks; ++block) times.emplace_back(std::exp(noise(random)));
    }
    const Ranking ranking = ranking_of(condition);
    any_slower += tied(ranking).size() + 1 < condition.size() ? 1 : 0;
    any_interval_above_1 += std::any_of(ranking.standings.begin(), ranking.standings.end(),
                                        [](const Standing& s) { return s.to_best && s.to_best->slower(); })
                                ? 1
                                : 0;
  }
  EXPECT_GT(any_interval_above_1, trials / 2);  // what would be said without the adjustment
  EXPECT_LE(any_slower, 7);                     // expected: at most 3
}

// What is open of each: "best", "neighbour", both, or "".
std::vector<std::string> open(const Condition& condition) {
  std::vector<std::string> all;
  for (const Openness& openness : openness_of(condition))
    all.push_back(std::string(openness.best ? "best " : "") + (openness.neighbour ? "neighbour" : ""));
  return all;
}

TEST(Openness, IsThereWhileAnotherMightBeTheBest) {
  EXPECT_THAT(open(measured({1.0, 1.04, 2.0, 3.0}, 6, 0.05)), Each("best neighbour"))
      << "too few for any level";
  EXPECT_THAT(open(measured({1.0, 1.04, 2.0, 3.0}, 9, 0.05)),
              ElementsAre("best neighbour", "best neighbour", "", ""));
  EXPECT_THAT(open(measured({1.0, 2.0, 3.0}, 9)), Each(""));
}

TEST(Openness, OfNeighboursEndsWhenTheyAreToldApart) {
  EXPECT_THAT(open(measured({1.0, 2.0, 2.03, 3.0}, 9, 0.05)), ElementsAre("", "neighbour", "neighbour", ""));
}

TEST(Openness, WhatIsTheSameForAllPurposesIsNoQuestion) {
  EXPECT_THAT(open(measured({1.0, 1.001, 2.0}, 12, 0.002)), Each(""));
  EXPECT_TRUE(openness_of(measured({1.0, 1.001, 2.0}, 12, 0.002), {.equivalence = 1e-6})[0].best);
}

TEST(Openness, OfNothingOrOneAloneThereIsNone) {
  EXPECT_TRUE(open({}).empty());
  EXPECT_THAT(open(measured({1.0}, 9)), Each(""));
  EXPECT_THAT(open(Condition(2)), Each(""));
}

TEST(Ranking, OfNothingIsEmpty) {
  EXPECT_TRUE(ranking_of({}).standings.empty());
  EXPECT_FALSE(has_fastest(ranking_of({})));
  EXPECT_TRUE(ranking_of(Condition(2)).standings.empty());
}

TEST(Ranking, RefusesWhatIsNotATimeOrNotTheSameBlocks) {
  EXPECT_THROW(ranking_of(Condition{{1.0}, {1.0, 2.0}}), std::invalid_argument);
  for (const double bad : {0.0, -1.0, std::nan("")}) {
    EXPECT_THROW(ranking_of(Condition{{1.0, bad}}), std::invalid_argument) << bad;
  }
}

}  // namespace
}  // namespace ipcsort::stats
