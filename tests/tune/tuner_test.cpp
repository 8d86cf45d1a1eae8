// One cell tuned with an exact fake for the machine: decisions, budget, failures, what each option is worth.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "bench/tune/tuner.hpp"
#include "tests/tune/support.hpp"

namespace ipcsort::tune {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

// A transport whose time is `speed` of its options, and a machine whose runs vary by 1 %.
struct World {
  std::function<double(const Options&)> time_s;
  std::function<void(const cell::Cell&, results::RunRow&)> change{};
  std::vector<cell::Cell> asked{};
  std::mt19937_64 random{11};
  std::normal_distribution<double> noise{0, 0.01};

  results::RunRow run(const cell::Cell& cell, sys::Nanoseconds) {
    asked.push_back(cell);
    results::RunRow row;
    row.status = results::RunStatus::ok;
    row.transfer_window_s = time_s(cell.subject.options) * std::exp(noise(random));
    row.total_s = *row.transfer_window_s + 0.05;
    row.cost_s = *row.total_s * cell.repeats;
    row.payload_bytes = 4e6;
    if (change) change(cell, row);
    return row;
  }
};

std::string value_of(const Options& options, const char* name) {
  const auto found = options.find(name);
  return found == options.end() ? "" : found->second;
}

// chunk=8K halves the time; a larger capacity is worth a fifth.
double pipe_time_s(const Options& options) {
  double time_s = 0.1;
  if (value_of(options, "chunk") == "8K") time_s *= 0.5;
  if (value_of(options, "capacity") == "1M") time_s *= 0.8;
  return time_s;
}

TuneResult tune(World& world, double budget_s = 1e6) {
  TuneRequest request;
  request.budget_s = budget_s;
  const cell::Cell cell = test::cell_of(test::pipe());
  return tune_cell(cell, request, [&](const cell::Cell& asked, sys::Nanoseconds deadline_ns) {
    return world.run(asked, deadline_ns);
  });
}

TEST(Tuner, FindsTheBestSetAndWhatEachOfItsOptionsIsWorth) {
  World world{pipe_time_s};
  const ProfileEntry entry = tune(world).entry;
  EXPECT_EQ(entry.transport, "pipe");
  EXPECT_EQ(entry.numbers, 1'000'000U);
  EXPECT_EQ(entry.decision, Decision::tuned) << entry.reason;
  EXPECT_EQ(cell::options_text(entry.options), "capacity=1M chunk=8K");
  EXPECT_NEAR(entry.gain->centre, 2.5, 0.05);
  EXPECT_GT(entry.gain->interval->low, 2.4);
  EXPECT_NEAR(entry.default_s.value(), 0.1, 0.002);
  EXPECT_NEAR(entry.tuned_s.value(), 0.04, 0.001);
  ASSERT_EQ(entry.worth.size(), 2U);
  EXPECT_EQ(entry.worth[0].option + "=" + entry.worth[0].value, "capacity=1M");
  EXPECT_NEAR(entry.worth[0].without.centre, 1.25, 0.03);
  EXPECT_EQ(entry.worth[1].option, "chunk");
  EXPECT_NEAR(entry.worth[1].without.centre, 2, 0.05);
  EXPECT_TRUE(entry.race_complete);
  EXPECT_EQ(entry.raced.size(), 9U + 4U);  // each alone, then the best of each together
  EXPECT_EQ(entry.raced.front().stage, 1);
  EXPECT_EQ(entry.raced.back().stage, 2);
  EXPECT_EQ(entry.runs, world.asked.size());
  EXPECT_EQ(entry.payload_bytes, 4e6);
}

TEST(Tuner, WhereNothingHelpsTheDefaultsStay) {
  World world{[](const Options&) { return 0.1; }};
  const ProfileEntry entry = tune(world).entry;
  EXPECT_EQ(entry.decision, Decision::defaults);
  EXPECT_THAT(entry.options, IsEmpty());
  EXPECT_NE(entry.reason, "");
}

TEST(Tuner, WhereCombinationsAreFewTheyRaceAtOnce) {
  const test::OptionsTransport ring("ring", {test::waiting}, 0);
  World world{[](const Options& options) { return value_of(options, "wait") == "spin" ? 0.05 : 0.1; }};
  const cell::Cell cell = test::cell_of(ring);
  TuneRequest request;
  request.budget_s = 1e6;
  const ProfileEntry entry =
      tune_cell(cell, request, [&](const cell::Cell& asked, sys::Nanoseconds deadline_ns) {
        return world.run(asked, deadline_ns);
      }).entry;
  EXPECT_EQ(cell::options_text(entry.options), "wait=spin");
  EXPECT_EQ(entry.raced.size(), 3U);
}

TEST(Tuner, WhatLooksBetterOnlyInTheRaceIsNotChosen) {
  World world{[](const Options&) { return 0.1; }};
  TuneRequest request;
  std::size_t race_ended = 0;
  request.budget_s = 1e6;
  request.on_run = [&](const std::string& what, double) {
    if (what.starts_with("confirming") && race_ended == 0) race_ended = world.asked.size();
  };
  world.change = [&](const cell::Cell& cell, results::RunRow& row) {
    if (value_of(cell.subject.options, "chunk") == "8K" && race_ended == 0) *row.transfer_window_s *= 0.5;
  };
  const cell::Cell cell = test::cell_of(test::pipe());
  const ProfileEntry entry =
      tune_cell(cell, request, [&](const cell::Cell& asked, sys::Nanoseconds deadline_ns) {
        return world.run(asked, deadline_ns);
      }).entry;
  EXPECT_GT(race_ended, 0U);
  EXPECT_EQ(entry.decision, Decision::defaults);
  EXPECT_THAT(entry.options, IsEmpty());
  EXPECT_THAT(entry.reason, HasSubstr("no gain of 5 %"));
  EXPECT_NEAR(entry.gain->centre, 1, 0.02);
}

TEST(Tuner, WhatTheMachineRefusesIsDroppedWithItsReason) {
  World world{pipe_time_s};
  world.change = [](const cell::Cell& cell, results::RunRow& row) {
    if (value_of(cell.subject.options, "capacity") != "1M") return;
    row = {};
    row.status = results::RunStatus::error;
    row.error = "F_SETPIPE_SZ: EPERM";
    row.cost_s = 0.001;
  };
  const ProfileEntry entry = tune(world).entry;
  EXPECT_EQ(cell::options_text(entry.options), "chunk=8K");
  ASSERT_EQ(entry.worth.size(), 1U);
  EXPECT_EQ(entry.worth[0].option, "chunk");
  for (const Raced& raced : entry.raced) {
    const bool refused = value_of(raced.options, "capacity") == "1M";
    EXPECT_EQ(raced.dropped == "error: F_SETPIPE_SZ: EPERM", refused) << cell::options_text(raced.options);
  }
}

TEST(Tuner, DefaultsThatFailFailTheCell) {
  World world{pipe_time_s};
  world.change = [](const cell::Cell&, results::RunRow& row) {
    row = {};
    row.status = results::RunStatus::peer_died;
    row.error = "worker 1: SIGSEGV";
  };
  const ProfileEntry entry = tune(world).entry;
  EXPECT_EQ(entry.decision, Decision::failed);
  EXPECT_EQ(entry.reason, "peer_died: worker 1: SIGSEGV");
  EXPECT_EQ(world.asked.size(), 1U);
}

TEST(Tuner, ASetThatIsSlowByOrdersOfMagnitudeGetsNoMoreThanItsTime) {
  World world{pipe_time_s};
  sys::Nanoseconds limit_ns = 0;
  const cell::Cell cell = test::cell_of(test::pipe());
  TuneRequest request;
  request.budget_s = 1e6;
  int late = 0;
  const ProfileEntry entry =
      tune_cell(cell, request, [&](const cell::Cell& asked, sys::Nanoseconds deadline_ns) {
        results::RunRow row = world.run(asked, deadline_ns);
        if (value_of(asked.subject.options, "chunk") == "4K") {
          ++late;
          limit_ns = deadline_ns;
          row = {};
          row.status = results::RunStatus::timeout;
          row.error = "deadline";
        }
        return row;
      }).entry;
  EXPECT_EQ(late, 2);  // and not once more together with others
  EXPECT_LT(limit_ns, sys::second_ns);
  EXPECT_EQ(entry.decision, Decision::tuned);
}

TEST(Tuner, TheBudgetEndsItAndTheDefaultsStayUntilItIsKnown) {
  World world{pipe_time_s};
  const TuneResult nothing = tune(world, 0.5);
  EXPECT_EQ(nothing.entry.decision, Decision::undecided);
  EXPECT_THAT(nothing.entry.options, IsEmpty());
  EXPECT_THAT(nothing.entry.reason, HasSubstr("budget"));
  EXPECT_LT(nothing.cost_s, 0.5 + 0.2);

  World again{pipe_time_s};
  const TuneResult enough = tune(again, 40);
  EXPECT_EQ(enough.entry.decision, Decision::tuned) << enough.entry.reason;
  EXPECT_LT(enough.cost_s, 40 + 0.2);
}

TEST(Tuner, WhatTheBudgetLeftBesideTheDefaultsIsMeasuredAgain) {
  // The race is too short to tell two per cent from the five that count.
  World world{
      [](const Options& options) { return value_of(options, "capacity") == "1M" ? 0.098 : 0.1; }, {}, {}};
  world.noise = std::normal_distribution<double>{0, 0.03};
  const ProfileEntry entry = tune(world, 20).entry;
  EXPECT_FALSE(entry.race_complete);
  EXPECT_EQ(entry.decision, Decision::defaults) << entry.reason;
  EXPECT_THAT(entry.reason, HasSubstr("capacity=1M, was 1.0"));
  EXPECT_LE(entry.gain->interval->high, 1.05);
}

TEST(Tuner, ASteadyCellSendsAsOftenAsTheRestOfItsRunIsWorth) {
  for (const auto& [window_s, rounds] :
       {std::pair{0.0001, pipeline::Rounds::thirty_two}, std::pair{0.004, pipeline::Rounds::eight},
        std::pair{0.1, pipeline::Rounds::four}}) {
    World world{[window_s = window_s](const Options&) { return window_s; }};
    cell::Cell cell = test::cell_of(test::pipe());
    cell.settings.transfer = pipeline::TransferMode::steady;
    cell.settings.rounds = pipeline::Rounds::eight;
    TuneRequest request;
    request.budget_s = 5;
    request.chooses_rounds = true;
    const ProfileEntry entry =
        tune_cell(cell, request, [&](const cell::Cell& asked, sys::Nanoseconds deadline_ns) {
          return world.run(asked, deadline_ns);
        }).entry;
    EXPECT_EQ(world.asked.back().settings.rounds, rounds);
    EXPECT_EQ(entry.repeats, 1);
  }
}

TEST(Tuner, AnInterruptionEndsItAtOnce) {
  World world{pipe_time_s};
  world.change = [&](const cell::Cell&, results::RunRow& row) {
    if (world.asked.size() == 30) row.status = results::RunStatus::interrupted;
  };
  EXPECT_TRUE(tune(world).interrupted);
  EXPECT_EQ(world.asked.size(), 30U);
}

TEST(Tuner, ShortRunsAreRepeatedWithinARow) {
  World world{[](const Options&) { return 0.001; }};
  world.change = [](const cell::Cell& cell, results::RunRow& row) {
    row.total_s = 0.002;
    row.cost_s = 0.002 * cell.repeats;
    row.disturbed = true;
  };
  const ProfileEntry entry = tune(world).entry;
  EXPECT_EQ(entry.repeats, 10);
  EXPECT_EQ(world.asked.front().repeats, 1);
  EXPECT_EQ(world.asked.back().repeats, 10);
  EXPECT_EQ(entry.disturbed, entry.runs);
}

}  // namespace
}  // namespace ipcsort::tune
