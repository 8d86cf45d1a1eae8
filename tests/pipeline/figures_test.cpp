// From hand-written stamps to the figures of a run, and the small parts of the scoreboard.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "bench/pipeline/phases.hpp"
#include "bench/pipeline/run.hpp"
#include "bench/pipeline/scoreboard.hpp"
#include "sys/error.hpp"

namespace ipcsort::pipeline {
namespace {

constexpr sys::Nanoseconds Phases::*all_phases[] = {&Phases::spawn_ns, &Phases::read_ns, &Phases::parse_ns,
                                                    &Phases::sort_ns,  &Phases::wait_ns, &Phases::transfer_ns,
                                                    &Phases::other_ns};

sys::Nanoseconds sum_of(const Phases& phases) {
  sys::Nanoseconds sum = 0;
  for (const auto phase : all_phases) sum += phases.*phase;
  return sum;
}

// Two workers; the second finishes last. Everything in nanoseconds after `origin`.
constexpr sys::Nanoseconds origin = 5'000'000'000'123;

Scoreboard filled() {
  Scoreboard board(2);
  RunBoard& run = board.run();
  run.opening_at = origin - 40;
  run.started_at = origin;
  run.attach_ns = 7;
  run.go_at = origin + 700;
  run.received_at = origin + 1210;
  run.merged_at = origin + 1500;
  run.verified_at = origin + 1600;
  run.cpu_at_end = 3;
  WorkerBoard& first = board.worker(0);
  first.attached_at = origin + 100;
  first.read_ns = 50;
  first.parse_ns = 150;
  first.sort_ns = 190;
  first.ready_at = origin + 500;
  first.sent_at = origin + 800;
  first.received_at = origin + 900;
  first.payload_bytes = 4000;
  first.steps = 3;
  first.cpus = {1, 2, 1};
  WorkerBoard& second = board.worker(1);
  second.attached_at = origin + 130;
  second.read_ns = 70;
  second.parse_ns = 160;
  second.sort_ns = 210;
  second.ready_at = origin + 600;
  second.sent_at = origin + 1000;
  second.received_at = origin + 1200;
  second.payload_bytes = 8000;
  second.steps = 5;
  second.cpus = {2, 0, 0};
  return board;
}

TEST(Figures, WithABarrierThePhasesOfTheLastWorkerAddUpToTheTotal) {
  const Scoreboard board = filled();
  const RunFigures figures = figures_of(board, {.transfer = TransferMode::barrier});
  EXPECT_EQ(figures.setup_ns, 47);
  EXPECT_EQ(figures.total_ns, 1500);
  EXPECT_EQ(figures.merge_ns, 290);
  EXPECT_EQ(figures.verify_ns, 100);
  EXPECT_EQ(sum_of(figures.path) + figures.merge_ns, figures.total_ns);
  EXPECT_EQ(figures.path.spawn_ns, 130);
  EXPECT_EQ(figures.path.read_ns, 70);
  EXPECT_EQ(figures.path.parse_ns, 160);
  EXPECT_EQ(figures.path.sort_ns, 210);
  EXPECT_EQ(figures.path.wait_ns, 100);
  EXPECT_EQ(figures.path.transfer_ns, 500);
  EXPECT_EQ(figures.path.other_ns, 30 + 10);  // between the stamps, and until all threads were back
  EXPECT_EQ(figures.transfer_window_ns, 500);
  EXPECT_EQ(figures.max.wait_ns, 200);
  EXPECT_EQ(figures.max.transfer_ns, 500);
  EXPECT_EQ(figures.mean.transfer_ns, (200 + 500) / 2);
  EXPECT_EQ(figures.mean.wait_ns, 150);
}

TEST(Figures, WithoutOneNobodyWaitsAndTheTransferBeginsWhenReady) {
  const Scoreboard board = filled();
  const RunFigures figures = figures_of(board, {.transfer = TransferMode::overlap});
  EXPECT_EQ(sum_of(figures.path) + figures.merge_ns, figures.total_ns);
  EXPECT_EQ(figures.max.wait_ns, 0);
  EXPECT_EQ(figures.path.transfer_ns, 600);
  EXPECT_EQ(figures.transfer_window_ns, 700);  // first ready to last received
  EXPECT_EQ(figures.max.spawn_ns, 130);
  EXPECT_EQ(figures.mean.spawn_ns, 115);
  EXPECT_EQ(figures.max.sort_ns, 210);
}

TEST(Figures, OfSeveralRoundsTheWindowIsTheMedianOfAllButTheFirst) {
  Scoreboard board = filled();
  const sys::Nanoseconds windows[] = {90, 40, 400, 50, 60, 70, 80};
  std::ranges::copy(windows, board.run().window_ns.begin());
  board.run().faults = {30, 7};
  board.worker(0).faults = {10, 14};
  board.worker(1).faults = {2, 0};
  const RunFigures figures = figures_of(board, {.transfer = TransferMode::steady, .rounds = Rounds::eight});
  EXPECT_EQ(figures.first_window_ns, 500);
  EXPECT_EQ(figures.transfer_window_ns, 70);
  EXPECT_DOUBLE_EQ(figures.window_spread, (90.0 - 50.0) / 70.0);  // 40 50 60 70 80 90 400
  EXPECT_EQ(figures.faults_first, 42);
  EXPECT_EQ(figures.faults_steady, 3);
  EXPECT_EQ(figures.path.transfer_ns, 500) << "phases are those of the first round, which is in the total";
  EXPECT_EQ(sum_of(figures.path) + figures.merge_ns, figures.total_ns);
}

TEST(Figures, SumsAndCpus) {
  Scoreboard board = filled();
  board.worker(0).use = {10, 20, 1, 2, 3, 4, 5000};
  board.worker(1).use = {100, 200, 10, 20, 30, 40, 4000};
  board.run().use = {7, 8, 9, 10, 11, 12, 13};
  const RunFigures figures = figures_of(board, {.transfer = TransferMode::overlap});
  EXPECT_EQ(figures.payload_bytes, 12000U);
  EXPECT_EQ(figures.steps, 8U);
  EXPECT_EQ(figures.cpus, "0 1 2");
  EXPECT_EQ(figures.workers.user_ns, 110);
  EXPECT_EQ(figures.workers.system_ns, 220);
  EXPECT_EQ(figures.workers.switches_voluntary, 11);
  EXPECT_EQ(figures.workers.switches_involuntary, 22);
  EXPECT_EQ(figures.workers.faults_minor, 33);
  EXPECT_EQ(figures.workers.faults_major, 44);
  EXPECT_EQ(figures.workers.rss_bytes_max, 5000);  // of the largest
  EXPECT_EQ(figures.parent.user_ns, 7);
}

TEST(Figures, OfAFreshBoardAreAllZero) {
  for (const TransferMode mode : {TransferMode::overlap, TransferMode::barrier}) {
    const RunFigures figures = figures_of(Scoreboard(3), {.transfer = mode});
    EXPECT_EQ(sum_of(figures.max) + sum_of(figures.mean) + sum_of(figures.path), 0);
    EXPECT_EQ(figures.total_ns + figures.setup_ns + figures.merge_ns + figures.verify_ns, 0);
    EXPECT_EQ(figures.transfer_window_ns, 0);
    EXPECT_EQ(figures.cpus, "");
  }
}

// Any set of stamps may be missing when a run was ended: no figure may be negative, or as large as the clock.
TEST(Figures, MissingStampsGiveZeroWhicheverTheyAre) {
  for (std::uint32_t missing = 0; missing < (1U << 9); ++missing) {
    Scoreboard board = filled();
    const auto gone = [&](unsigned bit, sys::Nanoseconds& stamp) {
      if ((missing >> bit & 1U) != 0) stamp = 0;
    };
    gone(0, board.run().started_at);
    gone(1, board.run().go_at);
    gone(2, board.run().received_at);
    gone(3, board.run().merged_at);
    gone(4, board.run().verified_at);
    gone(5, board.worker(1).attached_at);
    gone(6, board.worker(1).ready_at);
    gone(7, board.worker(1).received_at);
    gone(8, board.worker(0).received_at);
    for (const TransferMode mode : {TransferMode::overlap, TransferMode::barrier}) {
      const RunFigures figures = figures_of(board, {.transfer = mode});
      std::vector<sys::Nanoseconds> all = {figures.setup_ns, figures.merge_ns, figures.verify_ns,
                                           figures.total_ns, figures.transfer_window_ns};
      for (const Phases* phases : {&figures.max, &figures.mean, &figures.path}) {
        for (const auto phase : all_phases) all.push_back(phases->*phase);
      }
      for (const sys::Nanoseconds value : all) {
        ASSERT_GE(value, 0) << missing;
        ASSERT_LT(value, 10'000) << missing;
      }
    }
  }
}

TEST(Scoreboard, WorkersAreTwoCacheLinesApart) {
  const Scoreboard board(3);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(reinterpret_cast<std::uintptr_t>(&board.worker(i)) % 128, 0U);
  EXPECT_EQ(board.workers().size(), 3U);
  EXPECT_EQ(&board.workers()[2], &board.worker(2));
}

TEST(SharedText, TheFirstWriterWinsAndLongTextsAreCut) {
  const Scoreboard board(1);
  SharedText& text = board.worker(0).failure;
  EXPECT_TRUE(text.empty());
  EXPECT_EQ(text.read(), "");
  text.write(std::string(5000, 'x'));
  EXPECT_FALSE(text.empty());
  EXPECT_EQ(text.read(), std::string(1019, 'x'));
  text.write("second");
  EXPECT_EQ(text.read(), std::string(1019, 'x'));
}

TEST(Names, OfSubjectsKindsAndStatuses) {
  std::set<std::string_view> names;
  for (const SubjectKind kind : {SubjectKind::serial, SubjectKind::threads, SubjectKind::memcpy_one_copy,
                                 SubjectKind::memcpy_two_copies}) {
    const std::string_view name = name_of({kind, nullptr, {}});
    EXPECT_EQ(reference_named(name), kind);
    names.insert(name);
  }
  EXPECT_EQ(names.size(), 4U);
  EXPECT_FALSE(reference_named("transport").has_value());
  EXPECT_FALSE(reference_named("").has_value());
  EXPECT_EQ(kind_name(SubjectKind::transport), "transport");
  EXPECT_EQ(kind_name(SubjectKind::threads), "reference");
  EXPECT_EQ(kind_name(SubjectKind::memcpy_two_copies), "calibration");
  EXPECT_EQ(to_string(Status::peer_died), "peer_died");
  EXPECT_EQ(to_string(Status::interrupted), "interrupted");
  std::set<std::string_view> stages;
  for (std::uint32_t stage = 0; stage <= static_cast<std::uint32_t>(Stage::sent); ++stage) {
    stages.insert(doing(static_cast<Stage>(stage)));
  }
  EXPECT_EQ(stages.size(), 6U);
  EXPECT_FALSE(stages.contains("?"));
}

// ---------------------------------------------------------------- several runs as one

TEST(MeanOf, TimesAndCountsAreMeansPeaksAreNot) {
  RunFigures a = figures_of(filled(), {.transfer = TransferMode::barrier});
  RunFigures b = a;
  a.migrations = 2;
  b.migrations = 4;
  b.total_ns = 3 * a.total_ns;
  b.path.sort_ns = a.path.sort_ns + 10;
  b.workers.faults_minor = a.workers.faults_minor + 6;
  b.workers.rss_bytes_max = a.workers.rss_bytes_max + 100;
  b.steps = a.steps + 2;
  b.cpus = "0 7";
  const std::vector<RunFigures> both = {a, b};
  const RunFigures mean = mean_of(both);
  EXPECT_EQ(mean.total_ns, 2 * a.total_ns);
  EXPECT_EQ(mean.path.sort_ns, a.path.sort_ns + 5);
  EXPECT_EQ(mean.workers.faults_minor, a.workers.faults_minor + 3);
  EXPECT_EQ(mean.workers.rss_bytes_max, b.workers.rss_bytes_max);
  EXPECT_EQ(mean.payload_bytes, a.payload_bytes);
  EXPECT_EQ(mean.steps, a.steps + 1);
  EXPECT_EQ(mean.migrations, 3U);
  EXPECT_EQ(mean.cpus, "0 1 2 7");
}

TEST(MeanOf, OfOneIsThatOne) {
  const RunFigures one = figures_of(filled(), {.transfer = TransferMode::barrier});
  const RunFigures mean = mean_of({&one, 1});
  EXPECT_EQ(mean.total_ns, one.total_ns);
  EXPECT_EQ(sum_of(mean.path), sum_of(one.path));
  EXPECT_EQ(mean.cpus, one.cpus);
  EXPECT_EQ(mean.migrations, one.migrations);
}

TEST(Migrations, AreUnknownWhenOneProcessCouldNotTell) {
  Scoreboard board = filled();
  board.worker(0).migrations = 1;
  board.worker(1).migrations = 2;
  board.run().migrations = 4;
  EXPECT_EQ(figures_of(board, {.transfer = TransferMode::barrier}).migrations, 7U);
  board.worker(1).migrations = -1;
  EXPECT_FALSE(figures_of(board, {.transfer = TransferMode::barrier}).migrations);
}

// ---------------------------------------------------------------- a slow-down on purpose

TEST(ParseSlowdown, AMetricAndAPercentage) {
  EXPECT_FALSE(parse_slowdown(""));
  EXPECT_EQ(parse_slowdown("total:5%")->metric, Metric::total);
  EXPECT_DOUBLE_EQ(parse_slowdown("total:5%")->share, 0.05);
  EXPECT_EQ(parse_slowdown("transfer:12.5%")->metric, Metric::transfer);
  EXPECT_DOUBLE_EQ(parse_slowdown("cpu:0%")->share, 0);
}

TEST(ParseSlowdown, AnythingElseIsRefusedWithTheForm) {
  for (const char* text : {"5%", "total", "total:5", "total:-5%", "total:nan%", "total:1001%", "wall:5%",
                           "total:5%:1", ":5%", "total:%"}) {
    try {
      parse_slowdown(text);
      ADD_FAILURE() << text;
    } catch (const UsageError& error) {
      EXPECT_THAT(error.what(), ::testing::HasSubstr("METRIC:PERCENT%")) << text;
    }
  }
}

}  // namespace
}  // namespace ipcsort::pipeline
