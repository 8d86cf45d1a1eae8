#include "bench/stats/gate.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <stdexcept>
#include <vector>

namespace ipcsort::stats {
namespace {

const GateRule rule;

std::vector<double> pairs_around(double effect, std::size_t n, double log_sd, unsigned seed = 41) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> noise(std::log1p(effect), log_sd);
  std::vector<double> log_ratios(n);
  for (double& d : log_ratios) d = noise(random);
  return log_ratios;
}

std::vector<double> mirrored(std::vector<double> log_ratios) {
  for (double& d : log_ratios) d = -d;
  return log_ratios;
}

Outcome screened(const std::vector<double>& log_ratios) { return look_at(log_ratios, rule, rule.screening); }

void add(TwoStageTest& test, const std::vector<double>& log_ratios) {
  for (const double d : log_ratios) {
    if (test.outcome() != Outcome::pending) return;
    test.add(d);
  }
}

void add_to_the_end(TwoStageTest& test, double effect, double log_sd) {
  add(test, pairs_around(effect, 2 * gate_looks.back(), log_sd));
}

TEST(SpentShare, GrowsFromLittleToAll) {
  EXPECT_DOUBLE_EQ(spent_share(160), 1);
  EXPECT_DOUBLE_EQ(spent_share(40), 0.125);  // (1/4)^1.5
  EXPECT_DOUBLE_EQ(spent_share(10), 1 / 64.0);
  EXPECT_EQ(spent_share(0), 0);
}

TEST(LookAt, SaysNothingBetweenLooks) {
  for (std::size_t n = 0; n < gate_looks.back(); ++n) {
    if (std::find(gate_looks.begin(), gate_looks.end(), n) != gate_looks.end()) continue;
    EXPECT_EQ(screened(std::vector<double>(n, 1.0)), Outcome::pending) << n;
  }
  EXPECT_THROW(screened(std::vector<double>(gate_looks.back() + 1, 0.0)), std::invalid_argument);
}

TEST(LookAt, TenPairsCanSayNothingYet) {
  // 2^-10 is more than a look at ten pairs may spend, however large the change.
  EXPECT_EQ(screened(pairs_around(1, 10, 0.01)), Outcome::pending);
  EXPECT_EQ(screened(pairs_around(1, 15, 0.01)), Outcome::regressed);
}

TEST(LookAt, TellsTheDirection) {
  const std::vector<double> slower = pairs_around(0.10, 30, 0.02);
  EXPECT_EQ(screened(slower), Outcome::regressed);
  EXPECT_EQ(screened(mirrored(slower)), Outcome::improved);
  EXPECT_EQ(screened(pairs_around(0, 30, 0.02)), Outcome::unchanged);
}

TEST(LookAt, AChangeBelowTheSmallestIsNoAlarm) {
  // All pairs say +2 %: as sure as can be, and too small.
  EXPECT_EQ(screened(std::vector<double>(20, std::log(1.02))), Outcome::unchanged);
  EXPECT_EQ(screened(std::vector<double>(20, std::log(1.026))), Outcome::regressed);
}

TEST(LookAt, ASpeedUpIsNotUnchanged) {
  // Not slower, that is sure at once; the noise leaves open how much faster.
  EXPECT_EQ(screened(pairs_around(-0.03, 20, 0.05)), Outcome::pending);
}

TEST(LookAt, AtTheLastLookThereIsAnAnswer) {
  EXPECT_EQ(screened(pairs_around(0, 120, 0.5)), Outcome::pending);
  EXPECT_EQ(screened(pairs_around(0, 160, 0.5)), Outcome::inconclusive);
}

TEST(LookAt, EqualPairsAreUnchanged) {
  EXPECT_EQ(screened(std::vector<double>(15, 0.0)), Outcome::unchanged);
}

// The chance of an alarm at any look is at most alpha, whatever the noise looks like as long as it is
// symmetric. Without a smallest change the guard that makes it rarer still is out of the way.
TEST(LookAt, SpendsNoMoreThanItsShare) {
  constexpr int trials = 2000;
  GateRule unguarded = rule;
  unguarded.effect_min = 1e-9;
  unguarded.effect = 100;  // never excluded early
  const ErrorRates rates{.alpha = 0.10, .beta = 1e-60};
  unguarded.beta_improvement = 1e-60;
  std::mt19937_64 random(42);
  std::normal_distribution<double> noise(0, 0.05);
  int alarms = 0;
  for (int trial = 0; trial < trials; ++trial) {
    std::vector<double> log_ratios;
    Outcome look = Outcome::pending;
    while (look == Outcome::pending && log_ratios.size() < gate_looks.back()) {
      log_ratios.push_back(noise(random));
      look = look_at(log_ratios, unguarded, rates);
    }
    alarms += look == Outcome::regressed ? 1 : 0;
  }
  EXPECT_LE(alarms, 0.10 * trials);
  EXPECT_GE(alarms, 0.03 * trials);  // it does spend
}

TEST(TwoStageTest, StartsWithNothing) {
  const TwoStageTest test;
  EXPECT_EQ(test.outcome(), Outcome::pending);
  EXPECT_EQ(test.stage(), 1);
  EXPECT_EQ(test.pairs(), 0U);
  EXPECT_FALSE(test.ratio());
}

TEST(TwoStageTest, CountsThePairs) {
  TwoStageTest test;
  add(test, pairs_around(0, 10, 0.1));
  EXPECT_EQ(test.pairs(), 10U);
  EXPECT_EQ(test.ratio()->pairs, 10U);
}

TEST(TwoStageTest, WhatHasNotChangedIsUnchangedAfterScreening) {
  TwoStageTest test;
  add_to_the_end(test, 0, 0.02);
  EXPECT_EQ(test.outcome(), Outcome::unchanged);
  EXPECT_EQ(test.stage(), 1);
  EXPECT_FALSE(test.ratio()->differs());
  EXPECT_LT(test.ratio()->detectable_effect(), 0.05);
  EXPECT_THROW(test.add(0), std::logic_error);
}

TEST(TwoStageTest, ARegressionIsConfirmedWithFreshPairs) {
  TwoStageTest test;
  add(test, std::vector<double>(15, 0.5));
  EXPECT_EQ(test.outcome(), Outcome::pending);
  EXPECT_EQ(test.stage(), 2);
  EXPECT_EQ(test.pairs(), 15U);
  EXPECT_EQ(test.screened(), 15U);
  EXPECT_FALSE(test.ratio());
  add(test, pairs_around(0.10, 160, 0.02));
  EXPECT_EQ(test.outcome(), Outcome::regressed);
  EXPECT_NEAR(test.ratio()->centre, 1.10, 0.01);  // not the 65 % that the screening saw
  EXPECT_EQ(test.pairs(), 15 + test.ratio()->pairs);
}

TEST(TwoStageTest, AnImprovementIsTheMirroredRegression) {
  TwoStageTest test;
  add(test, mirrored(pairs_around(0.10, 320, 0.02)));
  EXPECT_EQ(test.outcome(), Outcome::improved);
  EXPECT_NEAR(test.ratio()->centre, 1 / 1.10, 0.01);
}

TEST(TwoStageTest, AnAlarmThatIsNotConfirmedIsNone) {
  TwoStageTest test;
  add(test, std::vector<double>(15, 0.5));
  ASSERT_EQ(test.stage(), 2);
  add_to_the_end(test, 0, 0.02);
  EXPECT_EQ(test.outcome(), Outcome::unchanged);
}

TEST(TwoStageTest, StagesThatContradictEachOtherDecideNothing) {
  TwoStageTest test;
  add(test, std::vector<double>(15, 0.5));
  add(test, std::vector<double>(160, -0.5));
  EXPECT_EQ(test.outcome(), Outcome::inconclusive);
}

TEST(TwoStageTest, ASureSmallChangeIsWithinTheThreshold) {
  TwoStageTest test;
  add_to_the_end(test, 0.012, 0.01);
  EXPECT_EQ(test.outcome(), Outcome::within_threshold);
  EXPECT_TRUE(test.ratio()->slower());
}

TEST(TwoStageTest, TooMuchNoiseIsInconclusiveInEitherStage) {
  TwoStageTest first;
  add_to_the_end(first, 0, 0.5);
  EXPECT_EQ(first.outcome(), Outcome::inconclusive);
  EXPECT_EQ(first.pairs(), 160U);
  TwoStageTest second;
  add(second, std::vector<double>(15, 0.5));
  add_to_the_end(second, 0, 0.5);
  EXPECT_EQ(second.outcome(), Outcome::inconclusive);
  EXPECT_EQ(second.pairs(), 175U);
}

TEST(TwoStageTest, RefusesWhatIsNoLogRatio) {
  TwoStageTest test;
  EXPECT_THROW(test.add(std::nan("")), std::invalid_argument);
  EXPECT_EQ(test.pairs(), 0U);
}

}  // namespace
}  // namespace ipcsort::stats
