// What a program reports of a run, and which cells two programs are compared in.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "bench/gate/cell_list.hpp"
#include "bench/gate/program.hpp"
#include "bench/gate/reported_run.hpp"
#include "sys/error.hpp"
#include "tests/support.hpp"

namespace ipcsort::gate {
namespace {

using pipeline::Metric;
using pipeline::Placement;
using test::message_of;
using test::NamedTransport;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using ::testing::Not;

// ---------------------------------------------------------------- runs

nlohmann::json good_report() {
  return {{"status", "ok"},
          {"error", nullptr},
          {"repeats", 3},
          {"disturbed", 1},
          {"total_s", 0.2},
          {"transfer_window_s", 0.05},
          {"parent_user_s", 0.1},
          {"parent_system_s", 0.01},
          {"workers_user_s", 0.2},
          {"workers_system_s", 0.02},
          {"payload_bytes", 400'000},
          {"steps", 16},
          {"faults_minor", 500},
          {"parent_rss_bytes_max", 4e6},
          {"worker_rss_bytes_max", 2e6}};
}

ReportedRun run_from(const nlohmann::json& json, Metric metric = Metric::total) {
  return read_reported_run(json.dump(), metric);
}

TEST(ReportedRun, HasTheFiguresOfTheRun) {
  const ReportedRun run = run_from(good_report());
  EXPECT_EQ(run.status, ReportedRun::Status::ok);
  EXPECT_EQ(run.total_s, 0.2);
  EXPECT_EQ(run.figures.time_s, 0.2);
  EXPECT_EQ(run.figures.payload_bytes, 400'000);
  EXPECT_EQ(run.figures.steps, 16);
  EXPECT_EQ(run.figures.faults, 500);
  EXPECT_EQ(run.figures.memory_bytes, 6e6);
}

TEST(ReportedRun, TheMetricIsTheTimeThatCounts) {
  EXPECT_EQ(run_from(good_report(), Metric::transfer).figures.time_s, 0.05);
  EXPECT_DOUBLE_EQ(run_from(good_report(), Metric::cpu).figures.time_s, 0.33);
}

TEST(ReportedRun, WhatIsNotOkIsAFailedRun) {
  nlohmann::json json = good_report();
  json["status"] = "peer_died";
  json["error"] = "worker 1 was killed";
  EXPECT_EQ(run_from(json).status, ReportedRun::Status::failed);
  EXPECT_EQ(run_from(json).reason, "peer_died: worker 1 was killed");
  for (const std::string text : {"", "hello", "[1]", "{\"status\":", "7"}) {
    const ReportedRun run = read_reported_run("first\n" + text, Metric::total);
    EXPECT_EQ(run.status, ReportedRun::Status::failed) << text;
    EXPECT_THAT(run.reason, HasSubstr("no JSON object"));
  }
}

TEST(ReportedRun, ARunWithoutTheTimeHasFailed) {
  nlohmann::json json = good_report();
  json["transfer_window_s"] = nullptr;
  EXPECT_EQ(run_from(json).status, ReportedRun::Status::ok);
  EXPECT_EQ(run_from(json, Metric::transfer).reason, "a run has no transfer time");
  json["total_s"] = 0;
  EXPECT_EQ(run_from(json).reason, "a run has no total time");
}

TEST(ReportedRun, AFieldThatIsNotThereMeansAnotherVersion) {
  for (const char* name :
       {"status", "repeats", "disturbed", "total_s", "payload_bytes", "steps", "faults_minor"}) {
    nlohmann::json json = good_report();
    json.erase(name);
    EXPECT_THAT(message_of<NotComparable>([&] { run_from(json); }), HasSubstr(std::string{"'"} + name + "'"));
  }
}

TEST(LastLine, IsTheLastWithWordsAndFitForAMessage) {
  EXPECT_EQ(last_line(""), "");
  EXPECT_EQ(last_line("one\ntwo\n\n"), "two");
  EXPECT_EQ(last_line("a\tb"), "a\\x09b");
  EXPECT_LE(last_line(std::string(100'000, 'x')).size(), 300U);
}

// ---------------------------------------------------------------- cells

class CellListTest : public ::testing::Test {
 protected:
  [[nodiscard]] cell::Plan plan(bool with_serial = false) const {
    cell::Grid grid;
    for (const NamedTransport* transport : {&pipe_, &ring_, &broken_}) {
      grid.subjects.push_back({pipeline::SubjectKind::transport, transport, {}});
    }
    if (with_serial) grid.subjects.push_back({pipeline::SubjectKind::serial, nullptr, {}});
    grid.files = {2};
    grid.numbers = {1000};
    grid.workers = {2};
    grid.axes["transfer"] = {"barrier"};
    grid.axes["handover"] = {"copy", "lend"};
    grid.settings.placement = Placement::one;
    return make_plan(grid);
  }
  static CellListRequest request() {
    CellListRequest request;
    request.baseline_transports = request.candidate_transports = {"pipe", "ring", "broken"};
    return request;
  }
  static std::vector<std::string> names(const CellList& list) {
    std::vector<std::string> names;
    for (const PairedCell& cell : list.cells) names.push_back(cell.name);
    return names;
  }
  static std::vector<std::string> one_sided(const CellList& list) {
    std::vector<std::string> texts;
    for (const CellVerdict& cell : list.one_sided)
      texts.push_back(std::string{to_string(cell.verdict)} + " " + cell.cell);
    return texts;
  }

  NamedTransport pipe_{"pipe"};
  NamedTransport ring_{"ring", {}, 2, true};
  NamedTransport broken_{"broken", "no such device"};
};

TEST_F(CellListTest, HasEveryUsableCellByName) {
  const CellList list = list_cells(plan(), request());
  EXPECT_THAT(names(list), ElementsAre("pipe, 2 files, 1K numbers, 2 workers, barrier, on one CPU",
                                       "ring, 2 files, 1K numbers, 2 workers, barrier, on one CPU",
                                       "ring lend, 2 files, 1K numbers, 2 workers, barrier, on one CPU"));
  EXPECT_THAT(list.one_sided, IsEmpty());
  EXPECT_THAT(list.left_out, ElementsAre(HasSubstr("no such device")));
}

TEST_F(CellListTest, TheWordsMakeTheVeryCell) {
  CellListRequest more = request();
  more.more_words = {"--cache-dir", "/c"};
  const std::vector<std::string> words = list_cells(plan(), more).cells[2].words;
  EXPECT_EQ(words.front(), "run");
  const auto value = [&](const std::string& option) {
    return *(std::find(words.begin(), words.end(), option) + 1);
  };
  EXPECT_EQ(value("--transports"), "ring");
  EXPECT_EQ(value("--handover"), "lend");
  EXPECT_EQ(value("--placement"), "one");
  EXPECT_EQ(value("--numbers"), "1000");
  EXPECT_EQ(value("--format"), "json");
  EXPECT_EQ(value("--cache-dir"), "/c");
}

TEST_F(CellListTest, TheUsersFilesStandForTheAxes) {
  cell::Plan own = plan();
  own.data.inputs = {"a.txt", "b.txt"};
  const std::vector<std::string> words = list_cells(own, request()).cells[0].words;
  EXPECT_THAT(words, IsSupersetOf({"--input", "a.txt", "b.txt"}));
  EXPECT_THAT(words, Not(Contains("--numbers")));
}

TEST_F(CellListTest, WhatOnlyOneProgramHasIsNewOrMissing) {
  CellListRequest differ = request();
  differ.baseline_transports = {"pipe", "older", "both"};
  differ.candidate_transports = {"ring", "newer", "both"};
  CellList list = list_cells(plan(true), differ);
  EXPECT_THAT(names(list), ElementsAre(HasSubstr("serial")));
  EXPECT_THAT(one_sided(list),
              ElementsAre(HasSubstr("missing pipe"), HasSubstr("new ring, "), HasSubstr("new ring lend")));
  EXPECT_THAT(list.left_out, ElementsAre(HasSubstr("neither program")));
  differ.all_transports = true;
  list = list_cells(plan(), differ);
  EXPECT_THAT(one_sided(list), IsSupersetOf({"missing older", "new newer"}));
  EXPECT_THAT(list.left_out, Contains(HasSubstr("both: both programs have it")));
}

TEST_F(CellListTest, EachTransportCrossesCoresOnce) {
  const std::vector<cell::Cell> cells = cross_core_cells(plan(true));
  std::vector<std::string> texts;
  for (const cell::Cell& cell : cells) {
    EXPECT_EQ(cell.settings.placement, Placement::spread);
    texts.push_back(cell::label(cell.subject) + " " + std::string{to_string(cell.settings.handover)});
  }
  EXPECT_THAT(texts, ElementsAre("pipe copy", "ring copy", "broken copy"));
}

}  // namespace
}  // namespace ipcsort::gate
