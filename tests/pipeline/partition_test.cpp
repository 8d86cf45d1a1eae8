// Who reads what, the names of the settings, and the texts that ask for a fault.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "bench/pipeline/fault.hpp"
#include "bench/pipeline/partition.hpp"
#include "bench/pipeline/settings.hpp"
#include "sys/error.hpp"

namespace ipcsort::pipeline {
namespace {

using datagen::InputFile;
using datagen::Segment;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<InputFile> files_of(const std::vector<std::uint64_t>& sizes) {
  std::vector<InputFile> files;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    files.push_back({"file" + std::to_string(i),
                     sizes[i],
                     1000 + static_cast<std::int64_t>(i),
                     {.count = (sizes[i] + 1) / 2}});
  }
  return files;
}

std::vector<Segment> segments_of(const WorkerPlan& plan) {
  std::vector<Segment> all;
  for (const RunPlan& run : plan.runs) all.insert(all.end(), run.segments.begin(), run.segments.end());
  return all;
}

std::uint64_t bytes_of(const WorkerPlan& plan) {
  std::uint64_t bytes = 0;
  for (const Segment& segment : segments_of(plan)) bytes += segment.end_bytes - segment.begin_bytes;
  return bytes;
}

// Every byte of every file once, in order, under the file's own size and time.
void expect_whole(const std::vector<InputFile>& files, const std::vector<WorkerPlan>& plans) {
  std::map<std::string, std::vector<Segment>> by_path;
  for (const WorkerPlan& plan : plans) {
    for (const Segment& segment : segments_of(plan)) by_path[segment.path].push_back(segment);
  }
  EXPECT_EQ(by_path.size(), files.size());
  for (const InputFile& file : files) {
    std::uint64_t at = 0;
    ASSERT_FALSE(by_path[file.path].empty()) << file.path << " belongs to nobody";
    for (const Segment& segment : by_path[file.path]) {
      EXPECT_EQ(segment.begin_bytes, at) << file.path;
      EXPECT_GE(segment.end_bytes, segment.begin_bytes) << file.path;
      EXPECT_EQ(segment.file_bytes, file.bytes) << file.path;
      EXPECT_EQ(segment.mtime_ns, file.mtime_ns) << file.path;
      at = segment.end_bytes;
    }
    EXPECT_EQ(at, file.bytes) << file.path;
  }
}

struct Case {
  std::string name;
  std::vector<std::uint64_t> sizes;
  int workers;
};

class ShareOut : public ::testing::TestWithParam<std::tuple<Case, Merge>> {};

TEST_P(ShareOut, GivesEveryByteToOneWorkerAndEveryWorkerAFile) {
  const auto& [what, merge] = GetParam();
  const std::vector<InputFile> files = files_of(what.sizes);
  const std::vector<WorkerPlan> plans = share_out(files, what.workers, merge);
  ASSERT_EQ(plans.size(), static_cast<std::size_t>(what.workers));
  expect_whole(files, plans);
  for (const WorkerPlan& plan : plans) {
    const std::vector<Segment> segments = segments_of(plan);
    ASSERT_FALSE(segments.empty()) << "a worker without a file";
    EXPECT_EQ(plan.runs.size(), merge == Merge::multiway ? 1 : segments.size());
    for (const RunPlan& run : plan.runs) {
      std::uint64_t numbers = 0;  // "1 1 1 1": every other byte, and the one that began before
      for (const Segment& segment : run.segments)
        numbers += (segment.end_bytes - segment.begin_bytes + 1) / 2;
      EXPECT_GE(run.numbers_max, numbers);
      EXPECT_LE(run.numbers_likely, run.numbers_max);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, ShareOut,
    ::testing::Combine(
        ::testing::Values(Case{"more_files_than_workers", {10, 20, 30, 40, 50, 60, 70}, 3},
                          Case{"as_many", {10, 20, 30, 40}, 4},
                          Case{"more_workers_than_files", {1000, 1000, 1000}, 8},
                          Case{"one_file_many_workers", {1'000'003}, 33}, Case{"one_and_one", {17}, 1},
                          Case{"very_unequal", {1, 5'000'000'000, 3, 2, 700}, 4},
                          Case{"very_unequal_cut", {1, 5'000'000'000, 3}, 16},
                          Case{"empty_files", {0, 0, 0, 0, 0}, 3}, Case{"empty_and_full", {0, 0, 1000, 0}, 4},
                          Case{"empty_file_cut", {0}, 4}, Case{"fewer_bytes_than_workers", {3}, 8},
                          Case{"huge", {std::uint64_t{1} << 62}, 7}),
        ::testing::Values(Merge::multiway, Merge::concat)),
    [](const auto& param) {
      return std::get<0>(param.param).name + "_" + std::string{to_string(std::get<1>(param.param))};
    });

TEST(ShareOutBalance, LargestFileFirstEachToTheLightest) {
  const auto plans = share_out(files_of({10, 80, 30, 50, 40}), 2, Merge::multiway);
  // 80 | 50, 40 -> 90 | 80 takes 30 | 90 takes 10; within a worker in the user's order.
  EXPECT_EQ(bytes_of(plans[0]), 110U);
  EXPECT_EQ(bytes_of(plans[1]), 100U);
  std::vector<std::string> names;
  for (const Segment& segment : segments_of(plans[1])) names.push_back(segment.path);
  EXPECT_THAT(names, ElementsAre("file0", "file3", "file4"));
}

TEST(ShareOutBalance, NoWorkerGetsMoreThanTheLightestByMoreThanAFile) {
  const std::vector<std::uint64_t> sizes = {7, 100, 31, 64, 64, 2, 9, 55, 80, 12, 90};
  for (int workers = 1; workers <= 11; ++workers) {
    const auto plans = share_out(files_of(sizes), workers, Merge::concat);
    std::vector<std::uint64_t> loads;
    for (const WorkerPlan& plan : plans) loads.push_back(bytes_of(plan));
    const auto [least, most] = std::minmax_element(loads.begin(), loads.end());
    EXPECT_LE(*most - *least, 100U) << workers;
  }
}

TEST(ShareOutBalance, LargerFilesAreCutIntoMorePieces) {
  const auto plans = share_out(files_of({1000, 3000}), 4, Merge::multiway);
  std::vector<std::uint64_t> loads;
  for (const WorkerPlan& plan : plans) loads.push_back(bytes_of(plan));
  EXPECT_THAT(loads, ElementsAre(1000U, 1000U, 1000U, 1000U));
}

TEST(ShareOutBalance, PiecesOfOneFileDifferByABitOfRoundingOnly) {
  const auto plans = share_out(files_of({1'000'003}), 7, Merge::multiway);
  for (const WorkerPlan& plan : plans) EXPECT_NEAR(static_cast<double>(bytes_of(plan)), 1'000'003 / 7.0, 1.0);
}

template <typename Action>
std::string usage_error_of(Action action) {
  try {
    action();
  } catch (const UsageError& error) {
    return error.what();
  }
  return "no UsageError";
}

TEST(ShareOutRefuses, NoFileAndNoWorker) {
  EXPECT_THAT(usage_error_of([] { share_out({}, 1, Merge::multiway); }), HasSubstr("no input file"));
  const auto files = files_of({1});
  EXPECT_THAT(usage_error_of([&] { share_out(files, 0, Merge::multiway); }),
              HasSubstr("at least one worker"));
  EXPECT_THAT(usage_error_of([&] { share_out(files, -3, Merge::multiway); }),
              HasSubstr("at least one worker"));
}

// ---------------------------------------------------------------- names of settings

template <typename Setting>
void expect_round_trip(const std::string& setting, const std::string& values) {
  EXPECT_EQ(all_words<Setting>(), values);
  std::string rebuilt;
  for (std::size_t begin = 0; begin <= values.size();) {
    const std::size_t end = std::min(values.find('|', begin), values.size());
    const std::string name = values.substr(begin, end - begin);
    EXPECT_EQ(pipeline::to_string(parse_word<Setting>(setting, name)), name);
    begin = end + 1;
  }
  for (const std::string bad : {"", "Values", "vqsort ", "|", "threads\n"}) {
    const std::string text = usage_error_of([&] { (void)parse_word<Setting>(setting, bad); });
    EXPECT_THAT(text, HasSubstr(setting + " cannot be '"));
    EXPECT_THAT(text, HasSubstr(values));
    EXPECT_EQ(text.find('\n'), std::string::npos);
  }
}

TEST(Settings, NamesReadBackAndOthersAreRefusedWithTheList) {
  expect_round_trip<Sorter>("sorter", "vqsort|std|qsort");
  expect_round_trip<datagen::Parser>("parser", "simd|from_chars|fscanf");
  expect_round_trip<Drain>("drain", "threads|sequential");
  expect_round_trip<TransferMode>("transfer", "overlap|barrier|steady");
  expect_round_trip<Merge>("merge", "multiway|streaming|concat");
  expect_round_trip<Handover>("handover", "copy|lend");
  expect_round_trip<sys::Pages>("pages", "base|huge");
}

TEST(Settings, NamesMeanTheValuesTheySay) {
  EXPECT_EQ(parse_word<Sorter>("", "qsort"), Sorter::qsort);
  EXPECT_EQ(parse_word<datagen::Parser>("", "fscanf"), datagen::Parser::fscanf);
  EXPECT_EQ(parse_word<Drain>("", "sequential"), Drain::sequential);
  EXPECT_EQ(parse_word<TransferMode>("", "barrier"), TransferMode::barrier);
  EXPECT_EQ(parse_word<Merge>("", "concat"), Merge::concat);
  EXPECT_EQ(parse_word<sys::Pages>("", "huge"), sys::Pages::huge);
}

// ---------------------------------------------------------------- IPCSORT_FAULT

TEST(ParseFault, EmptyIsNoFault) { EXPECT_FALSE(parse_fault("", 4).has_value()); }

TEST(ParseFault, EveryPointWithEveryAction) {
  for (const std::string point :
       {"after_fork", "attached", "ready", "header_sent", "mid_payload", "before_last_byte", "sent"}) {
    for (const auto& [text, action] :
         std::map<std::string, Fault::Action>{{"kill", Fault::Action::kill},
                                              {"stop", Fault::Action::stop},
                                              {"exit", Fault::Action::exit},
                                              {"delay=50", Fault::Action::delay}}) {
      const auto fault = parse_fault(point + ":" + text, 3);
      ASSERT_TRUE(fault.has_value());
      EXPECT_EQ(fault->point, point);
      EXPECT_EQ(fault->action, action);
      EXPECT_EQ(fault->delay_ms, action == Fault::Action::delay ? 50 : 0);
      EXPECT_EQ(fault->worker, 1);
    }
  }
}

TEST(ParseFault, TheWorkerIsTheSecondOrTheOnlyOneOrTheOneNamed) {
  EXPECT_EQ(parse_fault("ready:kill", 2)->worker, 1);
  EXPECT_EQ(parse_fault("ready:kill", 1)->worker, 0);
  EXPECT_EQ(parse_fault("ready:kill:3", 4)->worker, 3);
  EXPECT_EQ(parse_fault("ready:delay=0:0", 4)->worker, 0);
}

TEST(ParseFault, BadTextsAreRefusedWithTheFormAndThePoints) {
  for (const std::string bad :
       {"kill", "ready", "ready:", ":kill", "ready:kill:", "ready:kill:x", "ready:kill:-1", "ready:kill:1:2",
        "ready:delay", "ready:delay=", "ready:delay=5x", "ready:delay=-5", "ready:delay=99999999999",
        "ready:Kill", "nowhere:kill", "ready :kill", "ready:kill:1 ", "ready:kill=3"}) {
    const std::string text = usage_error_of([&] { parse_fault(bad, 4); });
    EXPECT_THAT(text, HasSubstr("IPCSORT_FAULT='" + bad + "'"));
    EXPECT_THAT(text, HasSubstr("kill|stop|exit|delay=MS"));
    EXPECT_THAT(text, HasSubstr("before_last_byte"));
  }
}

TEST(FaultPointsCut, OnlyWhereTheFaultStrikesInsideThePayloadOfThisWorker) {
  Scoreboard board(2);
  const auto middle = parse_fault("mid_payload:kill:1", 2);
  EXPECT_EQ(FaultPoints(middle, 1, board.worker(1)).cut(1000), 500U);
  EXPECT_EQ(FaultPoints(middle, 0, board.worker(0)).cut(1000), 1000U);
  EXPECT_EQ(FaultPoints(middle, 1, board.worker(1)).cut(0), 0U);
  EXPECT_EQ(FaultPoints(parse_fault("before_last_byte:kill:1", 2), 1, board.worker(1)).cut(1000), 999U);
  EXPECT_EQ(FaultPoints(parse_fault("sent:kill:1", 2), 1, board.worker(1)).cut(1000), 1000U);
  EXPECT_EQ(FaultPoints(std::nullopt, 1, board.worker(1)).cut(1000), 1000U);
}

TEST(FaultPointsAt, ADelayIsNotedOnTheBoardAndNothingElseHappens) {
  Scoreboard board(1);
  const auto fault = parse_fault("ready:delay=1", 1);
  const FaultPoints points(fault, 0, board.worker(0));
  points.at("attached");
  EXPECT_EQ(board.worker(0).fault_at, 0);
  const sys::Nanoseconds before = sys::now_ns();
  points.at("ready");
  EXPECT_GE(board.worker(0).fault_at, before);
  EXPECT_GE(sys::now_ns() - board.worker(0).fault_at, 1'000'000);
}

}  // namespace
}  // namespace ipcsort::pipeline
