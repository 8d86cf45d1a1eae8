// Which cells two programs are compared in, and by which time each.
#include "bench/gate/cell_list.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/tune/support.hpp"

namespace ipcsort::gate {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;
using ::testing::SizeIs;

cell::Cell pipe_cell(pipeline::TransferMode transfer) {
  cell::Cell cell = tune::test::cell_of(tune::test::pipe());
  cell.settings.transfer = transfer;
  cell.settings = cell.settings.settled();
  return cell;
}

CellListRequest both_have_pipe() {
  CellListRequest request;
  request.baseline_transports = request.candidate_transports = {"pipe"};
  return request;
}

TEST(CellList, SteadyCellsAreComparedByTheTransferAndOthersByWhatWasAskedFor) {
  cell::Plan plan;
  plan.cells = {pipe_cell(pipeline::TransferMode::steady), pipe_cell(pipeline::TransferMode::barrier)};
  const CellList list = list_cells(plan, both_have_pipe());
  ASSERT_THAT(list.cells, SizeIs(2));
  EXPECT_EQ(list.cells[0].metric, pipeline::Metric::transfer);
  EXPECT_THAT(list.cells[0].words, Contains("steady"));
  EXPECT_EQ(list.cells[1].metric, pipeline::Metric::total);
  EXPECT_NE(list.cells[0].name, list.cells[1].name);
}

TEST(CellList, WhatOneProgramLacksIsSaidOfTheTimeThatWouldBeCompared) {
  cell::Plan plan;
  plan.cells = {pipe_cell(pipeline::TransferMode::steady)};
  CellListRequest request = both_have_pipe();
  request.baseline_transports.clear();
  const CellList list = list_cells(plan, request);
  EXPECT_THAT(list.cells, IsEmpty());
  ASSERT_THAT(list.one_sided, SizeIs(1));
  EXPECT_EQ(list.one_sided[0].verdict, Verdict::new_cell);
  EXPECT_EQ(list.one_sided[0].metric, "transfer");
}

TEST(CellList, WhatIsInNoSteadyTimeIsMeasuredInOneCellMore) {
  cell::Plan plan;
  plan.cells = {pipe_cell(pipeline::TransferMode::steady), pipe_cell(pipeline::TransferMode::steady)};
  plan.cells[0].skip_reason = "not on this machine";
  plan.cells[1].settings.handover = pipeline::Handover::lend;
  const auto whole = whole_run_cell(plan);
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->settings.transfer, pipeline::TransferMode::barrier);
  EXPECT_EQ(whole->settings.rounds, pipeline::Rounds::one);
  EXPECT_EQ(whole->settings.handover, pipeline::Handover::lend);

  plan.cells.push_back(pipe_cell(pipeline::TransferMode::barrier));
  EXPECT_FALSE(whole_run_cell(plan));
  EXPECT_FALSE(whole_run_cell({}));
}

}  // namespace
}  // namespace ipcsort::gate
