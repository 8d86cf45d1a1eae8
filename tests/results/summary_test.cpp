// Rows made by hand, whose summary is known; and the words in which people read it.
#include <gmock/gmock.h>

#include <gtest/gtest.h>
#include <random>

#include <cmath>
#include <string>
#include <tuple>
#include <vector>

#include "bench/results/summary.hpp"
#include "bench/results/wording.hpp"
#include "sys/text.hpp"

namespace ipcsort::results {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

// ---------------------------------------------------------------- rows by hand

RunRow run(const std::string& transport, int block, double total_s) {
  RunRow row;
  row.block = block;
  row.status = RunStatus::ok;
  row.cell.subject.kind = pipeline::SubjectKind::transport;
  row.cell.subject.name = transport;
  row.cell.settings.handover = pipeline::Handover::copy;
  row.cell.files = 4;
  row.cell.numbers = 10'000'000;
  row.cell.workers = 2;
  row.cell.data.distribution = datagen::Distribution::uniform;
  row.cell.settings.transfer = pipeline::TransferMode::barrier;
  row.total_s = total_s;
  row.transfer_window_s = total_s / 4;
  row.path.transfer_s = total_s / 4;
  row.payload_bytes = 40e6;
  row.transfer_bytes_per_s = *row.payload_bytes / *row.transfer_window_s;
  return row;
}

// In the order given; seq counts up.
std::vector<SummaryRow> summary_of(std::vector<RunRow> rows) {
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i].seq = i;
  return summarize(std::move(rows));
}

std::string finding(const std::vector<SummaryRow>& summary) { return findings_of(summary).headline; }
std::string sentence_of(const Overall& overall) { return findings_of({}, overall).overall_sentence; }
std::string reservations_of(const std::vector<SummaryRow>& summary, const std::vector<RunRow>& runs) {
  return sys::join(findings_of(summary, {}, runs).reservations, "\n");
}
std::string results_of(const std::vector<SummaryRow>& summary, const text::Look& look = {}) {
  return results_text(summary, findings_of(summary), false, look);
}
std::string markdown_of(const std::vector<SummaryRow>& summary) {
  return results_text(summary, findings_of(summary), true);
}

const SummaryRow& row_of(const std::vector<SummaryRow>& summary, const std::string& transport,
                         int workers = 2) {
  for (const SummaryRow& row : summary) {
    if (row.cell.subject.name == transport && row.cell.workers == workers) return row;
  }
  throw std::runtime_error("no row of " + transport);
}

// The machine's state in block b, which hits all that is compared alike: far larger than the planted
// differences.
double drift(int block) { return 1 + 0.3 * std::sin(block); }

// ---------------------------------------------------------------- one cell

TEST(Summarize, NothingIsNothing) { EXPECT_THAT(summary_of({}), IsEmpty()); }

TEST(Summarize, MediansOfTheCountedRuns) {
  std::vector<RunRow> rows;
  for (const double total : {0.5, 0.1, 0.4, 0.2, 0.3})
    rows.push_back(run("pipe", static_cast<int>(rows.size()), total));
  rows[0].merge_s = 0.07;
  rows[1].merge_s = 0.01;
  rows[2].merge_s = 0.03;
  for (RunRow& row : rows) {
    row.parent_user_s = 1;
    row.parent_system_s = 0.5;
    row.workers_user_s = 2;
    row.workers_system_s = 0.25;
    row.switches_voluntary = 10;
    row.switches_involuntary = 3;
    row.faults_minor = 100;
    row.faults_major = 1;
    row.parent_rss_bytes_max = 1000;
    row.worker_rss_bytes_max = 300;
  }
  const auto summary = summary_of(rows);
  ASSERT_EQ(summary.size(), 1U);
  const SummaryRow& row = summary[0];
  EXPECT_EQ(row.status, CellStatus::ok);
  EXPECT_EQ(row.runs_ok, 5);
  EXPECT_EQ(row.runs_failed, 0);
  EXPECT_EQ(row.reason, "");
  EXPECT_DOUBLE_EQ(row.total_s_median.value(), 0.3);
  EXPECT_DOUBLE_EQ(row.total_s_min.value(), 0.1);
  EXPECT_DOUBLE_EQ(row.total_s_p5.value(), 0.12);
  EXPECT_DOUBLE_EQ(row.total_s_p95.centre.value(), 0.48);
  EXPECT_NEAR(row.total_s_mad.value(), 0.14826, 1e-5);
  EXPECT_FALSE(row.total_s_hl.low.has_value()) << "five runs are too few for an interval";
  EXPECT_DOUBLE_EQ(row.path_merge_s_median.value(), 0.03) << "of those that have one";
  EXPECT_DOUBLE_EQ(row.transfer_share_median.value(), 0.25);
  EXPECT_DOUBLE_EQ(row.payload_bytes.value(), 40e6);
  EXPECT_DOUBLE_EQ(row.transfer_bytes_per_s.centre.value(), 40e6 / 0.075);
  EXPECT_DOUBLE_EQ(row.cpu_s_median.value(), 3.75);
  EXPECT_DOUBLE_EQ(row.context_switches_median.value(), 13);
  EXPECT_DOUBLE_EQ(row.faults_median.value(), 101);
  EXPECT_DOUBLE_EQ(row.rss_bytes_median.value(), 1600);
}

TEST(Summarize, WarmUpAndInterruptedRunsDoNotCount) {
  std::vector<RunRow> rows = {run("pipe", 0, 100), run("pipe", 1, 1), run("pipe", 2, 3), run("pipe", 3, 50)};
  rows[0].warm = true;
  rows[3].status = RunStatus::interrupted;
  rows.push_back(run("pipe", 3, 2));
  const auto summary = summary_of(rows);
  ASSERT_EQ(summary.size(), 1U);
  EXPECT_EQ(summary[0].runs_ok, 3);
  EXPECT_EQ(summary[0].runs_failed, 0);
  EXPECT_EQ(summary[0].status, CellStatus::ok);
  EXPECT_DOUBLE_EQ(summary[0].total_s_median.value(), 2);
}

TEST(Summarize, AFailureMakesTheCellFailedAndTheFirstOneIsTheReason) {
  std::vector<RunRow> rows = {run("pipe", 0, 1), run("pipe", 1, 1), run("pipe", 2, 1), run("pipe", 3, 1)};
  rows[1].status = RunStatus::peer_died;
  rows[1].error = "worker 1 killed";
  rows[2].status = RunStatus::timeout;
  rows[2].error = "later";
  const auto summary = summary_of(rows);
  EXPECT_EQ(summary[0].status, CellStatus::failed);
  EXPECT_EQ(summary[0].runs_ok, 2);
  EXPECT_EQ(summary[0].runs_failed, 2);
  EXPECT_EQ(summary[0].reason, "peer_died: worker 1 killed");
}

TEST(Summarize, AFailureInTheWarmUpDoesNot) {
  std::vector<RunRow> rows = {run("pipe", 0, 1), run("pipe", 1, 1)};
  rows[0].warm = true;
  rows[0].status = RunStatus::error;
  EXPECT_EQ(summary_of(rows)[0].status, CellStatus::ok);
}

TEST(Summarize, WhatWasOnlyWarmedUpOrSkippedHasARowAllTheSame) {
  std::vector<RunRow> rows = {run("pipe", 0, 1), run("gone", 0, 1)};
  rows[0].warm = true;
  rows[1].warm = true;
  rows[1].status = RunStatus::skipped;
  rows[1].error = "no such thing here";
  const auto summary = summary_of(rows);
  ASSERT_EQ(summary.size(), 2U);
  EXPECT_EQ(summary[0].status, CellStatus::skipped) << "nothing failed";
  EXPECT_EQ(summary[0].reason, "not measured yet, it has no counted run");
  EXPECT_EQ(summary[1].status, CellStatus::skipped);
  EXPECT_EQ(summary[1].reason, "no such thing here");
  EXPECT_FALSE(summary[1].total_s_median.has_value());
}

TEST(Summarize, OfADisturbedRunOnlyTheLatestAttemptCounts) {
  std::vector<RunRow> rows = {run("pipe", 0, 9), run("pipe", 0, 1), run("pipe", 1, 9), run("pipe", 1, 3)};
  rows[0].disturbed = rows[2].disturbed = rows[3].disturbed = true;
  rows[1].attempt = rows[3].attempt = 2;
  const auto summary = summary_of(rows);
  EXPECT_EQ(summary[0].runs_ok, 2);
  EXPECT_EQ(summary[0].total_s_median, 2);
  EXPECT_EQ(summary[0].runs_disturbed, 1) << "the one that stayed disturbed is marked, not dropped";
  EXPECT_THAT(reservations_of(summary, rows), HasSubstr("2 runs made again, 1 counted although disturbed"));
}

TEST(Summarize, AnInterruptedAttemptIsNone) {
  std::vector<RunRow> rows = {run("pipe", 0, 1), run("pipe", 0, 9)};
  rows[0].disturbed = true;
  rows[1].attempt = 2;
  rows[1].status = RunStatus::interrupted;
  EXPECT_EQ(summary_of(rows)[0].total_s_median, 1);
}

TEST(Summarize, NoisyIsWhatIsKnownLessExactlyThanAskedFor) {
  std::vector<RunRow> rows;
  for (int block = 0; block < 8; ++block) {
    rows.push_back(run("steady", block, 1));
    rows.push_back(run("unsteady", block, block % 2 == 0 ? 0.9 : 1.1));
  }
  rows.push_back(run("once", 0, 1));
  const auto summary = summary_of(rows);
  EXPECT_EQ(row_of(summary, "steady").relative_half_width, 0);
  EXPECT_EQ(row_of(summary, "steady").noisy, 0);
  EXPECT_NEAR(*row_of(summary, "unsteady").relative_half_width, 0.1, 0.01);
  EXPECT_EQ(row_of(summary, "unsteady").noisy, 1);
  EXPECT_FALSE(row_of(summary, "once").relative_half_width);
  EXPECT_EQ(row_of(summary, "once").noisy, 1);
  EXPECT_EQ(row_of(summarize(rows, 0.2), "unsteady").noisy, 0);
  EXPECT_THAT(reservations_of(summary, rows), StartsWith("2 of 3 cells are known less exactly"));
}

TEST(Summarize, ASlowStartIsThatOfTheMedianCell) {
  std::vector<RunRow> rows;
  for (int block = 1; block < 4; ++block) {
    for (const char* name : {"a", "b", "c"}) rows.push_back(run(name, block, block == 1 ? 1.2 : 1));
  }
  rows.push_back(run("a", 0, 50));
  rows.back().warm = true;
  EXPECT_DOUBLE_EQ(*slow_start(rows), 1.2);
  EXPECT_THAT(reservations_of({}, rows), HasSubstr("Slow start: the first counted block took 20 % longer"));
  rows.resize(3);
  EXPECT_FALSE(slow_start(rows));
  EXPECT_THAT(reservations_of({}, rows), IsEmpty());
}

TEST(Summarize, OutliersAreFarFromTheMedian) {
  std::vector<RunRow> rows;
  for (const double total : {1.0, 1.01, 0.99, 1.02, 0.98, 1.5, 0.5})
    rows.push_back(run("pipe", static_cast<int>(rows.size()), total));
  EXPECT_EQ(summary_of(rows)[0].outliers, 2);
}

TEST(Summarize, AnIntervalOfTheTailTakesTwentyRuns) {
  std::vector<RunRow> rows;
  for (int block = 0; block < 19; ++block) rows.push_back(run("pipe", block, 1 + 0.01 * block));
  EXPECT_FALSE(summary_of(rows)[0].total_s_p95.low);
  rows.push_back(run("pipe", 19, 1.19));
  const SummaryRow row = summary_of(rows)[0];
  EXPECT_LE(*row.total_s_p95.low, *row.total_s_p95.centre);
  EXPECT_GE(*row.total_s_p95.high, *row.total_s_p95.centre);
}

TEST(Summarize, CellsComeInTheOrderOfTheirFirstRun) {
  std::vector<RunRow> rows = {run("a", 0, 1), run("b", 0, 1), run("c", 0, 1)};
  rows[0].seq = 5;
  rows[1].seq = 9;
  rows[2].seq = 2;
  const auto summary = summarize(rows);
  EXPECT_EQ(summary[0].cell.subject.name + summary[1].cell.subject.name + summary[2].cell.subject.name,
            "cab");
}

TEST(Summarize, SharesOfTheCeilingAreMediansOfThoseOfTheRuns) {
  std::vector<RunRow> rows;
  for (int block = 0; block < 3; ++block) {
    rows.push_back(run("pipe", block, 1));
    rows.back().one_copy_bytes_per_s = 1e9 * (block + 1);
    rows.back().two_copies_bytes_per_s = 5e8;
    rows.back().share_of_one_copy = 0.1 * (block + 1);
    rows.back().share_of_two_copies = 0.3;
  }
  const SummaryRow row = summary_of(rows)[0];
  EXPECT_DOUBLE_EQ(row.one_copy_bytes_per_s_median.value(), 2e9);
  EXPECT_DOUBLE_EQ(row.two_copies_bytes_per_s_median.value(), 5e8);
  EXPECT_DOUBLE_EQ(row.share_of_one_copy_median.value(), 0.2);
  EXPECT_DOUBLE_EQ(row.share_of_two_copies_median.value(), 0.3);
}

// ---------------------------------------------------------------- comparisons

// Over 8 blocks: b takes `ratio` times as long as a, up to a wobble too small to matter.
std::vector<SummaryRow> planted(double ratio) {
  std::vector<RunRow> rows;
  for (int block = 0; block < 8; ++block) {
    rows.push_back(run("a", block, 0.2 * drift(block)));
    rows.push_back(run("b", block, 0.2 * drift(block) * ratio * (1 + 0.001 * (block % 3 - 1))));
  }
  return summary_of(rows);
}

TEST(Compare, APlantedRatioIsFoundAndShownToBeSo) {
  const auto summary = planted(1.1);
  const Comparison& a = row_of(summary, "a").by_transfer;
  const Comparison& b = row_of(summary, "b").by_transfer;
  EXPECT_EQ(a.percent_of_best, 100);
  EXPECT_EQ(a.ratio_to_best.centre, 1);
  EXPECT_EQ(a.tied, 1);
  EXPECT_NEAR(a.ratio_to_second.centre.value(), 1.1, 0.002);
  EXPECT_GT(a.ratio_to_second.low.value(), 1.09);
  EXPECT_LT(a.ratio_to_second.high.value(), 1.11);
  EXPECT_LT(a.ratio_to_second.low.value(), a.ratio_to_second.high.value());
  EXPECT_NEAR(b.ratio_to_best.centre.value(), 1.1, 0.002);
  EXPECT_GT(b.ratio_to_best.low.value(), 1.09);
  EXPECT_NEAR(b.percent_of_best.value(), 100 / 1.1, 0.2);
  EXPECT_EQ(b.tied, 0);
  EXPECT_FALSE(b.ratio_to_second.centre.has_value());
  EXPECT_NEAR(row_of(summary, "b").by_total.ratio_to_best.centre.value(), 1.1, 0.002);
}

// By its own times one is the best, though in pairs another may come out a little ahead of it: that one ties,
// and is no better than the best, whose lead is the one that is told.
TEST(Compare, NobodyIsBetterThanTheBest) {
  std::mt19937_64 random(5);
  int ahead_in_pairs = 0;
  for (int round = 0; round < 200; ++round) {
    std::vector<RunRow> rows;
    for (int block = 0; block < 7; ++block) {
      for (const char* name : {"first", "second"})
        rows.push_back(run(name, block, 1 + static_cast<double>(random() % 1000) / 1000));
    }
    const auto summary = summary_of(rows);
    for (const SummaryRow& row : summary) {
      ASSERT_LE(row.by_total.percent_of_best.value(), 100);
      if (row.by_total.ratio_to_best.centre.value() < 1) ++ahead_in_pairs;
    }
    const SummaryRow& best = summary[summary[0].by_transfer.ratio_to_second.centre ? 0 : 1];
    EXPECT_THAT(finding(summary), HasSubstr(": " + best.cell.subject.name + " "));
  }
  EXPECT_GT(ahead_in_pairs, 0);
}

TEST(Compare, TheBestIsTheOneThatTakesLess) {
  const auto summary = planted(0.5);
  EXPECT_EQ(row_of(summary, "b").by_transfer.percent_of_best, 100);
  EXPECT_NEAR(row_of(summary, "a").by_transfer.percent_of_best.value(), 50, 0.2);
}

TEST(Compare, ADifferenceThatChangesSidesIsATie) {
  std::vector<RunRow> rows;
  for (int block = 0; block < 8; ++block) {
    rows.push_back(run("a", block, 0.2 * drift(block)));
    rows.push_back(run("b", block, 0.2 * drift(block) * (block % 2 == 0 ? 1.05 : 0.96)));
  }
  const auto summary = summary_of(rows);
  EXPECT_EQ(row_of(summary, "a").by_transfer.tied, 1);
  EXPECT_EQ(row_of(summary, "b").by_transfer.tied, 1);
}

TEST(Compare, FiveBlocksShowNoDifferenceHoweverLarge) {
  std::vector<RunRow> rows;
  for (int block = 0; block < 5; ++block) {
    rows.push_back(run("a", block, 0.1));
    rows.push_back(run("b", block, 0.9));
  }
  const auto summary = summary_of(rows);
  EXPECT_EQ(row_of(summary, "b").by_transfer.tied, 1);
  EXPECT_FALSE(row_of(summary, "b").by_transfer.ratio_to_best.low.has_value());
}

TEST(Compare, OnlyTransportsOfOneCondition) {
  std::vector<RunRow> rows;
  for (int block = 0; block < 8; ++block) {
    rows.push_back(run("a", block, 0.2));
    rows.push_back(run("b", block, 0.1));
    rows.back().cell.workers = 4;
    rows.push_back(run("threads", block, 0.01));
    rows.back().cell.subject.kind = pipeline::SubjectKind::serial;
    rows.push_back(run("memcpy_one_copy", block, 0.001));
    rows.back().cell.subject.kind = pipeline::SubjectKind::memcpy_one_copy;
  }
  const auto summary = summary_of(rows);
  EXPECT_EQ(row_of(summary, "a").by_total.percent_of_best, 100);
  EXPECT_EQ(row_of(summary, "b", 4).by_total.percent_of_best, 100);
  EXPECT_FALSE(row_of(summary, "threads").by_total.percent_of_best.has_value());
  EXPECT_FALSE(row_of(summary, "memcpy_one_copy").by_total.percent_of_best.has_value());
}

TEST(Compare, BlocksWhereOneFailedAreLeftOutOfThePairs) {
  std::vector<RunRow> rows;
  for (int block = 0; block < 10; ++block) {
    rows.push_back(run("a", block, 0.2 * drift(block)));
    rows.push_back(run("b", block, 0.22 * drift(block)));
    if (block < 2) rows.back().status = RunStatus::timeout;
  }
  const auto summary = summary_of(rows);
  EXPECT_NEAR(row_of(summary, "b").by_transfer.ratio_to_best.centre.value(), 1.1, 1e-9);
  EXPECT_EQ(row_of(summary, "b").by_transfer.tied, 0);
}

TEST(Compare, WhatMovesNothingIsNoRival) {
  std::vector<RunRow> rows;
  for (int block = 0; block < 7; ++block) {
    rows.push_back(run("pipe", block, 1.0));
    rows.push_back(run("fifo", block, 1.5));
    rows.push_back(run("null", block, 0.1));
  }
  const auto summary = summary_of(rows);
  EXPECT_EQ(row_of(summary, "pipe").by_transfer.percent_of_best, 100);
  EXPECT_FALSE(row_of(summary, "null").by_transfer.percent_of_best);
  EXPECT_FALSE(row_of(summary, "null").by_total.tied);
  EXPECT_THAT(finding(summary), HasSubstr("pipe moves the data fastest"));
}

TEST(Compare, WhatWasLeftOutAsSlowerIsSaidToBe) {
  std::vector<RunRow> rows;
  for (int block = 0; block < 12; ++block) {
    const bool is_open = block >= 8;
    for (const auto& [name, time_s] : {std::pair{"pipe", 1.0}, {"fifo", 1.01}, {"unix_stream", 2.0}}) {
      if (is_open && time_s > 1.5) continue;
      rows.push_back(run(name, block, time_s * (1 + 0.1 * std::sin(block * time_s * 7))));
      rows.back().made_for = is_open ? Purpose::best : Purpose::all;
    }
  }
  const auto summary = summary_of(rows);
  EXPECT_EQ(row_of(summary, "unix_stream").runs_until_slower, 8);
  EXPECT_FALSE(row_of(summary, "pipe").runs_until_slower);
  EXPECT_THAT(reservations_of(summary, rows),
              HasSubstr("1 cell was left out after 8 runs as shown to be slower"));

  for (RunRow& row : rows) row.made_for = Purpose::all;  // an older file, in which others failed
  EXPECT_FALSE(row_of(summary_of(rows), "unix_stream").runs_until_slower);
}

TEST(Compare, ACellWithoutASuccessIsNotInTheRanking) {
  std::vector<RunRow> rows;
  for (int block = 0; block < 8; ++block) {
    rows.push_back(run("a", block, 0.2));
    rows.push_back(run("b", block, 0.1));
    rows.back().status = RunStatus::error;
  }
  const auto summary = summary_of(rows);
  EXPECT_EQ(row_of(summary, "a").by_transfer.percent_of_best, 100);
  EXPECT_FALSE(row_of(summary, "a").by_transfer.ratio_to_second.centre.has_value());
  EXPECT_FALSE(row_of(summary, "b").by_transfer.tied.has_value());
}

TEST(SpeedUps, AgainstTheSerialProgramAndAgainstOneWorker) {
  std::vector<RunRow> rows;
  for (const auto& [workers, total] : {std::pair(1, 1.2), std::pair(2, 0.8), std::pair(4, 0.4)}) {
    rows.push_back(run("pipe", 0, total));
    rows.back().cell.workers = workers;
  }
  rows.push_back(run("serial", 0, 1.6));
  rows.back().cell.subject.kind = pipeline::SubjectKind::serial;
  rows.back().cell.workers = 1;
  rows.push_back(run("memcpy_one_copy", 0, 0.1));
  rows.back().cell.subject.kind = pipeline::SubjectKind::memcpy_one_copy;
  const auto summary = summary_of(rows);
  const SummaryRow& four = row_of(summary, "pipe", 4);
  EXPECT_DOUBLE_EQ(four.speedup_vs_serial.value(), 4);
  EXPECT_DOUBLE_EQ(four.speedup_vs_one_worker.value(), 3);
  EXPECT_DOUBLE_EQ(four.efficiency.value(), 0.75);
  EXPECT_DOUBLE_EQ(row_of(summary, "pipe", 1).speedup_vs_one_worker.value(), 1);
  EXPECT_DOUBLE_EQ(row_of(summary, "serial", 1).speedup_vs_serial.value(), 1);
  EXPECT_FALSE(row_of(summary, "serial", 1).speedup_vs_one_worker.has_value());
  EXPECT_FALSE(row_of(summary, "memcpy_one_copy").speedup_vs_serial.has_value());
}

TEST(Laws, OfSeriesInNumbersFilesAndWorkers) {
  std::vector<RunRow> rows;
  for (const auto& [numbers, files, workers, total] :
       {std::tuple(1000U, 4U, 1, 1.0), std::tuple(4000U, 4U, 1, 2.0), std::tuple(1000U, 2U, 1, 0.5),
        std::tuple(1000U, 4U, 2, 0.625), std::tuple(1000U, 4U, 4, 0.4375)}) {
    rows.push_back(run("pipe", 0, total));
    rows.back().cell.numbers = numbers;
    rows.back().cell.files = files;
    rows.back().cell.workers = workers;
  }
  rows.push_back(run("pipe", 0, 7));  // another series
  rows.back().cell.numbers = 4000;
  rows.back().cell.workers = 1;
  rows.back().cell.subject.options = cell::read_options("capacity=1M");
  const auto summary = summary_of(rows);
  EXPECT_DOUBLE_EQ(summary[0].total_s_exponent_numbers.value(), 0.5);
  EXPECT_DOUBLE_EQ(summary[1].total_s_exponent_numbers.value(), 0.5);
  EXPECT_DOUBLE_EQ(summary[0].total_s_exponent_files.value(), 1);
  EXPECT_DOUBLE_EQ(summary[2].total_s_exponent_files.value(), 1);
  EXPECT_DOUBLE_EQ(summary[4].amdahl_serial_share.value(), 0.25);
  EXPECT_FALSE(summary[1].total_s_exponent_files.has_value());
  EXPECT_FALSE(summary[1].amdahl_serial_share.has_value());
  EXPECT_FALSE(summary[5].total_s_exponent_numbers.has_value());
}

TEST(Resources, PerGigabyteOfPayload) {
  std::vector<RunRow> rows;
  for (int block = 0; block < 6; ++block) {
    rows.push_back(run("pipe", block, 1));  // 40 MB
    rows.back().parent_user_s = 0.01 * (block + 1);
    rows.back().switches_voluntary = 4;
    rows.back().faults_minor = 80;
  }
  rows.push_back(run("serial", 0, 1));
  rows.back().cell.subject.kind = pipeline::SubjectKind::serial;
  rows.back().parent_user_s = 1;
  const auto summary = summary_of(rows);
  const SummaryRow& pipe = row_of(summary, "pipe");
  EXPECT_DOUBLE_EQ(pipe.cpu_s_per_gb.centre.value(), 0.035 / 0.04);
  EXPECT_DOUBLE_EQ(pipe.cpu_s_per_gb.low.value(), 0.01 / 0.04);
  EXPECT_DOUBLE_EQ(pipe.cpu_s_per_gb.high.value(), 0.06 / 0.04);
  EXPECT_DOUBLE_EQ(pipe.context_switches_per_gb.centre.value(), 100);
  EXPECT_DOUBLE_EQ(pipe.faults_per_gb.centre.value(), 2000);
  EXPECT_FALSE(row_of(summary, "serial").cpu_s_per_gb.centre.has_value());
}

TEST(SpeedUps, OnlyWithinTheSameWork) {
  std::vector<RunRow> rows = {run("pipe", 0, 0.5), run("serial", 0, 1), run("pipe", 0, 2)};
  rows[1].cell.subject.kind = pipeline::SubjectKind::serial;
  rows[1].cell.workers = 1;
  rows[1].cell.numbers = 1;
  rows[2].cell.workers = 1;
  rows[2].cell.subject.options = cell::read_options("capacity=1M");
  const auto summary = summary_of(rows);
  EXPECT_FALSE(row_of(summary, "pipe").speedup_vs_serial.has_value());
  EXPECT_FALSE(row_of(summary, "pipe").speedup_vs_one_worker.has_value());
}

// ---------------------------------------------------------------- over all conditions

// pipe as it is, fifo 10 % and slow twice as long, in conditions of very different size.
std::vector<RunRow> three_in_two_conditions(int blocks) {
  std::vector<RunRow> rows;
  for (int block = 0; block < blocks; ++block) {
    for (const int workers : {1, 2}) {
      const double base = drift(block) * (workers == 1 ? 1 : 0.01);
      for (const auto& [name, factor] : {std::pair("slow", 2.0), {"fifo", 1.1}, {"pipe", 1.0}}) {
        rows.push_back(run(name, block, base * factor));
        rows.back().cell.workers = workers;
        rows.back().seq = rows.size();
      }
    }
  }
  return rows;
}

TEST(Overall, GeometricMeansToTheLeaderWhateverTheMachineDoes) {
  const Overall overall = overall_of(three_in_two_conditions(8));
  ASSERT_EQ(overall.size(), 3U);
  EXPECT_EQ(overall.at(0).conditions, 2U);
  EXPECT_EQ(overall.at(0).blocks, 8U);
  EXPECT_EQ(overall[0].transport, "pipe");
  EXPECT_EQ(overall[1].transport, "fifo");
  EXPECT_NEAR(overall[1].ratio_to_leader.centre.value(), 1.1, 1e-9);
  EXPECT_NEAR(overall[1].ratio_to_leader.low.value(), 1.1, 1e-9);
  EXPECT_NEAR(overall[2].ratio_to_leader.centre.value(), 2, 1e-9);
  EXPECT_THAT(sentence_of(overall),
              AllOf(HasSubstr("a multiple of pipe's: fifo 1.10 [1.10, 1.10], slow 2.00"),
                    HasSubstr("2 conditions and 8 blocks")));
}

TEST(Overall, OnlyBlocksThatEveryCellHasAndTransportsThatAreEverywhere) {
  std::vector<RunRow> rows = three_in_two_conditions(8);
  rows[0].status = RunStatus::timeout;  // slow, block 0
  std::erase_if(rows,
                [](const RunRow& row) { return row.cell.subject.name == "fifo" && row.cell.workers == 2; });
  const Overall overall = overall_of(rows);
  EXPECT_EQ(overall.at(0).blocks, 7U);
  ASSERT_EQ(overall.size(), 2U);
  EXPECT_EQ(overall[1].transport, "slow");
}

TEST(Overall, TooLittleIsNothing) {
  EXPECT_THAT(overall_of(three_in_two_conditions(5)), IsEmpty());
  EXPECT_THAT(overall_of({}), IsEmpty());
  std::vector<RunRow> one_condition = three_in_two_conditions(8);
  std::erase_if(one_condition, [](const RunRow& row) { return row.cell.workers == 2; });
  EXPECT_THAT(overall_of(one_condition), IsEmpty());
  EXPECT_THAT(sentence_of({}), IsEmpty());
}

// ---------------------------------------------------------------- units

TEST(Units, Seconds) {
  EXPECT_EQ(text::seconds_text(0), "0");
  EXPECT_EQ(text::seconds_text(1e-9), "1.00 ns");
  EXPECT_EQ(text::seconds_text(999.4e-9), "999 ns");
  EXPECT_EQ(text::seconds_text(999.6e-9), "1.00 us");
  EXPECT_EQ(text::seconds_text(9.994e-6), "9.99 us");
  EXPECT_EQ(text::seconds_text(9.996e-6), "10.0 us");
  EXPECT_EQ(text::seconds_text(99.94e-3), "99.9 ms");
  EXPECT_EQ(text::seconds_text(99.96e-3), "100 ms");
  EXPECT_EQ(text::seconds_text(0.213), "213 ms");
  EXPECT_EQ(text::seconds_text(0.9994), "999 ms");
  EXPECT_EQ(text::seconds_text(0.9996), "1.00 s");
  EXPECT_EQ(text::seconds_text(9.996), "10.0 s");
  EXPECT_EQ(text::seconds_text(99.96), "100 s");
  EXPECT_EQ(text::seconds_text(12345), "12345 s");
}

TEST(Units, BytesAndRates) {
  EXPECT_EQ(text::bytes_text(0), "0 B");
  EXPECT_EQ(text::bytes_text(1), "1 B");
  EXPECT_EQ(text::bytes_text(999), "999 B");
  EXPECT_EQ(text::bytes_text(999.4), "999 B");
  EXPECT_EQ(text::bytes_text(999.5), "1.00 kB");
  EXPECT_EQ(text::bytes_text(1000), "1.00 kB");
  EXPECT_EQ(text::bytes_text(9995), "10.0 kB");
  EXPECT_EQ(text::bytes_text(40e6), "40.0 MB");
  EXPECT_EQ(text::bytes_text(999.4e6), "999 MB");
  EXPECT_EQ(text::bytes_text(999.6e6), "1.00 GB");
  EXPECT_EQ(text::bytes_text(5e15), "5000 TB");
  EXPECT_EQ(text::size_text(1), "1 B");
  EXPECT_EQ(text::size_text(1000), "1000 B");
  EXPECT_EQ(text::size_text(4096), "4 KiB");
  EXPECT_EQ(text::size_text(1536 << 10), "1536 KiB");
  EXPECT_EQ(text::size_text(64 << 20), "64 MiB");
  EXPECT_EQ(text::size_text(16'000'000), "16.0 MB");
  EXPECT_EQ(text::size_text(8'324'108'288), "8.32 GB") << "what nobody set in powers of two";
  EXPECT_EQ(text::rate_text(3.21e9), "3.21 GB/s");
}

TEST(Units, Durations) {
  EXPECT_EQ(text::duration_text(0), "0 s");
  EXPECT_EQ(text::duration_text(0.01), "1 s");
  EXPECT_EQ(text::duration_text(59), "59 s");
  EXPECT_EQ(text::duration_text(59.1), "1 min 0 s");
  EXPECT_EQ(text::duration_text(80), "1 min 20 s");
  EXPECT_EQ(text::duration_text(3599.5), "1 h 0 min");
  EXPECT_EQ(text::duration_text(7290), "2 h 1 min");
}

TEST(Aligned, FirstColumnLeftTheOthersRightNoBlanksAtTheEnd) {
  EXPECT_EQ(text::aligned({{"name", "x"}, {"a", "100"}, {"longest"}, {"b", ""}}),
            "name       x\na        100\nlongest\nb\n");
  EXPECT_EQ(text::aligned({}), "");
}

// ---------------------------------------------------------------- findings

TEST(Finding, AWinnerWithItsLeadAndTheRunnerUp) {
  const std::string text = finding(planted(1.1));
  EXPECT_THAT(text,
              StartsWith("With 10M numbers in 4 files, 2 workers, barrier: a moves the data fastest: "));
  EXPECT_THAT(text, HasSubstr(", 1.10x [1.10, 1.10] ahead of b."));
}

TEST(Finding, TheShareOfMemcpyWhereItIsKnown) {
  std::vector<RunRow> rows;
  for (int block = 0; block < 8; ++block) {
    rows.push_back(run("a", block, 0.2));
    rows.back().share_of_one_copy = 0.42;
    rows.push_back(run("b", block, 0.3));
  }
  EXPECT_THAT(finding(summary_of(rows)),
              HasSubstr("a moves the data fastest: 800 MB/s, 42 % of memcpy, 1.50x"));
  for (RunRow& row : rows) {
    row.share_of_one_copy = 14;
    row.payload_bytes = 4000;  // so little that memcpy is setting up alone
  }
  EXPECT_THAT(finding(summary_of(rows)), HasSubstr("a moves the data fastest: 800 MB/s, 1.50x"));
  EXPECT_THAT(results_of(summary_of(rows)), AllOf(Not(HasSubstr("1400 %")), HasSubstr("no share of memcpy")));
}

TEST(Finding, InOverlapByTheTotal) {
  std::vector<RunRow> rows;
  for (int block = 0; block < 8; ++block) {
    rows.push_back(run("a", block, 0.2));
    rows.push_back(run("b", block, 0.3));
  }
  for (RunRow& row : rows) row.cell.settings.transfer = pipeline::TransferMode::overlap;
  EXPECT_THAT(finding(summary_of(rows)),
              HasSubstr("overlap: a finishes first: 200 ms in all, 1.50x [1.50, 1.50] ahead of b."));
}

TEST(Finding, ATieIsCalledOne) {
  std::vector<RunRow> rows;
  for (int block = 0; block < 8; ++block) {
    const double sign = block % 2 == 0 ? 1 : -1;
    rows.push_back(run("a", block, 0.2));
    rows.push_back(run("b", block, 0.2 * (1 + 0.05 * sign)));
    rows.push_back(run("c", block, 0.2 * (1 - 0.05 * sign)));
    rows.push_back(run("slow", block, 0.5));
  }
  const std::string text = finding(summary_of(rows));
  EXPECT_THAT(text, HasSubstr(" are tied ("));
  EXPECT_THAT(text, HasSubstr("8 runs each do not tell them apart"));
  EXPECT_THAT(text, AllOf(HasSubstr("a"), HasSubstr("b"), HasSubstr(" and "), Not(HasSubstr("slow"))));
  EXPECT_THAT(text, Not(HasSubstr("fastest")));
}

// A hand-over of lent memory is no transfer: it has no rate, beats no copy, and counts in the total.
TEST(Finding, WhatLendsIsComparedByTheTotalOnly) {
  std::vector<RunRow> rows;
  for (int block = 0; block < 8; ++block) {
    rows.push_back(run("pipe", block, 0.4 * drift(block)));
    rows.push_back(run("ring", block, 0.2 * drift(block)));
    rows.push_back(run("ring", block, 0.1 * drift(block)));
    rows.back().cell.settings.handover = pipeline::Handover::lend;
    rows.back().transfer_window_s = 1e-6;
    rows.back().transfer_bytes_per_s.reset();
  }
  const std::vector<SummaryRow> summary = summary_of(rows);
  ASSERT_EQ(summary.size(), 3U);
  EXPECT_EQ(summary[1].by_transfer.percent_of_best, 100);
  EXPECT_EQ(summary[2].by_transfer.percent_of_best, 100) << "among those that lend";
  EXPECT_EQ(summary[2].by_total.percent_of_best, 100);
  EXPECT_THAT(finding(summary), AllOf(HasSubstr(": ring moves the data fastest: "),
                                      HasSubstr(" In all: ring lend finishes first: ")));
  EXPECT_THAT(results_of(summary), ::testing::ContainsRegex("ring lend .* lent "));
  for (RunRow& row : rows) row.cell.settings.transfer = pipeline::TransferMode::overlap;
  EXPECT_THAT(finding(summary_of(rows)), HasSubstr(": ring lend finishes first: "));
}

TEST(Finding, ALongListOfTheTiedIsCutShort) {
  std::vector<RunRow> rows;
  for (int block = 0; block < 8; ++block) {
    for (const char* name : {"a", "b", "c", "d", "e", "f", "g"}) rows.push_back(run(name, block, 0.2));
  }
  EXPECT_THAT(finding(summary_of(rows)), HasSubstr(": a, b, c, d and 3 more are tied (a: "));
}

TEST(Finding, TooFewRunsAreSaidToBeTooFew) {
  EXPECT_THAT(finding(summary_of({run("a", 0, 0.2), run("b", 0, 0.9)})),
              HasSubstr(": a is ahead: 800 MB/s (1 run each: too few to name a winner)."));
}

// Who is second by the pairs with the best, and who is by the order of all, may be two.
TEST(Finding, TheLeadIsThatOverTheOneThatIsNamed) {
  std::vector<RunRow> rows;
  for (int block = 0; block < 8; ++block) {
    rows.push_back(run("best", block, 0.1));
    rows.push_back(run("second", block, block < 5 ? 0.15 : 0.9));
    rows.push_back(run("third", block, 0.2));
  }
  const auto summary = summary_of(rows);
  const std::string text = finding(summary);
  for (const SummaryRow& row : summary) {
    if (row.cell.subject.name == "best" ||
        text.find(" ahead of " + row.cell.subject.name) == std::string::npos)
      continue;
    EXPECT_THAT(text, HasSubstr(text::fixed(*row.by_transfer.ratio_to_best.centre, 2) + "x ["));
  }
  EXPECT_THAT(text, HasSubstr(" ahead of "));
}

TEST(Finding, OneAloneNoneAndNothing) {
  EXPECT_THAT(finding(summary_of({run("pipe", 0, 0.2)})),
              EndsWith("barrier: pipe was measured alone: 800 MB/s."));
  std::vector<RunRow> failed = {run("pipe", 0, 0.2)};
  failed[0].status = RunStatus::error;
  EXPECT_THAT(finding(summary_of(failed)), EndsWith(": nothing was measured."));
  EXPECT_EQ(finding({}), "No transport was measured.");
}

TEST(Finding, IsAboutTheLargestCondition) {
  std::vector<RunRow> rows = {run("big", 0, 1), run("small", 0, 1)};
  rows[1].cell.numbers = 1;
  rows[1].cell.files = 1;
  rows[1].cell.workers = 1;
  EXPECT_THAT(finding(summary_of(rows)), HasSubstr("big was measured alone"));
  rows[0].cell.subject.kind = pipeline::SubjectKind::serial;
  EXPECT_THAT(finding(summary_of(rows)), StartsWith("With 1 number in 1 file, 1 worker, barrier: small was"));
}

TEST(ResultsText, OneRunHasNoSpreadAndNoRunDidNotFail) {
  std::vector<RunRow> rows = {run("pipe", 0, 0.2), run("cold", 0, 0.2)};
  rows[1].warm = true;
  const std::string text = results_of(summary_of(rows));
  EXPECT_THAT(text, AllOf(HasSubstr("200 ms  one run"), Not(HasSubstr("0 %"))));
  EXPECT_THAT(text, ::testing::ContainsRegex("\ncold +skipped\n"));
  EXPECT_THAT(text, HasSubstr("cold, 10M numbers in 4 files, 2 workers, barrier: skipped: not measured yet, "
                              "it has no counted run\n"));
  EXPECT_THAT(results_of(summary_of({rows[1]})), HasSubstr("No run was counted.\n"));
}

TEST(ResultsText, ATableOtherConditionsAndTroubles) {
  std::vector<RunRow> rows;
  for (int block = 0; block < 8; ++block) {
    rows.push_back(run("slow", block, 0.3));
    rows.push_back(run("quick", block, 0.2));
    rows.back().cell.subject.options = cell::read_options("wait=spin");
    rows.push_back(run("other", block, 0.1));
    rows.back().cell.numbers = 1000;
    rows.push_back(run("serial", block, 0.9));
    rows.back().cell.subject.kind = pipeline::SubjectKind::serial;
    rows.back().cell.workers = 1;
  }
  rows.push_back(run("gone", 0, 1));
  rows.back().status = RunStatus::skipped;
  rows.back().error = "not here";
  rows.push_back(run("bad", 0, 1));
  rows.back().status = RunStatus::timeout;
  rows.back().error = "the deadline";
  const std::string text = results_of(summary_of(rows));
  EXPECT_THAT(text, StartsWith("10M numbers in 4 files, 2 workers, barrier\n"));
  EXPECT_THAT(text,
              HasSubstr("(medians; +- is the spread of single runs; * is a reference and has no rank)\n"));
  EXPECT_THAT(text, ::testing::ContainsRegex("\n +1  quick:wait=spin .*\n +2  slow .*\n +serial \\* "));
  EXPECT_THAT(text, ::testing::ContainsRegex("\n +gone +skipped\n +bad +failed\n"));
  EXPECT_THAT(
      text,
      ::testing::ContainsRegex(
          "The other conditions\nnumbers  best +its figure  lead\n +1K  other +1.60 GB/s  measured alone\n"));
  EXPECT_THAT(text, HasSubstr("gone, 10M numbers in 4 files, 2 workers, barrier: skipped: not here\n"));
  EXPECT_THAT(
      text, HasSubstr("bad, 10M numbers in 4 files, 2 workers, barrier: 1 failed: timeout: the deadline\n"));
}

TEST(ResultsText, TheTiedShareTheFirstRank) {
  std::vector<RunRow> rows;
  for (int block = 0; block < 8; ++block) {
    const double sign = block % 2 == 0 ? 1 : -1;
    rows.push_back(run("a", block, 0.2));
    rows.push_back(run("slow", block, 0.5));
    rows.push_back(run("b", block, 0.2 * (1 + 0.05 * sign)));
    rows.push_back(run("slower", block, 0.6));
  }
  const std::string text = results_of(summary_of(rows));
  EXPECT_THAT(text, ::testing::ContainsRegex("\n +1=  [ab] .*\n +1=  [ab] .*\n +3  slow .*\n +4  slower "));
  EXPECT_THAT(text, AllOf(HasSubstr("~802 MB/s"), HasSubstr("~ is known less exactly than was asked for")));
}

TEST(ResultsText, NoLineIsWiderThanTheTerminalAndColourStandsForTheRank) {
  std::vector<RunRow> rows;
  for (int block = 0; block < 8; ++block) {
    rows.push_back(run("quick", block, 0.2));
    rows.back().cell.subject.options = cell::read_options("capacity=1M chunk=64K wait=spin buffer=4K");
    rows.push_back(run("slow", block, 0.3));
    rows.push_back(run("bad", block, 0.3));
    rows.back().status = RunStatus::error;
    rows.back().error =
        "a reason of many words that go on and on until there is no more room for them in a line";
    rows.push_back(run("slow", block, 0.3));
    rows.back().cell.workers = 1;
  }
  const std::vector<SummaryRow> summary = summary_of(rows);
  for (const std::size_t columns : {60U, 80U, 160U}) {
    for (const std::string& line : sys::split(results_of(summary, {false, false, columns}), '\n'))
      EXPECT_LE(line.size(), columns) << line;
  }
  const std::string text = results_of(summary, {true, false, 80});
  EXPECT_THAT(text, HasSubstr("\x1b[1;32mquick:buffer=4...64K:wait=spin\x1b[0m"));
  EXPECT_THAT(text, HasSubstr("\x1b[1;31mbad\x1b[0m"));
  EXPECT_THAT(results_of(summary), Not(HasSubstr("\x1b")));
  EXPECT_THAT(results_of(summary), HasSubstr("quick:buffer=4K:capacity=1M:chunk=64K:wait=spin "));
}

TEST(ResultsMarkdown, HasATableForTheLargestConditionAndOneForTheOthers) {
  std::vector<RunRow> rows = {run("pipe", 0, 0.2), run("pipe", 0, 0.2), run("gone", 0, 1)};
  rows[1].cell.numbers = 1000;
  rows[2].status = RunStatus::skipped;
  rows[2].error = "no | here";
  const std::string text = markdown_of(summary_of(rows));
  EXPECT_THAT(text, StartsWith("### 10M numbers in 4 files, 2 workers, barrier\n\n| rank | transport | "));
  EXPECT_THAT(text, HasSubstr("\n|---:|---|---:|"));
  EXPECT_THAT(text, ::testing::ContainsRegex("\n\\|  \\| pipe \\| "));
  EXPECT_THAT(text, HasSubstr("\n### The other conditions\n\n| numbers |"));
  EXPECT_THAT(text,
              HasSubstr("* gone, 10M numbers in 4 files, 2 workers, barrier: skipped: no &#124; here\n"));
}

TEST(RunText, WhatItTookWhereTheTimeWentAndWhyItIsMadeAgain) {
  RunRow row = run("pipe", 0, 0.2);
  row.path.sort_s = 0.05;
  row.merge_s = 0.01;
  row.cost_s = 0.7;
  row.repeats = 3;
  row.attempt = 2;
  row.disturbed = true;
  row.foreign_cpu_s = 0.12;
  row.steal_s = 0;
  EXPECT_THAT(
      run_text(row, true),
      AllOf(StartsWith("pipe, 4 files, 10M numbers, 2 workers, barrier: 200 ms ("), HasSubstr("sort 50.0 ms"),
            HasSubstr("merge 10.0 ms), mean of 3 runs, took 700 ms"),
            EndsWith(", attempt 2; disturbed: others used 120 ms of CPU time, the hypervisor withheld 0; "
                     "it is made again")));
  row.disturbed = false;
  row.status = RunStatus::timeout;
  row.error = "the deadline";
  EXPECT_THAT(run_text(row, false), HasSubstr("barrier: timeout: the deadline"));
}

}  // namespace
}  // namespace ipcsort::results
