// Two recorded sweeps compared: rows in, report out.
#include "bench/gate/compare.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace ipcsort::gate {
namespace {

using pipeline::Metric;
using results::RunRow;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

using Rows = std::vector<RunRow>;
using Edit = std::function<void(RunRow&)>;

// About 1 % around 1, the same on every machine.
double noise(std::mt19937_64& random) {
  double sum = 0;
  for (int i = 0; i < 12; ++i) sum += static_cast<double>(random() >> 11) * 0x1p-53;
  return std::exp(0.01 * (sum - 6));
}

struct Recorded {
  int cells = 8;
  int blocks = 12;
  std::uint64_t seed = 1;
  bool shuffled = true;
};

// A sweep of transports t0, t1, ..., a calibration before them, and a warm-up block that is ten times as
// slow.
Rows sweep(const Recorded& what, const Edit& edit = {}) {
  std::mt19937_64 random(what.seed);
  Rows rows;
  std::vector<int> order;
  for (int cell = 0; cell < what.cells; ++cell) order.push_back(cell);
  for (int block = 0; block <= what.blocks; ++block) {
    for (std::size_t i = order.size(); what.shuffled && i > 1; --i)
      std::swap(order[i - 1], order[random() % i]);
    for (int pos = -1; pos < what.cells; ++pos) {
      RunRow row;
      row.seq = rows.size();
      row.block = block;
      row.pos = pos + 1;
      row.warm = block == 0;
      row.status = results::RunStatus::ok;
      if (pos < 0) row.cell.subject.kind = pipeline::SubjectKind::memcpy_one_copy;
      row.cell.subject.name =
          pos < 0 ? "memcpy_one_copy" : "t" + std::to_string(order[static_cast<std::size_t>(pos)]);
      row.cell.settings.handover = pipeline::Handover::copy;
      row.cell.files = 4;
      row.cell.numbers = 1'000'000;
      row.cell.workers = 2;
      row.cell.settings.transfer = pipeline::TransferMode::barrier;
      row.total_s = 0.1 * noise(random) * (row.warm ? 10 : 1);
      row.transfer_window_s = *row.total_s / 10;
      row.parent_user_s = row.parent_system_s = row.workers_user_s = row.workers_system_s = *row.total_s / 4;
      if (edit) edit(row);
      rows.push_back(row);
    }
  }
  return rows;
}

Edit times(double factor, const std::string& transport) {
  return [=](RunRow& row) {
    if (row.cell.subject.name == transport) *row.total_s *= factor;
  };
}

std::map<std::string, CellVerdict> by_transport(const Report& report) {
  std::map<std::string, CellVerdict> cells;
  for (const CellVerdict& cell : report.cells) cells[cell.cell.substr(0, cell.cell.find(','))] = cell;
  return cells;
}

std::vector<Verdict> verdicts(const Report& report) {
  std::vector<Verdict> all;
  for (const CellVerdict& cell : report.cells) all.push_back(cell.verdict);
  return all;
}

std::string notes(const Report& report) {
  std::string text;
  for (const std::string& note : report.notes) text += note + "\n";
  return text;
}

TEST(Compare, IdenticalFilesAreUnchangedAndSayTheMde) {
  const Rows rows = sweep({});
  const Report report = compare(rows, rows, {});
  EXPECT_EQ(report.cells.size(), 8U);
  EXPECT_THAT(verdicts(report), Each(Verdict::unchanged));
  for (const CellVerdict& cell : report.cells) {
    EXPECT_EQ(cell.ratio, 1);
    EXPECT_EQ(cell.pairs, 12U);
    EXPECT_EQ(cell.metric, "total");
    ASSERT_TRUE(cell.detectable_effect);
    EXPECT_GT(*cell.detectable_effect, 0.005);
    EXPECT_LT(*cell.detectable_effect, 0.05);
  }
  EXPECT_EQ(exit_status(report, true), 0);
}

TEST(Compare, TwoSessionsOfTheSameAreUnchanged) {
  EXPECT_THAT(verdicts(compare(sweep({}), sweep({.seed = 2}), {})), Each(Verdict::unchanged));
}

TEST(Compare, APlantedSlowDownIsFoundInItsCellAlone) {
  const Report report = compare(sweep({}), sweep({.seed = 2}, times(1.2, "t3")), {});
  for (const auto& [transport, cell] : by_transport(report))
    EXPECT_EQ(cell.verdict, transport == "t3" ? Verdict::regressed : Verdict::unchanged) << transport;
  const CellVerdict found = by_transport(report)["t3"];
  EXPECT_NEAR(*found.ratio, 1.2, 0.02);
  EXPECT_LT(found.ratio_interval->low, *found.ratio);
  EXPECT_GT(found.ratio_interval->high, *found.ratio);
  EXPECT_NEAR(*found.baseline_s, 0.1, 0.002);
  EXPECT_NEAR(*found.candidate_s, 0.12, 0.002);
  EXPECT_EQ(exit_status(report, false), 1);
}

TEST(Compare, ASpeedUpIsImprovedAndASmallChangeWithinTheThreshold) {
  const Report report = compare(sweep({.blocks = 40}),
                                sweep({.blocks = 40, .seed = 2},
                                      [](RunRow& row) {
                                        times(0.8, "t1")(row);
                                        times(1.015, "t2")(row);
                                      }),
                                {});
  auto cells = by_transport(report);
  EXPECT_EQ(cells["t1"].verdict, Verdict::improved);
  EXPECT_EQ(cells["t2"].verdict, Verdict::within_threshold);
  EXPECT_EQ(cells["t0"].verdict, Verdict::unchanged);
}

TEST(Compare, WhatHitsAllCellsIsTheSessionsShiftAndIsSaid) {
  const Report report = compare(
      sweep({}),
      sweep({.seed = 2}, [](RunRow& row) { *row.total_s *= row.cell.is_calibration() ? 1.02 : 1.3; }), {});
  EXPECT_THAT(verdicts(report), Each(Verdict::unchanged));
  EXPECT_THAT(notes(report), HasSubstr("the median change of 8 common cells, is +30."));
  EXPECT_THAT(notes(report), HasSubstr("no change of the program reaches, changed by +"));
}

TEST(Compare, EachMetricByItsOwnColumns) {
  const Rows before = sweep({});
  const Edit slower_transfer = [](RunRow& row) {
    if (row.cell.subject.name == "t3") *row.transfer_window_s *= 1.3;
  };
  const Edit more_cpu = [](RunRow& row) {
    if (row.cell.subject.name == "t3") *row.workers_system_s *= 3;
  };
  const auto verdict = [&](const Edit& edit, Metric metric) {
    return by_transport(compare(before, sweep({.seed = 2}, edit), metric))["t3"].verdict;
  };
  EXPECT_EQ(verdict(slower_transfer, Metric::transfer), Verdict::regressed);
  EXPECT_EQ(verdict(slower_transfer, Metric::total), Verdict::unchanged);
  EXPECT_EQ(verdict(more_cpu, Metric::cpu), Verdict::regressed);
  EXPECT_EQ(verdict(more_cpu, Metric::transfer), Verdict::unchanged);
}

TEST(Compare, CellsWithoutTheMetricAreLeftOutAndCounted) {
  const Edit reference = [](RunRow& row) {
    if (row.cell.subject.name != "t0") return;
    row.cell.subject.kind = pipeline::SubjectKind::serial;
    row.transfer_window_s.reset();
  };
  const Report report = compare(sweep({}, reference), sweep({.seed = 2}, reference), Metric::transfer);
  EXPECT_EQ(report.cells.size(), 7U);
  EXPECT_THAT(notes(report), HasSubstr("1 cell without such a time left out"));
}

TEST(Compare, TooFewRunsAreInconclusiveWithTheNumberItTakes) {
  const Report report = compare(sweep({.blocks = 4}), sweep({.blocks = 4, .seed = 2}, times(2, "t3")), {});
  EXPECT_THAT(verdicts(report), Each(Verdict::inconclusive));
  // 2 / C(12, 6) = 0.0022 is below 0.05 / 8, 2 / C(10, 5) = 0.0079 is not.
  EXPECT_THAT(report.cells.front().reason, HasSubstr("4 and 4 runs; it takes 6 of each"));
  EXPECT_THAT(verdicts(compare(sweep({.blocks = 6}), sweep({.blocks = 6, .seed = 2}, times(2, "t3")), {})),
              testing::Contains(Verdict::regressed));
}

TEST(Compare, ManyCellsTakeMoreRuns) {
  const Report report =
      compare(sweep({.cells = 100, .blocks = 6}), sweep({.cells = 100, .blocks = 6, .seed = 2}), {});
  EXPECT_THAT(report.cells.front().reason,
              HasSubstr("it takes 8 of each to tell a change of one of 100 cells"));
}

TEST(Compare, ANoisyCellIsInconclusiveNeverUnchanged) {
  const Edit noisy = [](RunRow& row) {
    if (row.cell.subject.name == "t3") *row.total_s *= 1 + 0.1 * (row.block % 4);
  };
  const CellVerdict cell = by_transport(compare(sweep({}, noisy), sweep({.seed = 2}, noisy), {}))["t3"];
  EXPECT_EQ(cell.verdict, Verdict::inconclusive);
  EXPECT_THAT(cell.reason, testing::ContainsRegex("a change of 5 % is not excluded; about [0-9]+ runs"));
}

TEST(Compare, TooFewCommonCellsGetRatiosAndNothingDividedOut) {
  const Report report = compare(sweep({.cells = 4}), sweep({.cells = 4, .seed = 2}, times(1.2, "t3")), {});
  EXPECT_THAT(verdicts(report), Each(Verdict::inconclusive));
  EXPECT_THAT(report.cells.front().reason, HasSubstr("fewer than 5 common cells"));
  EXPECT_NEAR(*by_transport(report)["t3"].ratio, 1.2, 0.02);
  EXPECT_THAT(notes(report), Not(HasSubstr("shift")));
}

TEST(Compare, AdvisoryComparisonsHaveRatiosAndNoVerdicts) {
  const Report report =
      compare(sweep({}), sweep({.seed = 2}, times(1.2, "t3")), Metric::total, "other machine");
  EXPECT_THAT(verdicts(report), Each(Verdict::inconclusive));
  EXPECT_EQ(report.cells.front().reason, "other machine");
  EXPECT_NEAR(*by_transport(report)["t3"].ratio, 1.2, 0.02);
}

TEST(Compare, AFileNotInRandomisedBlocksGetsNoVerdicts) {
  const Report report = compare(sweep({}), sweep({.seed = 2, .shuffled = false}, times(1.2, "t3")), {});
  EXPECT_THAT(verdicts(report), Each(Verdict::inconclusive));
  EXPECT_THAT(report.cells.front().reason, HasSubstr("the candidate was not recorded in randomised blocks"));
}

TEST(Compare, CellsOfOneSideAreNewOrMissing) {
  Rows before = sweep({});
  Rows after = sweep({.seed = 2});
  std::erase_if(before, [](const RunRow& row) { return row.cell.subject.name == "t1"; });
  for (RunRow& row : after) {
    if (row.cell.subject.name != "t2") continue;
    row.status = results::RunStatus::skipped;
    row.error = "no /dev/mqueue";
  }
  auto cells = by_transport(compare(before, after, {}));
  EXPECT_EQ(cells["t1"].verdict, Verdict::new_cell);
  EXPECT_THAT(cells["t1"].reason, HasSubstr("the baseline has no counted run"));
  EXPECT_EQ(cells["t2"].verdict, Verdict::missing);
  EXPECT_THAT(cells["t2"].reason, HasSubstr("no /dev/mqueue"));
  EXPECT_EQ(cells["t0"].verdict, Verdict::unchanged);
}

TEST(Compare, NothingInCommonIsAFailure) {
  const Rows after = sweep({}, [](RunRow& row) { row.cell.numbers = 7; });
  const Report report = compare(sweep({}), after, {});
  EXPECT_EQ(report.cells.size(), 16U);
  EXPECT_EQ(exit_status(report, false), 3);
  EXPECT_EQ(exit_status(compare({}, {}, {}), false), 3);
}

TEST(Compare, OneFailedRunMakesTheCellFailed) {
  for (const bool in_candidate : {false, true}) {
    Rows files[2] = {sweep({}), sweep({.seed = 2})};
    for (RunRow& row : files[in_candidate ? 1 : 0]) {
      if (row.cell.subject.name != "t1" || row.block != 5) continue;
      row.status = results::RunStatus::timeout;
      row.error = "deadline passed";
      row.total_s.reset();
    }
    const Report report = compare(files[0], files[1], {});
    const CellVerdict cell = by_transport(report)["t1"];
    EXPECT_EQ(cell.verdict, Verdict::failed);
    EXPECT_EQ(cell.reason,
              std::string{in_candidate ? "the candidate" : "the baseline"} + ": timeout: deadline passed");
    EXPECT_EQ(exit_status(report, false), 3);
  }
}

TEST(Compare, WarmUpAndInterruptedRunsDoNotCount) {
  const Edit failed_uncounted = [](RunRow& row) {
    if (row.warm) row.status = results::RunStatus::error;
  };
  Rows after = sweep({.seed = 2}, failed_uncounted);
  RunRow interrupted = after.back();
  interrupted.status = results::RunStatus::interrupted;
  after.push_back(interrupted);
  EXPECT_THAT(verdicts(compare(sweep({}), after, {})), Each(Verdict::unchanged));
}

TEST(Compare, OfADisturbedRunTheUndisturbedAttemptCounts) {
  Rows after;
  for (RunRow row : sweep({.seed = 2})) {
    if (row.cell.subject.name == "t1") {
      RunRow disturbed = row;
      disturbed.disturbed = true;
      *disturbed.total_s *= 2;
      after.push_back(disturbed);
      row.attempt = 2;
    }
    after.push_back(row);
  }
  const CellVerdict cell = by_transport(compare(sweep({}), after, {}))["t1"];
  EXPECT_EQ(cell.verdict, Verdict::unchanged);
  EXPECT_EQ(cell.pairs, 12U);
}

TEST(Compare, NamesAreUniqueAlsoWhereOnlyASettingDiffers) {
  const Edit two_placements = [](RunRow& row) {
    row.cell.settings.placement =
        row.cell.subject.name == "t1" ? pipeline::Placement::spread : pipeline::Placement::one;
    if (row.cell.subject.name == "t1") row.cell.subject.name = "t0";
  };
  const Report report = compare(sweep({}, two_placements), sweep({.seed = 2}, two_placements), {});
  std::set<std::string> names;
  for (const CellVerdict& cell : report.cells) names.insert(cell.cell);
  EXPECT_EQ(names.size(), report.cells.size());
  EXPECT_TRUE(names.contains("t0, 4 files, 1M numbers, 2 workers, barrier, spread"));
}

TEST(Compare, AZeroTimeIsNoTime) {
  const Rows after = sweep({.seed = 2}, [](RunRow& row) {
    if (row.cell.subject.name == "t1") row.total_s = 0;
  });
  const CellVerdict cell = by_transport(compare(sweep({}), after, {}))["t1"];
  EXPECT_EQ(cell.verdict, Verdict::inconclusive);
  EXPECT_EQ(cell.reason, "the candidate has no such time");
}

TEST(OrderProblem, NoneInRandomisedBlocks) {
  EXPECT_EQ(order_problem(sweep({})), "");
  EXPECT_EQ(order_problem({}), "");
  EXPECT_EQ(order_problem(sweep({.cells = 1})), "");
  EXPECT_EQ(order_problem(sweep({.blocks = 1})), "");
}

TEST(OrderProblem, BlocksMayHoldFewerCellsLaterOn) {
  Rows rows = sweep({});
  std::erase_if(rows, [](const RunRow& row) { return row.block > 8 && row.cell.subject.name != "t1"; });
  EXPECT_EQ(order_problem(rows), "");
}

TEST(OrderProblem, SaysWhatIsWrong) {
  Rows missing = sweep({});
  std::erase_if(missing, [](const RunRow& row) { return row.block == 4; });
  EXPECT_EQ(order_problem(missing), "block 4 is missing");
  Rows twice = sweep({});
  for (RunRow& row : twice) row.block = 1;
  EXPECT_EQ(order_problem(twice), "block 1 ran a cell twice");
  Rows overlapping = sweep({});
  for (RunRow& row : overlapping) row.seq = row.cell.subject.name == "t1" ? 0 : row.seq;
  EXPECT_EQ(order_problem(overlapping), "block 2 began before block 1 was over");
  EXPECT_EQ(order_problem(sweep({.shuffled = false})), "every block ran its cells in the same order");
  Rows thinned = sweep({.shuffled = false});
  std::erase_if(thinned, [](const RunRow& row) { return row.block > 4 && row.cell.subject.name < "t5"; });
  EXPECT_EQ(order_problem(thinned), "every block ran its cells in the same order");
}

}  // namespace
}  // namespace ipcsort::gate
