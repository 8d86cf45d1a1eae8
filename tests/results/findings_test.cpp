// What findings.json and side_by_side.json say: the decisions themselves, not their words.
#include <gmock/gmock.h>

#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "bench/results/findings.hpp"
#include "bench/results/side_by_side.hpp"
#include "bench/text/json.hpp"

namespace ipcsort::results {
namespace {

using nlohmann::ordered_json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// A cell whose total is so many seconds, in 8 blocks; a little different in each by `noise`.
std::vector<RunRow> runs_of(const std::string& transport, double total_s, double noise = 0) {
  std::vector<RunRow> runs;
  for (int block = 0; block < 8; ++block) {
    RunRow row;
    row.block = block;
    row.status = RunStatus::ok;
    row.cell.subject.kind = pipeline::SubjectKind::transport;
    row.cell.subject.name = transport;
    row.cell.settings.handover = pipeline::Handover::copy;
    row.cell.files = 4;
    row.cell.numbers = 1'000'000;
    row.cell.workers = 2;
    row.cell.settings.pages = sys::Pages::huge;
    row.cell.settings.transfer = pipeline::TransferMode::barrier;
    row.total_s = total_s * (1 + (block % 2 == 0 ? noise : -noise));
    row.transfer_window_s = *row.total_s / 4;
    row.payload_bytes = 4e6;
    row.transfer_bytes_per_s = *row.payload_bytes / *row.transfer_window_s;
    row.parent_user_s = *row.total_s;
    runs.push_back(row);
  }
  return runs;
}

std::vector<SummaryRow> summary_of_cells(std::vector<std::vector<RunRow>> cells) {
  std::vector<RunRow> runs;
  for (std::vector<RunRow>& cell : cells) {
    for (RunRow& run : cell) {
      run.seq = runs.size();
      runs.push_back(std::move(run));
    }
  }
  return summarize(std::move(runs));
}

std::vector<RunRow> changed(std::vector<RunRow> runs, const std::function<void(RunRow&)>& change) {
  for (RunRow& run : runs) change(run);
  return runs;
}

std::vector<std::string> ranks_of(const Findings& findings, const Order& order) {
  std::vector<std::string> ranks;
  for (const Place& place : order.places) ranks.push_back(place.rank + " " + findings.names[place.row]);
  return ranks;
}

// As sent again and again: the same cell in steady flow, so many times as fast, with page faults of both.
std::vector<RunRow> again(std::vector<RunRow> runs, double times_as_fast) {
  return changed(std::move(runs), [&](RunRow& run) {
    run.cell.settings.transfer = pipeline::TransferMode::steady;
    run.cell.settings.rounds = pipeline::Rounds::eight;
    *run.transfer_window_s /= times_as_fast;
    if (run.transfer_bytes_per_s) *run.transfer_bytes_per_s *= times_as_fast;
    run.faults_first = 1000 / *run.total_s;  // 2500 and 5000 per MB
    run.faults_steady = 2;
  });
}

const host::KernelCosts some_costs{{{"private", host::base_page_bytes, 0.25e-6, 64e-6},
                                    {"shared", host::huge_page_bytes, {}, {}, "none here"}},
                                   {{1, 6e-6}, {4, 20e-6}}};

TEST(Findings, TheFirstTimeBesideSteadyFlow) {
  const auto quick = runs_of("quick", 0.1), slow = runs_of("slow", 0.05);
  const std::vector<std::vector<RunRow>> cells = {quick, slow, again(quick, 10), again(slow, 2)};
  std::vector<RunRow> runs;
  for (const auto& cell : cells) runs.insert(runs.end(), cell.begin(), cell.end());
  const Findings findings = findings_of(summary_of_cells(cells), {}, runs, {}, some_costs);
  ASSERT_EQ(findings.two_orders.size(), 1U);
  const TwoOrders& both = findings.two_orders.front();
  EXPECT_EQ(ranks_of(findings, findings.conditions[both.first].transfer),
            (std::vector<std::string>{"1 slow", "2 quick"}));
  EXPECT_EQ(ranks_of(findings, findings.conditions[both.steady].transfer),
            (std::vector<std::string>{"1 quick", "2 slow"}));
  EXPECT_THAT(
      both.title,
      HasSubstr("fresh memory slow reaches 320 MB/s, 2.00x ahead of quick; into memory in use quick"));
  EXPECT_EQ(both.faults, "Page faults per MB: first 2500 to 5000 (slow: 5000), then 0.5.");
  EXPECT_THAT(both.why, HasSubstr("Here a fault takes 250 ns with 4 KiB of private memory."));
  const ordered_json json = ordered_json::parse(findings_json(findings));
  EXPECT_EQ(json["two_orders"][0]["why"], both.why);

  // What was not counted or measured is not spoken of, and without both there is nothing to set side by side.
  const Findings uncounted = findings_of(summary_of_cells(cells));
  EXPECT_THAT(uncounted.two_orders.front().why, ::testing::EndsWith("all later times find it in use."));
  EXPECT_EQ(uncounted.two_orders.front().faults, "");
  EXPECT_THAT(findings_of(summary_of_cells({quick, slow})).two_orders, IsEmpty());
}

TEST(Findings, TheFloorBesideABareWakeUp) {
  const auto lent = [](double window_s, int workers) {
    return changed(runs_of("null", 0.1), [&](RunRow& run) {
      run.cell.settings.handover = pipeline::Handover::lend;
      run.cell.workers = workers;
      run.transfer_bytes_per_s.reset();
      run.transfer_window_s = window_s;
    });
  };
  const std::vector<std::vector<RunRow>> cells = {lent(40e-6, 1), lent(200e-6, 4), again(lent(40e-6, 1), 1)};
  const std::string floor = findings_of(summary_of_cells(cells), {}, {}, {}, some_costs).floor;
  EXPECT_THAT(
      floor,
      HasSubstr(
          "takes the first time 40.0 us with 1 worker and 200 us with 4 workers; in steady flow 40.0 us"));
  EXPECT_THAT(floor, HasSubstr("a bare wake-up of sleeping processes takes 6.00 us for 1 and 20.0 us for 4, "
                               "and a hand-over is two of them"));
  EXPECT_EQ(findings_of(summary_of_cells({runs_of("pipe", 0.1)})).floor, "");
}

TEST(Findings, FourOrdersOfACondition) {
  const auto lent = changed(runs_of("ring", 0.05), [](RunRow& run) {
    run.cell.settings.handover = pipeline::Handover::lend;
    run.transfer_bytes_per_s.reset();
  });
  const Findings findings = findings_of(summary_of_cells({runs_of("slow", 0.3), runs_of("pipe", 0.1, 0.05),
                                                          runs_of("ring", 0.1), lent, runs_of("null", 0.01)}),
                                        {}, {}, {{"null", "floor"}, {"pipe", "stream"}});
  ASSERT_EQ(findings.conditions.size(), 1U);
  const ConditionFindings& found = findings.conditions.front();
  EXPECT_TRUE(found.by_transfer);
  EXPECT_THAT(ranks_of(findings, found.transfer), ElementsAre("1= pipe", "1= ring", "3 slow"));
  EXPECT_THAT(ranks_of(findings, found.handover), ElementsAre(" ring lend"));
  EXPECT_THAT(ranks_of(findings, found.total), ElementsAre("1 ring lend", "2 pipe", "3 ring", "4 slow"));
  EXPECT_EQ(found.cpu.places.size(), 4U) << "the floor moves nothing and is no rival";
  EXPECT_EQ(found.cpu.who, "ring lend costs the least CPU time");
  EXPECT_EQ(found.handover.lead, "measured alone");
  EXPECT_EQ(findings.families, (std::vector<std::string>{"", "stream", "", "", "floor"}));
}

TEST(Findings, SettingsThatVaryTellConditionsApartAndStandInTheirNames) {
  const auto base =
      changed(runs_of("pipe", 0.2), [](RunRow& run) { run.cell.settings.pages = sys::Pages::base; });
  const Findings findings = findings_of(summary_of_cells({runs_of("pipe", 0.1), base}));
  ASSERT_EQ(findings.conditions.size(), 2U);
  for (const ConditionFindings& condition : findings.conditions) EXPECT_EQ(condition.members.size(), 1U);
  EXPECT_EQ(findings.conditions[0].text, "1M numbers in 4 files, 2 workers, barrier, pages huge");
  EXPECT_EQ(findings.conditions[1].text, "1M numbers in 4 files, 2 workers, barrier, pages base");
  EXPECT_EQ(findings_of(summary_of_cells({base})).conditions.front().text,
            "1M numbers in 4 files, 2 workers, barrier");
}

TEST(Findings, WhatFailedStandsBeforeWhatWasSkipped) {
  const auto with = [](const char* name, RunStatus status) {
    return changed(runs_of(name, 1), [=](RunRow& run) {
      run.status = status;
      run.error = "because";
    });
  };
  const Findings findings = findings_of(summary_of_cells(
      {with("absent", RunStatus::skipped), runs_of("pipe", 0.1), with("broken", RunStatus::error)}));
  ASSERT_EQ(findings.troubles.size(), 2U);
  EXPECT_THAT(findings.troubles[0].text, HasSubstr("broken, 1M numbers"));
  EXPECT_THAT(findings.troubles[1].text, HasSubstr("barrier: skipped: because"));
  EXPECT_EQ(findings.troubles[1].row, 0U);
}

TEST(Findings, ACellThatLacksARunLeavesTheOthersTheirRanks) {
  const auto short_of = [](const char* name, double total_s) {
    auto runs = runs_of(name, total_s);
    runs.erase(runs.begin(), runs.begin() + 3);
    return runs;
  };
  for (const double total_s : {0.05, 0.15, 0.9}) {  // wherever it would stand
    const Findings findings = findings_of(
        summary_of_cells({short_of("rare", total_s), runs_of("pipe", 0.1), runs_of("fifo", 0.2)}));
    const Order& order = findings.conditions.front().transfer;
    std::vector<std::string> ranks;
    for (const Place& place : order.places) ranks.push_back(findings.names[place.row] + " " + place.rank);
    EXPECT_THAT(ranks, ElementsAre("pipe 1", "fifo 2", "rare ?"));
    EXPECT_EQ(
        order.verdict,
        "pipe moves the data fastest of those that can be ranked: 160 MB/s, 2.00x [2.00, 2.00] ahead of "
        "fifo; rare (5 runs) lacks the runs to be ranked");
  }
  // With nobody who has enough runs to be compared with, nobody is ranked.
  const Findings alone = findings_of(summary_of_cells({short_of("rare", 0.05), runs_of("pipe", 0.1)}));
  EXPECT_THAT(alone.headline,
              HasSubstr("rare is ahead: 320 MB/s (5 to 8 runs each: too few to name a winner)"));
}

TEST(Findings, FewBlocksForSoManyTransportsAreSaid) {
  std::vector<std::vector<RunRow>> cells;
  for (const char* name : {"a", "b", "c", "d", "e", "f"}) cells.push_back(runs_of(name, 0.1));
  EXPECT_THAT(
      findings_of(summary_of_cells(cells)).reservations,
      ElementsAre("Few blocks for so many transports: of 15 pairs in 8 blocks at least 3 are told apart at "
                  "once or none is, so a tie may be for want of blocks; from --blocks 10 on a single pair "
                  "can be."));
  cells.resize(3);  // 3 pairs in 8 blocks: one is told apart by itself
  EXPECT_THAT(findings_of(summary_of_cells(cells)).reservations, IsEmpty());
}

TEST(Findings, AsJson) {
  const auto json = ordered_json::parse(
      findings_json(findings_of(summary_of_cells({runs_of("pipe", 0.1), runs_of("fifo", 0.2)}))));
  EXPECT_EQ(json["schema"], findings_schema);
  EXPECT_EQ(json["rows"][1]["name"], "fifo");
  const ordered_json& condition = json["conditions"][0];
  EXPECT_EQ(condition["by"], "transfer");
  const ordered_json& order = condition["orders"]["transfer"];
  EXPECT_EQ(order["proven"], true);
  EXPECT_EQ(order["places"][1]["row"], 1);
  EXPECT_EQ(order["places"][1]["rank"], "2");
  EXPECT_NEAR(order["places"][1]["ratio_to_best"].get<double>(), 2, 1e-9);
  EXPECT_EQ(order["lead"], "2.00x ahead of fifo");
  EXPECT_EQ(json["headline"], condition["sentence"]);
  EXPECT_TRUE(json["overall"].is_null());
  EXPECT_THAT(json["troubles"], IsEmpty());
}

TEST(SideBySideFindings, WhoIsBestInAllAndWhatDiffers) {
  const auto first = summary_of_cells({runs_of("pipe", 0.1), runs_of("fifo", 0.2)});
  const auto second = summary_of_cells({runs_of("fifo", 0.2), runs_of("pipe", 0.15)});
  const auto third = summary_of_cells({runs_of("fifo", 0.1), runs_of("pipe", 0.2)});
  const Findings a = findings_of(first), b = findings_of(second), c = findings_of(third);
  const std::vector<Side> sides = {{"A", "one", first, a, {{"kernel", "6.1"}, {"cpu", "X"}}},
                                   {"B", "two", second, b, {{"kernel", "6.2"}, {"cpu", "X"}}},
                                   {"C", "three", third, c, {{"cpu", "X"}}}};
  const SideBySide two = side_by_side(std::span(sides).first(2));
  EXPECT_EQ(
      two.headline,
      "2 results side by side: with 1M numbers in 4 files, 2 workers, barrier, pipe is best or tied in all "
      "(A: 160 MB/s; B: 107 MB/s)");
  EXPECT_THAT(two.differences, ElementsAre("kernel: A 6.1; B 6.2"));
  const SideBySide three = side_by_side(sides);
  EXPECT_THAT(three.headline, HasSubstr("; C: fifo moves the data fastest: 160 MB/s"));
  EXPECT_THAT(three.differences, ElementsAre("kernel: A 6.1; B 6.2; C not known"));
  const auto json = ordered_json::parse(side_by_side_json(sides, three));
  EXPECT_EQ(json["conditions"][0]["of"], ordered_json({0, 0, 0}));
}

TEST(SideBySideFindings, NothingInCommonIsSaid) {
  const auto first = summary_of_cells({runs_of("pipe", 0.1)});
  const auto second =
      summary_of_cells({changed(runs_of("pipe", 0.1), [](RunRow& run) { run.cell.numbers = 7; })});
  const Findings a = findings_of(first), b = findings_of(second);
  const std::vector<Side> sides = {{"A", "one", first, a, {}}, {"B", "two", second, b, {}}};
  const SideBySide found = side_by_side(sides);
  EXPECT_EQ(found.headline, "2 results side by side: no condition has a result in all of them");
  EXPECT_THAT(side_by_side_text(sides, found), HasSubstr("no condition in common"));
}

TEST(Schema, SaysOfEachColumnWhatItIsAndWhichAreSettings) {
  const auto json =
      ordered_json::parse(text::schema_json({{"summary.csv", text::described(summary_columns())}}));
  const ordered_json& columns = json["files"]["summary.csv"]["columns"];
  EXPECT_EQ(columns.size(), summary_columns().size());
  std::set<std::string> settings;
  for (const ordered_json& column : columns) {
    if (column["role"] == "setting") settings.insert(column["name"]);
    if (column["name"] == "total_s_median") {
      EXPECT_EQ(column["type"], "number");
      EXPECT_EQ(column["unit"], "s");
      EXPECT_EQ(column["role"], "measurement");
    }
  }
  for (const char* name : {"sorter", "parser", "drain", "transfer", "merge", "pages", "placement", "memory"})
    EXPECT_TRUE(settings.contains(name)) << name;
}

}  // namespace
}  // namespace ipcsort::results
