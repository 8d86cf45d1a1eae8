// From what a run says of itself to its row: figures that cannot be are no result.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "bench/results/run_row.hpp"

namespace ipcsort::results {
namespace {

using ::testing::HasSubstr;

constexpr std::int64_t ms = 1'000'000;

cell::Cell cell_of(pipeline::SubjectKind kind) {
  cell::Cell cell;
  cell.subject.kind = kind;
  cell.workers = 2;
  return cell;
}

pipeline::RunResult good_result() {
  pipeline::RunResult result;
  result.status = pipeline::Status::ok;
  pipeline::RunFigures& figures = result.figures;
  figures.total_ns = 100 * ms;
  figures.merge_ns = 20 * ms;
  figures.max.transfer_ns = figures.path.transfer_ns = figures.mean.transfer_ns = 30 * ms;
  figures.parent.user_ns = 50 * ms;
  figures.parent.system_ns = 10 * ms;
  figures.workers.user_ns = 40 * ms;
  figures.workers.system_ns = 5 * ms;
  return result;
}

RunRow row_of(const pipeline::RunResult& result,
              pipeline::SubjectKind kind = pipeline::SubjectKind::transport) {
  return row_for(cell_of(kind), {}, result, {}, {});
}

TEST(ImpossibleFigure, NoneInAnOrdinaryRun) {
  EXPECT_EQ(impossible_figure(row_of(good_result())), "");
  EXPECT_EQ(row_of(good_result()).status, RunStatus::ok);
}

TEST(ImpossibleFigure, MakesTheRunAnErrorThatSaysWhich) {
  const std::vector<std::pair<std::string, std::function<void(pipeline::RunFigures&)>>> cases = {
      {"total_s is -", [](auto& figures) { figures.total_ns = -1; }},
      {"verify_s is -", [](auto& figures) { figures.verify_ns = -1; }},
      {"parent_user_s is -", [](auto& figures) { figures.parent.user_ns = -1; }},
      {"workers_system_s is -", [](auto& figures) { figures.workers.system_ns = -1; }},
      {"wait_s_max is -", [](auto& figures) { figures.max.wait_ns = -1; }},
      {"faults_minor is -", [](auto& figures) { figures.workers.faults_minor = -1; }},
      {"merge_s is 0.101, more than all of the run", [](auto& figures) { figures.merge_ns = 101 * ms; }},
      {"sort_s_max is 0.2, more", [](auto& figures) { figures.max.sort_ns = 200 * ms; }},
      {"path_parse_s is 0.2, more", [](auto& figures) { figures.path.parse_ns = 200 * ms; }}};
  for (const auto& [says, change] : cases) {
    pipeline::RunResult result = good_result();
    change(result.figures);
    const RunRow row = row_of(result);
    EXPECT_EQ(row.status, RunStatus::error) << says;
    EXPECT_THAT(row.error, HasSubstr(says));
    EXPECT_FALSE(row.total_s) << "no figure of it counts";
  }
}

// In threads the parent's time is what remains of the process's. Its split is an estimate, its sum is not.
TEST(ImpossibleFigure, NotTheParentsTimeBesideThreads) {
  pipeline::RunResult result = good_result();
  result.figures.parent.user_ns = 38 * ms;  // less than the workers', which took 40
  RunRow row = row_of(result, pipeline::SubjectKind::threads);
  EXPECT_EQ(row.status, RunStatus::ok) << row.error;
  EXPECT_DOUBLE_EQ(*row.parent_user_s, 0);
  EXPECT_DOUBLE_EQ(*row.parent_system_s, 0.003);  // 10 - 5 - 2
  result.figures.parent.user_ns = 41 * ms;
  result.figures.parent.system_ns = 3 * ms;
  row = row_of(result, pipeline::SubjectKind::threads);
  EXPECT_EQ(row.status, RunStatus::ok) << row.error;
  EXPECT_DOUBLE_EQ(*row.parent_user_s + *row.parent_system_s, 0) << "both together had less than the workers";
}

}  // namespace
}  // namespace ipcsort::results
