// The loop of ab with exact fakes for the programs: verdicts, order, budget, failures.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "bench/gate/false_positives.hpp"
#include "bench/gate/pairs.hpp"

namespace ipcsort::gate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Asked {
  std::size_t cell;
  Side side;
  bool operator==(const Asked&) const = default;
};

// Times that wander by 1 %, and what the test does to them.
class FakeRunner {
 public:
  using Change = std::function<void(std::size_t cell, Side side, ReportedRun& run)>;
  explicit FakeRunner(Change change = {}) : change_(std::move(change)) {}

  ReportedRun operator()(std::size_t cell, Side side) {
    asked.push_back({cell, side});
    ReportedRun run;
    run.figures.time_s = 0.1 * std::exp(noise_(random_));
    run.figures.payload_bytes = 400'000;
    run.figures.steps = 16;
    run.figures.faults = 500;
    run.figures.memory_bytes = 1e7;
    if (change_) change_(cell, side, run);
    return run;
  }

  std::vector<Asked> asked;

 private:
  Change change_;
  std::mt19937_64 random_{7};
  std::normal_distribution<double> noise_{0, 0.01};
};

std::vector<PairedTest> tests(std::size_t count) {
  std::vector<PairedTest> list;
  for (std::size_t i = 0; i < count; ++i) list.emplace_back("cell " + std::to_string(i), "total");
  return list;
}

FakeRunner::Change candidate_of(std::size_t changed, const std::function<void(Figures&)>& change) {
  return [=](std::size_t cell, Side side, ReportedRun& run) {
    if (cell == changed && side == Side::candidate) change(run.figures);
  };
}

std::vector<Verdict> verdicts_of(const std::vector<PairedTest>& list) {
  std::vector<Verdict> verdicts;
  for (const PairedTest& test : list) verdicts.push_back(test.verdict("open").verdict);
  return verdicts;
}

// The verdicts of three cells when the candidate's runs of the second are changed.
std::vector<PairedTest> three_cells(const std::function<void(Figures&)>& change) {
  std::vector<PairedTest> list = tests(3);
  FakeRunner runner(candidate_of(1, change));
  EXPECT_EQ(run_pairs(list, std::ref(runner), {}).end, PairsEnd::decided);
  return list;
}

// ---------------------------------------------------------------- verdicts

TEST(Pairs, WithoutAChangeEveryCellIsUnchanged) {
  const std::vector<PairedTest> list = three_cells([](Figures&) {});
  EXPECT_THAT(verdicts_of(list), ElementsAre(Verdict::unchanged, Verdict::unchanged, Verdict::unchanged));
  const CellVerdict verdict = list[0].verdict("open");
  EXPECT_EQ(verdict.cell, "cell 0");
  EXPECT_EQ(verdict.metric, "total");
  EXPECT_EQ(verdict.reason, "");
  EXPECT_NEAR(verdict.ratio.value(), 1, 0.02);
  EXPECT_NEAR(verdict.baseline_s.value(), 0.1, 0.002);
  EXPECT_LT(verdict.detectable_effect.value(), 0.05);
}

TEST(Pairs, ASlowerCellAloneIsRegressed) {
  const std::vector<PairedTest> list = three_cells([](Figures& figures) { figures.time_s *= 1.2; });
  EXPECT_THAT(verdicts_of(list), ElementsAre(Verdict::unchanged, Verdict::regressed, Verdict::unchanged));
  EXPECT_TRUE(list[1].flagged());
  const CellVerdict verdict = list[1].verdict("open");
  EXPECT_NEAR(verdict.ratio.value(), 1.2, 0.03);
  EXPECT_NEAR(verdict.candidate_s.value(), 0.12, 0.003);
}

TEST(Pairs, AFasterCellAloneIsImproved) {
  const std::vector<PairedTest> list = three_cells([](Figures& figures) { figures.time_s *= 0.8; });
  EXPECT_THAT(verdicts_of(list), ElementsAre(Verdict::unchanged, Verdict::improved, Verdict::unchanged));
}

TEST(Pairs, OtherFiguresThanTimeAreExactOrRemarkedUpon) {
  const auto reason = [](const std::vector<PairedTest>& list) { return list[1].verdict("open").reason; };
  const auto verdict = [](const std::vector<PairedTest>& list) { return list[1].verdict("open").verdict; };
  std::vector<PairedTest> list = three_cells([](Figures& figures) { figures.steps = 32; });
  EXPECT_EQ(verdict(list), Verdict::regressed);
  EXPECT_EQ(reason(list), "steps 16 -> 32");
  list = three_cells([](Figures& figures) { figures.steps = 8; });
  EXPECT_EQ(verdict(list), Verdict::unchanged);
  EXPECT_EQ(reason(list), "steps 16 -> 8");
  list = three_cells([](Figures& figures) { *figures.payload_bytes += 8; });
  EXPECT_EQ(verdict(list), Verdict::regressed);
  EXPECT_EQ(reason(list), "bytes moved 400000 -> 400008");
  list = three_cells([](Figures& figures) { figures.faults = 560; });
  EXPECT_EQ(verdict(list), Verdict::unchanged);
  EXPECT_EQ(reason(list), "page faults +12 %");
  list = three_cells([](Figures& figures) { *figures.memory_bytes *= 1.01; });
  EXPECT_EQ(reason(list), "");
}

TEST(Pairs, MoreStepsDoNotMakeAnImprovementARegression) {
  const std::vector<PairedTest> list = three_cells([](Figures& figures) {
    figures.steps = 32;
    figures.time_s *= 0.8;
  });
  EXPECT_EQ(list[1].verdict("open").verdict, Verdict::improved);
  EXPECT_EQ(list[1].verdict("open").reason, "steps 16 -> 32");
}

TEST(Pairs, AFigureThatVariesIsNotExact) {
  int runs = 0;
  const std::vector<PairedTest> list =
      three_cells([&](Figures& figures) { figures.steps = 30 + runs++ % 2; });
  EXPECT_EQ(list[1].verdict("open").verdict, Verdict::unchanged);
  EXPECT_EQ(list[1].verdict("open").reason, "");
}

TEST(Pairs, ACellThatNeverSettlesIsInconclusive) {
  std::vector<PairedTest> list = tests(1);
  std::mt19937_64 random(3);
  std::normal_distribution<double> noise(0, 1);
  FakeRunner runner(
      [&](std::size_t, Side, ReportedRun& run) { run.figures.time_s *= std::exp(noise(random)); });
  EXPECT_EQ(run_pairs(list, std::ref(runner), {}).end, PairsEnd::decided);
  EXPECT_EQ(list[0].verdict("open").verdict, Verdict::inconclusive);
  EXPECT_THAT(list[0].verdict("open").reason, HasSubstr("too noisy: no decision after"));
}

// ---------------------------------------------------------------- what goes wrong

TEST(Pairs, AFailedRunFailsItsCellAndTellsOfBothSides) {
  std::vector<PairedTest> list = tests(3);
  FakeRunner runner([](std::size_t cell, Side side, ReportedRun& run) {
    if (cell == 2 || (cell == 1 && side == Side::baseline)) {
      run.status = ReportedRun::Status::failed;
      run.reason = side == Side::baseline ? "it crashed" : "it hung";
    }
  });
  EXPECT_EQ(run_pairs(list, std::ref(runner), {}).end, PairsEnd::decided);
  EXPECT_THAT(verdicts_of(list), ElementsAre(Verdict::unchanged, Verdict::failed, Verdict::failed));
  EXPECT_EQ(list[1].verdict("open").reason, "baseline: it crashed");
  EXPECT_EQ(list[2].verdict("open").reason, "baseline: it crashed; candidate: it hung");
  EXPECT_EQ(list[2].verdict("open").ratio, std::nullopt);
  EXPECT_EQ(list[2].pairs(), 0U);
}

TEST(Pairs, WhenTheTimeIsOverUndecidedCellsAreInconclusive) {
  std::vector<PairedTest> list = tests(2);
  FakeRunner runner;
  PairsRequest request;
  request.out_of_time = [&] { return runner.asked.size() >= 28; };
  EXPECT_EQ(run_pairs(list, std::ref(runner), request).end, PairsEnd::out_of_time);
  EXPECT_EQ(runner.asked.size(), 28U);
  EXPECT_THAT(verdicts_of(list), ElementsAre(Verdict::inconclusive, Verdict::inconclusive));
  const CellVerdict verdict = list[0].verdict("the budget was over");
  EXPECT_EQ(verdict.reason, "the budget was over");
  EXPECT_EQ(verdict.pairs, 7U);
  EXPECT_GT(verdict.detectable_effect.value(), 0);
}

TEST(Pairs, AnInterruptionEndsItAtOnceAndItsPairDoesNotCount) {
  std::vector<PairedTest> list = tests(2);
  int runs = 0;
  FakeRunner runner([&](std::size_t, Side, ReportedRun& run) {
    if (++runs == 6) run.status = ReportedRun::Status::interrupted;
  });
  EXPECT_EQ(run_pairs(list, std::ref(runner), {}).end, PairsEnd::interrupted);
  EXPECT_EQ(runner.asked.size(), 6U);
  EXPECT_EQ(list[0].pairs() + list[1].pairs(), 2U);
}

TEST(Pairs, NoCellsAreDecidedAtOnce) {
  std::vector<PairedTest> list;
  FakeRunner runner;
  EXPECT_EQ(run_pairs(list, std::ref(runner), {}).end, PairsEnd::decided);
}

// ---------------------------------------------------------------- order

std::vector<Asked> order_of(std::uint64_t seed, std::size_t cells) {
  std::vector<PairedTest> list = tests(cells);
  FakeRunner runner;
  PairsRequest request;
  request.seed = seed;
  run_pairs(list, std::ref(runner), request);
  return runner.asked;
}

TEST(Pairs, EverySecondPairOfACellTurnsTheOrderRound) {
  std::map<std::size_t, std::vector<Side>> firsts;
  const std::vector<Asked> asked = order_of(1, 5);
  std::set<Side> coins;
  for (std::size_t i = 0; i < asked.size(); i += 2) {
    EXPECT_EQ(asked[i].cell, asked[i + 1].cell);
    EXPECT_NE(asked[i].side, asked[i + 1].side);
    firsts[asked[i].cell].push_back(asked[i].side);
  }
  for (const auto& [cell, sides] : firsts) {
    for (std::size_t i = 0; i + 1 < sides.size(); i += 2) {
      EXPECT_NE(sides[i], sides[i + 1]);
      coins.insert(sides[i]);
    }
  }
  EXPECT_EQ(coins.size(), 2U);  // not always the same side begins
}

TEST(Pairs, EachRoundTakesEveryCellOnceInAnotherOrder) {
  const std::vector<Asked> asked = order_of(1, 6);
  std::set<std::vector<std::size_t>> orders;
  for (std::size_t round = 0; round < 10; ++round) {  // no cell can be decided before
    std::vector<std::size_t> order;
    for (std::size_t pair = 0; pair < 6; ++pair) order.push_back(asked[(round * 6 + pair) * 2].cell);
    EXPECT_EQ(std::set<std::size_t>(order.begin(), order.end()).size(), 6U);
    orders.insert(order);
  }
  EXPECT_GT(orders.size(), 5U);
}

TEST(Pairs, TheSeedIsTheOrder) {
  EXPECT_EQ(order_of(5, 4), order_of(5, 4));
  EXPECT_NE(order_of(5, 4), order_of(6, 4));
}

TEST(Pairs, TheStateIsToldBeforeEachPair) {
  std::vector<PairedTest> list = tests(2);
  FakeRunner runner;
  PairsRequest request;
  std::vector<PairsState> states;
  request.on_pair = [&](const PairsState& state) { states.push_back(state); };
  run_pairs(list, std::ref(runner), request);
  ASSERT_EQ(states.size() * 2, runner.asked.size());
  for (std::size_t i = 0; i < states.size(); ++i) {
    EXPECT_EQ(states[i].cells, 2U);
    EXPECT_EQ(states[i].pairs, i);
    EXPECT_EQ(states[i].next, runner.asked[2 * i].cell);
  }
}

// ---------------------------------------------------------------- the gate's own record

TEST(FalsePositives, AreCountedByVerdict) {
  std::vector<PairedTest> list = three_cells([](Figures& figures) { figures.time_s *= 1.2; });
  PairedTest broken("broken", "total");
  broken.fail("it crashed");
  list.push_back(broken);
  Tally tally;
  for (const PairedTest& test : list) tally.add(test);
  EXPECT_EQ(tally.cells, 3U);
  EXPECT_EQ(tally.of(Verdict::failed), 1U);
  EXPECT_EQ(tally.of(Verdict::regressed), 1U);
  EXPECT_EQ(tally.flagged, 1U);
  EXPECT_EQ(tally.of(Verdict::unchanged), 2U);
  EXPECT_EQ(tally.pairs, list[0].pairs() + list[1].pairs() + list[2].pairs());
  for (const PairedTest& test : list) tally.add(test);
  EXPECT_EQ(tally.cells, 6U);
  EXPECT_EQ(tally.of(Verdict::unchanged), 4U);
}

TEST(FalsePositives, OneIsAlwaysGrantedAndManyCellsMayHaveMore) {
  EXPECT_EQ(false_positives_allowed(0), 1U);
  EXPECT_EQ(false_positives_allowed(50), 1U);
  EXPECT_EQ(false_positives_allowed(500), 1U);     // P(2 or more) = 0.0012
  EXPECT_EQ(false_positives_allowed(10'000), 4U);  // P(4 or more) = 0.019, P(5 or more) = 0.0037
}

// ---------------------------------------------------------------- others on the machine

TEST(Disturbed, APairIsMadeAgainInTheSameOrderAndTheUndisturbedOneCounts) {
  std::vector<PairedTest> list = tests(1);
  int runs = 0;
  // The first pair's second run is disturbed, and slow with it.
  FakeRunner runner([&](std::size_t, Side, ReportedRun& run) {
    if (++runs != 2) return;
    run.disturbed = true;
    run.figures.time_s = 1000;
  });
  PairsRequest request;
  request.attempts_max = 2;
  const PairsResult result = run_pairs(list, std::ref(runner), request);
  EXPECT_EQ(result.end, PairsEnd::decided);
  EXPECT_EQ(result.repeated, 1U);
  EXPECT_EQ(result.disturbed, 0U);
  EXPECT_EQ(runner.asked.size(), 2 * (list[0].pairs() + 1));
  EXPECT_EQ(runner.asked[0].side, runner.asked[2].side);
  EXPECT_NE(runner.asked[0].side, runner.asked[1].side);
}

TEST(Disturbed, WhatStaysDisturbedCountsAndIsSaidToBe) {
  std::vector<PairedTest> list = tests(1);
  FakeRunner runner([](std::size_t, Side, ReportedRun& run) { run.disturbed = true; });
  PairsRequest request;
  request.attempts_max = 3;
  const PairsResult result = run_pairs(list, std::ref(runner), request);
  EXPECT_EQ(result.end, PairsEnd::decided);
  EXPECT_EQ(result.disturbed, list[0].pairs());
  EXPECT_EQ(result.repeated, 2 * list[0].pairs());
}

TEST(Disturbed, AFailedPairIsNotMadeAgain) {
  std::vector<PairedTest> list = tests(1);
  FakeRunner runner([](std::size_t, Side, ReportedRun& run) {
    run.disturbed = true;
    run.status = ReportedRun::Status::failed;
  });
  PairsRequest request;
  request.attempts_max = 3;
  EXPECT_EQ(run_pairs(list, std::ref(runner), request).repeated, 0U);
  EXPECT_EQ(runner.asked.size(), 2U);
}

}  // namespace
}  // namespace ipcsort::gate
