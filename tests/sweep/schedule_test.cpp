// What is run next, seen through whole sweeps that a fake machine records; what measuring takes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <map>
#include <set>
#include <span>
#include <vector>

#include "bench/sweep/cost.hpp"
#include "bench/sweep/open_cells.hpp"
#include "bench/sweep/schedule.hpp"
#include "sys/text.hpp"
#include "tests/support.hpp"

namespace ipcsort::sweep {
namespace {

using pipeline::Handover;
using pipeline::SubjectKind;
using pipeline::TransferMode;
using test::NamedTransport;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Gt;
using ::testing::IsEmpty;

class Scheduling : public ::testing::Test {
 protected:
  Scheduling() {
    cell::Grid grid;
    grid.subjects = {{SubjectKind::serial, nullptr, {}},
                     {SubjectKind::memcpy_one_copy, nullptr, {}},
                     {SubjectKind::memcpy_two_copies, nullptr, {}},
                     {SubjectKind::threads, nullptr, {}},
                     {SubjectKind::transport, &pipe_, {}},
                     {SubjectKind::transport, &fifo_, {}},
                     {SubjectKind::transport, &null_, {}},
                     {SubjectKind::transport, &absent_, {}}};
    grid.files = {4};
    grid.numbers = {1000, 2000};
    grid.workers = {1, 2};
    grid.axes["transfer"] = {"overlap"};
    grid.axes["handover"] = {"copy", "lend"};
    plan_ = cell::make_plan(grid);
    schedule_.warmup_blocks = 2;
    schedule_.blocks = schedule_.blocks_max = 3;
    schedule_.seed = 42;
    schedule_.run_time_s = 0;
    schedule_.attempts_max = 1;
  }

  // Records a row for each slot until there is none left, as run_sweep does; `time_s` says what a cell takes.
  using Times = std::function<double(const results::Slot&)>;
  [[nodiscard]] std::vector<results::RunRow> record(const Times& time_s,
                                                    std::vector<results::RunRow> rows = {}) const {
    for (;;) {
      const std::vector<results::Slot> slots = next_slots(plan_, schedule_, rows);
      if (slots.empty()) return rows;
      for (const results::Slot& slot : slots) rows.push_back(row(slot, rows.size(), time_s(slot)));
    }
  }
  [[nodiscard]] results::RunRow row(const results::Slot& slot, std::size_t seq, double time_s) const {
    results::RunRow row = results::row_for(plan_.cells[slot.cell_number], slot);
    row.seq = seq;
    row.status = plan_.cells[slot.cell_number].skip_reason.empty() ? results::RunStatus::ok
                                                                   : results::RunStatus::skipped;
    row.total_s = time_s;
    row.cost_s = 1;
    return row;
  }
  static double steady(const results::Slot&) { return 1; }

  // By block, the cells in their order.
  [[nodiscard]] std::map<int, std::vector<std::size_t>> blocks_of(
      const std::vector<results::RunRow>& rows) const {
    std::map<int, std::vector<std::size_t>> blocks;
    for (const results::RunRow& row : rows) blocks[row.block].push_back(cell_number(row));
    return blocks;
  }
  [[nodiscard]] std::size_t cell_number(const results::RunRow& row) const {
    return results::cell_numbers(plan_).at(row.cell);
  }
  [[nodiscard]] std::size_t usable_cells() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(plan_.cells, [](const cell::Cell& cell) { return cell.skip_reason.empty(); }));
  }
  // The first pipe, for tests in which one cell is unlike all others.
  [[nodiscard]] std::size_t pipe_cell() const {
    return static_cast<std::size_t>(
        std::ranges::find_if(plan_.cells, [&](const cell::Cell& cell) { return cell.transport == &pipe_; }) -
        plan_.cells.begin());
  }
  // Alternating around 1 s, so that no number of blocks settles it.
  [[nodiscard]] Times unsteady_pipe() const {
    return [cell = pipe_cell()](const results::Slot& slot) {
      return slot.cell_number == cell ? (slot.block % 2 == 0 ? 1.3 : 0.8) : 1.0;
    };
  }

  NamedTransport pipe_{"pipe"}, fifo_{"fifo"}, null_{"null", "", 0, true}, absent_{"absent", "not here"};
  cell::Plan plan_;
  Schedule schedule_;
};

TEST_F(Scheduling, EveryCellOncePerBlockAndSkippedOnesOnlyInTheFirst) {
  const auto blocks = blocks_of(record(steady));
  ASSERT_EQ(blocks.size(), 5U);
  for (const auto& [block, cells] : blocks) {
    EXPECT_EQ(cells.size(), block == 0 ? plan_.cells.size() : usable_cells());
    EXPECT_EQ((std::set<std::size_t>(cells.begin(), cells.end()).size()), cells.size());
  }
}

TEST_F(Scheduling, PosCountsUpAndTheFirstBlocksAreWarm) {
  std::map<int, int> next_pos;
  for (const results::RunRow& row : record(steady)) {
    EXPECT_EQ(row.pos, next_pos[row.block]++);
    EXPECT_EQ(row.warm, row.block < 2);
    EXPECT_EQ(row.attempt, 1);
  }
  schedule_.warmup_blocks = 0;
  EXPECT_FALSE(next_slots(plan_, schedule_, {}).front().warm);
}

TEST_F(Scheduling, AConditionStaysTogetherAndItsCalibrationsLead) {
  for (const auto& [block, cells] : blocks_of(record(steady))) {
    std::set<std::size_t> over;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const cell::Cell& cell = plan_.cells[cells[i]];
      const bool first = i == 0 || plan_.cells[cells[i - 1]].condition_number != cell.condition_number;
      if (first) {
        EXPECT_TRUE(over.insert(cell.condition_number).second) << "a condition came back";
      } else if (kind_name(cell.subject.kind) == "calibration") {
        EXPECT_EQ(kind_name(plan_.cells[cells[i - 1]].subject.kind), "calibration");
      }
    }
    EXPECT_EQ(over.size(), plan_.conditions);
  }
}

TEST_F(Scheduling, TheSameSeedTheSameOrderAnotherAnother) {
  const auto blocks = blocks_of(record(steady));
  EXPECT_EQ(blocks, blocks_of(record(steady)));
  EXPECT_NE(blocks.at(1), blocks.at(2)) << "each block has an order of its own";
  schedule_.seed = 43;
  EXPECT_NE(blocks, blocks_of(record(steady)));
}

TEST_F(Scheduling, MoreBlocksLeaveTheFirstOnesAsTheyWere) {
  const auto few = blocks_of(record(steady));
  schedule_.blocks = schedule_.blocks_max = 6;
  const auto many = blocks_of(record(steady));
  ASSERT_EQ(many.size(), 8U);
  for (const auto& [block, cells] : few) EXPECT_EQ(many.at(block), cells);
}

TEST_F(Scheduling, WhatIsSettledStopsAndWhatIsNotGoesOnWithItsAnchors) {
  schedule_.blocks = 8;
  schedule_.blocks_max = 12;
  const auto blocks = blocks_of(record(unsteady_pipe()));
  ASSERT_EQ(blocks.size(), 2U + 12U);
  for (int block = 10; block < 14; ++block) {
    std::vector<std::string> names;
    for (const std::size_t cell : blocks.at(block)) {
      EXPECT_EQ(plan_.cells[cell].condition_number, plan_.cells[pipe_cell()].condition_number);
      names.emplace_back(plan_.cells[cell].subject.name);
    }
    EXPECT_THAT(names, ::testing::UnorderedElementsAre("memcpy_one_copy", "pipe", "null"));
    EXPECT_EQ(names.front(), "memcpy_one_copy");
  }
}

TEST_F(Scheduling, NothingIsAddedWhenAllIsSettled) {
  schedule_.blocks = 8;
  schedule_.blocks_max = 100;
  EXPECT_EQ(blocks_of(record(steady)).size(), 2U + 8U);
}

TEST_F(Scheduling, WhatFailsIsNotMeasuredMoreOften) {
  schedule_.blocks = 8;
  schedule_.blocks_max = 20;
  std::vector<results::RunRow> rows;
  for (;;) {
    const std::vector<results::Slot> slots = next_slots(plan_, schedule_, rows);
    if (slots.empty()) break;
    for (const results::Slot& slot : slots) {
      rows.push_back(row(slot, rows.size(), unsteady_pipe()(slot)));
      if (slot.cell_number == pipe_cell()) rows.back().status = results::RunStatus::timeout;
    }
  }
  EXPECT_EQ(blocks_of(rows).size(), 2U + 8U);
}

TEST_F(Scheduling, TheBudgetEndsItAndIsSpentOnTheLeastSettled) {
  schedule_.blocks = 8;
  schedule_.blocks_max = 50;
  const double certain_s = static_cast<double>(plan_.cells.size() + 9 * usable_cells());
  // Every cell unsteady, the pipe most of all; room for two more cells of its condition and no others.
  const Times times = [&](const results::Slot& slot) {
    const double swing = slot.cell_number == pipe_cell() ? 0.5 : 0.1;
    return 1 + (slot.block % 2 == 0 ? swing : -swing);
  };
  schedule_.time_budget_s = certain_s + 3;
  const auto rows = record(times);
  double cost_s = 0;
  for (const results::RunRow& row : rows) cost_s += *row.cost_s;
  EXPECT_LE(cost_s, schedule_.time_budget_s);
  const auto extra = blocks_of(rows).at(10);
  EXPECT_THAT(extra, ::testing::Contains(pipe_cell()));
  EXPECT_LE(extra.size(), 3U);
}

TEST_F(Scheduling, OneCountedBlockIsMadeHoweverSmallTheBudget) {
  schedule_.blocks = schedule_.blocks_max = 8;
  schedule_.time_budget_s = 0.001;
  EXPECT_EQ(blocks_of(record(steady)).size(), 2U + 1U);
}

TEST_F(Scheduling, TakenUpAnywhereItEndsWithTheSameRuns) {
  schedule_.blocks = 8;
  schedule_.blocks_max = 10;
  schedule_.time_budget_s = 400;
  const std::vector<results::RunRow> whole = record(unsteady_pipe());
  for (std::size_t kept = 0; kept < whole.size(); kept += 7) {
    const std::vector<results::RunRow> part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(kept));
    EXPECT_EQ(blocks_of(record(unsteady_pipe(), part)), blocks_of(whole)) << "taken up after " << kept;
  }
}

// Five transports in one condition, of which the last is far behind: two might be the best, two are next to each other.
class Deciding : public Scheduling {
 protected:
  explicit Deciding(std::string transfer = "barrier") {
    cell::Grid grid;
    grid.subjects = {{SubjectKind::memcpy_one_copy, nullptr, {}}};
    for (const NamedTransport& transport : transports_)
      grid.subjects.push_back({SubjectKind::transport, &transport, {}});
    grid.files = {4};
    grid.numbers = {1000};
    grid.workers = {2};
    grid.axes["transfer"] = sys::split(transfer, ',');
    grid.axes["handover"] = {"copy"};
    plan_ = cell::make_plan(grid);
    schedule_.warmup_blocks = 1;
    schedule_.blocks = 8;
    schedule_.blocks_max = 12;
    schedule_.decide = Decide::best;
  }
  // Noise that takes another way for each, and that no number of blocks averages out.
  [[nodiscard]] Times times() const {
    return [this](const results::Slot& slot) {
      const std::string& name = plan_.cells[slot.cell_number].subject.name;
      const std::map<std::string, double> factors = {{"a", 1}, {"b", 1}, {"c", 2}, {"d", 2}, {"e", 4}};
      const auto factor = factors.find(name);
      if (factor == factors.end()) return 1.0;
      const int wave = (slot.block >> (slot.cell_number % 3)) % 2;
      return factor->second * (wave == 0 ? 1.05 : 0.95);
    };
  }
  using Named = std::map<std::string, std::set<std::string>>;  // by what a run was made for
  [[nodiscard]] Named made_for(const std::vector<results::RunRow>& rows, int block) const {
    Named names;
    for (const results::RunRow& row : rows) {
      if (row.block == block) names[std::string{to_string(row.made_for)}].insert(row.cell.subject.name);
    }
    return names;
  }

  std::array<NamedTransport, 5> transports_ = {NamedTransport{"a"}, NamedTransport{"b"}, NamedTransport{"c"},
                                               NamedTransport{"d"}, NamedTransport{"e"}};
};

TEST_F(Deciding, TheBestOnlyWhatMightBeItGoesOn) {
  const auto rows = record(times());
  EXPECT_EQ(made_for(rows, 8), (Named{{"all", {"memcpy_one_copy", "a", "b", "c", "d", "e"}}}));
  for (int block = 9; block <= 12; ++block)
    EXPECT_EQ(made_for(rows, block), (Named{{"best", {"a", "b"}}, {"anchor", {"memcpy_one_copy"}}})) << block;
  EXPECT_TRUE(made_for(rows, 13).empty()) << "each is run at most as often as was said";
}

TEST_F(Deciding, TheOrderTheOthersFollowWhenTheBestIsKnownOrCannotBe) {
  schedule_.decide = Decide::order;
  const auto rows = record(times());
  EXPECT_EQ(made_for(rows, 12), (Named{{"best", {"a", "b"}}, {"anchor", {"memcpy_one_copy"}}}));
  EXPECT_EQ(made_for(rows, 13), (Named{{"order", {"c", "d"}}, {"anchor", {"memcpy_one_copy"}}}));
  EXPECT_TRUE(made_for(rows, 17).empty());
}

TEST_F(Deciding, WhatDiffersByLessThanThePrecisionIsDecided) {
  schedule_.precision = 0.5;
  EXPECT_TRUE(made_for(record(times()), 9).empty());
}

TEST_F(Deciding, WhatIsCompleteIsNotLookedAtAgain) {
  const auto rows = record(times());
  for (std::size_t kept = 1; kept < rows.size(); kept += 3) {
    const std::span<const results::RunRow> part(rows.data(), kept);
    const auto anew = next_slots(plan_, schedule_, part);
    const auto gone_on = next_slots(plan_, schedule_, part, rows[kept - 1].block);
    ASSERT_EQ(gone_on.size(), anew.size()) << kept;
    for (std::size_t i = 0; i < anew.size(); ++i)
      EXPECT_EQ(gone_on[i].cell_number, anew[i].cell_number) << kept;
  }
}

TEST_F(Deciding, TakenUpAnywhereItEndsWithTheSameRuns) {
  schedule_.decide = Decide::order;
  schedule_.time_budget_s = 70;
  const auto whole = record(times());
  for (std::size_t kept = 0; kept < whole.size(); kept += 5) {
    const std::vector<results::RunRow> part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(kept));
    EXPECT_EQ(blocks_of(record(times(), part)), blocks_of(whole)) << "taken up after " << kept;
  }
}

class DecidingBoth : public Deciding {
 protected:
  DecidingBoth() : Deciding("barrier,steady") {}
};

TEST_F(DecidingBoth, ARunThatMeasuresTwoCellsIsRecordedForBoth) {
  // With a barrier all is clear after the certain blocks; what is sent again and again is open.
  const auto rows = record([&](const results::Slot& slot) {
    const cell::Cell& cell = plan_.cells[slot.cell_number];
    return cell.settings.is_steady() ? times()(slot) : static_cast<double>(1 + slot.cell_number);
  });
  EXPECT_EQ(made_for(rows, 9),
            (Named{{"best", {"a", "b"}}, {"shared", {"a", "b"}}, {"anchor", {"memcpy_one_copy"}}}));
}

TEST_F(DecidingBoth, WhatIsOpenInTwoConditionsSharesTheBudget) {
  schedule_.decide = Decide::order;
  schedule_.time_budget_s = 0;
  std::map<bool, int> open;
  for (const results::RunRow& row : record(times())) {
    if (row.made_for == results::Purpose::best) ++open[row.cell.settings.is_steady()];
  }
  EXPECT_EQ(open[true], open[false]);
}

TEST_F(Scheduling, AnInterruptedRunIsMadeAgain) {
  std::vector<results::RunRow> rows;
  const results::Slot first = next_slots(plan_, schedule_, rows).front();
  rows.push_back(row(first, 0, 1));
  rows.back().status = results::RunStatus::interrupted;
  EXPECT_EQ(next_slots(plan_, schedule_, rows).front().cell_number, first.cell_number);
}

TEST_F(Scheduling, ADisturbedRunIsMadeAgainWithinItsCap) {
  schedule_.warmup_blocks = 0;
  schedule_.attempts_max = 3;
  std::vector<results::RunRow> rows;
  for (int attempt = 1; attempt <= 3; ++attempt) {
    const results::Slot slot = next_slots(plan_, schedule_, rows).front();
    EXPECT_EQ(slot.attempt, attempt);
    EXPECT_TRUE(rows.empty() || cell_number(rows.back()) == slot.cell_number);
    rows.push_back(row(slot, rows.size(), 1));
    rows.back().disturbed = true;
  }
  EXPECT_NE(next_slots(plan_, schedule_, rows).front().cell_number, cell_number(rows.back()));

  results::RunRow undisturbed = rows.front();
  undisturbed.disturbed = false;
  EXPECT_FALSE(is_to_repeat(undisturbed, schedule_));
  results::RunRow warm = rows.front();
  warm.warm = true;
  EXPECT_FALSE(is_to_repeat(warm, schedule_));
  results::RunRow failed = rows.front();
  failed.status = results::RunStatus::timeout;
  EXPECT_FALSE(is_to_repeat(failed, schedule_));
}

// 4 members, 4000 blocks, standard deviation 27: a bias of any use to anybody is far beyond six of them.
TEST_F(Scheduling, EveryMemberLeadsAboutEquallyOften) {
  std::map<std::size_t, int> leads;
  const cell::Plan all = plan_;
  for (int seed = 0; seed < 2000; ++seed) {
    schedule_.seed = static_cast<std::uint64_t>(seed);
    const std::vector<results::Slot> slots = next_slots(all, schedule_, {});
    for (std::size_t i = 1; i < slots.size(); ++i) {
      const cell::Cell& before = all.cells[slots[i - 1].cell_number];
      const cell::Cell& cell = all.cells[slots[i].cell_number];
      if (cell.condition_number == all.cells[pipe_cell()].condition_number &&
          before.condition_number == cell.condition_number &&
          before.subject.kind == SubjectKind::memcpy_two_copies)
        ++leads[slots[i].cell_number];
    }
  }
  // Of this condition: serial, threads, pipe, fifo, null and the absent one follow the calibrations.
  ASSERT_EQ(leads.size(), 6U);
  for (const auto& [cell, count] : leads) EXPECT_NEAR(count, 2000 / 6, 6 * 17) << cell;
}

TEST_F(Scheduling, RepeatsComeFromTheFastestTransportOfTheConditionWarm) {
  schedule_.run_time_s = 0.1;
  std::vector<results::RunRow> rows;
  EXPECT_EQ(repeats_of(plan_, 0, schedule_, rows), 1) << "nothing is known";
  for (const results::Slot& slot : next_slots(plan_, schedule_, rows)) {
    const bool is_pipe = plan_.cells[slot.cell_number].transport == &pipe_;
    const bool transport = plan_.cells[slot.cell_number].subject.kind == SubjectKind::transport;
    rows.push_back(row(slot, rows.size(), is_pipe ? 0.03 : transport ? 0.05 : 0.0001));
  }
  for (std::size_t condition = 0; condition < plan_.conditions; ++condition)
    EXPECT_EQ(repeats_of(plan_, condition, schedule_, rows), 4) << condition;
  schedule_.run_time_s = 1e9;
  EXPECT_EQ(repeats_of(plan_, 0, schedule_, rows), repeats_max);
  schedule_.run_time_s = 0;
  EXPECT_EQ(repeats_of(plan_, 0, schedule_, rows), 1);
}

TEST(Settled, NarrowTwiceAndOfEnoughRuns) {
  const std::vector<double> steady(9, 1.0);
  EXPECT_TRUE(is_settled(steady, 0.02));
  EXPECT_FALSE(is_settled(std::span{steady}.first(6), 0.02));
  EXPECT_TRUE(is_settled(std::span{steady}.first(7), 0.02));
  const std::vector<double> wide = {1, 1.2, 0.8, 1.1, 0.9, 1, 1.2, 0.8, 1.1};
  EXPECT_FALSE(is_settled(wide, 0.02));
  EXPECT_TRUE(is_settled(wide, 0.5));
  EXPECT_FALSE(is_settled({}, 0.02));
}

TEST(ScheduleText, ChangesWithWhateverIsAsked) {
  std::set<std::string> texts = {canonical_text(Schedule{})};
  const auto expect_other = [&](auto change) {
    Schedule schedule;
    change(schedule);
    EXPECT_TRUE(texts.insert(canonical_text(schedule)).second);
  };
  expect_other([](Schedule& s) { s.blocks = 5; });
  expect_other([](Schedule& s) { s.blocks_max = 7; });
  expect_other([](Schedule& s) { s.warmup_blocks = 2; });
  expect_other([](Schedule& s) { s.seed = 2; });
  expect_other([](Schedule& s) { s.precision = 0.03; });
  expect_other([](Schedule& s) { s.decide = Decide::best; });
  expect_other([](Schedule& s) { s.decide = Decide::order; });
  expect_other([](Schedule& s) { s.time_budget_s = 60; });
  expect_other([](Schedule& s) { s.run_time_s = 0.2; });
  expect_other([](Schedule& s) { s.attempts_max = 3; });
  EXPECT_EQ(texts.count(canonical_text(Schedule{})), 1U);
}

// ---------------------------------------------------------------- cost

TEST(CostLine, FitsAndIsNeverNegative) {
  const std::vector<stats::Observation> line = {{0, 2}, {10, 4}, {20, 6}};
  EXPECT_DOUBLE_EQ(fit_line(line).base_s, 2);
  EXPECT_DOUBLE_EQ(fit_line(line).per_number_s, 0.2);
  const std::vector<stats::Observation> through_nought = {{10, 1},
                                                          {20, 4}};  // least squares alone would begin at -2
  EXPECT_DOUBLE_EQ(fit_line(through_nought).base_s, 0);
  EXPECT_DOUBLE_EQ(fit_line(through_nought).per_number_s, 90.0 / 500);
  const std::vector<stats::Observation> falling = {{10, 4}, {20, 2}};
  EXPECT_DOUBLE_EQ(fit_line(falling).at(1000), 3);
  const std::vector<stats::Observation> one = {{10, 4}};
  EXPECT_DOUBLE_EQ(fit_line(one).at(10), 4);
}

TEST_F(Scheduling, TheEstimateIsWhatTheRowsWouldCostAgain) {
  const auto rows = record(steady);
  double cost_s = 0;
  for (const results::RunRow& row : rows) cost_s += row.is_ok() ? *row.cost_s : 0;
  const auto estimate = estimated_cost(plan_, schedule_, rows);
  ASSERT_TRUE(estimate);
  EXPECT_NEAR(estimate->total_s, cost_s, 1e-6);

  schedule_.run_time_s = 5;  // five runs of a second for each counted row
  const SweepCost longer = *estimated_cost(plan_, schedule_, rows);
  EXPECT_NEAR(longer.total_s, cost_s * (2 + 5 * 3) / 5, 1e-6);
  EXPECT_NEAR(longer.least_s, cost_s * (2 + 5) / 5, 1e-6);
  schedule_.time_budget_s = longer.least_s + 0.5;
  EXPECT_EQ(estimated_cost(plan_, schedule_, rows)->total_s, schedule_.time_budget_s);
  schedule_.time_budget_s = longer.least_s / 2;  // no budget cuts the first counted block short
  EXPECT_EQ(estimated_cost(plan_, schedule_, rows)->total_s, longer.least_s);
  EXPECT_FALSE(estimated_cost(plan_, schedule_, {}));
}

TEST_F(Scheduling, NoEstimateForWhatIsMuchLargerThanAnythingSeen) {
  const auto rows = record(steady);
  for (cell::Cell& cell : plan_.cells) cell.numbers *= 100;
  EXPECT_FALSE(estimated_cost(plan_, schedule_, rows));
}

TEST(CostEstimate, WhatRanCostsWhatItTookLastAndTheOthersTheMeanOfEachNumber) {
  CostEstimate costs({10, 10, 10, 10});
  EXPECT_FALSE(costs.known());
  EXPECT_EQ(costs.cost_s(3), 0);
  costs.ran(1, 2);
  EXPECT_TRUE(costs.known());
  EXPECT_EQ(costs.cost_s(3), 2);
  costs.ran(1, 4);
  costs.ran(2, 1);
  EXPECT_EQ(costs.cost_s(1), 4);
  EXPECT_EQ(costs.cost_s(2), 1);
  EXPECT_EQ(costs.cost_s(3), 2.5);
  const std::vector<results::Slot> rest = {{.cell_number = 1}, {.cell_number = 3}};
  EXPECT_EQ(costs.left_s(rest, 0), 6.5);
  EXPECT_EQ(costs.left_s(rest, 2), 6.5 + 2 * 10);
  CostEstimate sizes({10, 1000});
  sizes.ran(0, 2);
  EXPECT_EQ(sizes.cost_s(1), 200);
}

}  // namespace
}  // namespace ipcsort::sweep
