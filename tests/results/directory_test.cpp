// The directory of a sweep, and the loop that fills it, with a runner that never forks.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "bench/results/directory.hpp"
#include "bench/sweep/loop.hpp"
#include "sys/fd.hpp"
#include "sys/file.hpp"
#include "tests/support.hpp"

namespace ipcsort::results {
namespace {

namespace fs = std::filesystem;
using pipeline::Status;
using pipeline::SubjectKind;
using test::content_of;
using test::message_of;
using test::NamedTransport;
using test::ScratchDirectory;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

RunRow row(std::uint64_t seq, RunStatus status = RunStatus::ok, const std::string& error = {}) {
  RunRow row;
  row.seq = seq;
  row.status = status;
  row.error = error;
  row.block = static_cast<int>(seq);
  row.cell.subject.name = "pipe";
  row.total_s = row.transfer_window_s = 0.25;
  return row;
}

std::vector<std::uint64_t> seqs_of(const std::vector<RunRow>& rows) {
  std::vector<std::uint64_t> seqs;
  for (const RunRow& r : rows) seqs.push_back(r.seq);
  return seqs;
}

nlohmann::ordered_json meta(const std::string& hash, bool finished = false) {
  nlohmann::ordered_json meta{{"plan", {{"hash", hash}}}, {"argv", {"ipcsort", "sweep", "--numbers", "7"}}};
  if (finished) meta["finished_utc"] = "2026-01-01T00:00:00Z";
  return meta;
}

class Directory : public ::testing::Test {
 protected:
  [[nodiscard]] ResultDirectory::Request request(bool fresh = false) const {
    ResultDirectory::Request request;
    request.path = scratch_.path("out");
    request.plan_hash = "plan-a";
    request.fresh = fresh;
    return request;
  }
  // A sweep of two runs that was broken off.
  void begin_sweep() const {
    ResultDirectory results(request());
    results.write_meta(meta("plan-a"));
    results.append(row(0));
    results.append(row(1, RunStatus::error, "a,b \"c\"\nd"));
  }
  void begin_sweep_anew() const {
    fs::remove_all(scratch_.path("out"));
    begin_sweep();
  }
  [[nodiscard]] std::string runs_path() const { return scratch_.path("out/runs.csv"); }
  [[nodiscard]] std::string runs_text() const { return content_of(runs_path()); }
  [[nodiscard]] std::string refusal(const ResultDirectory::Request& wanted) const {
    return message_of<UsageError>([&] { ResultDirectory{wanted}; });
  }
  void add_to_runs(const std::string& text) const { std::ofstream(runs_path(), std::ios::app) << text; }

  ScratchDirectory scratch_;
};

TEST_F(Directory, AFreshOneHoldsTheHeaderAndThenWholeRows) {
  ResultDirectory results(request());
  EXPECT_THAT(results.rows(), IsEmpty());
  EXPECT_FALSE(results.finished());
  EXPECT_EQ(runs_text(), text::header_line(run_columns()));
  results.append(row(0));
  EXPECT_EQ(runs_text(), text::header_line(run_columns()) + text::row_line(run_columns(), row(0)));
  EXPECT_EQ(seqs_of(results.rows()), (std::vector<std::uint64_t>{0}));
}

TEST_F(Directory, AnUnfinishedSweepOfTheSamePlanIsTakenUp) {
  begin_sweep();
  ResultDirectory results(request());
  EXPECT_THAT(seqs_of(results.rows()), ElementsAre(0U, 1U));
  EXPECT_EQ(results.rows()[1].error, "a,b \"c\"\nd");
  EXPECT_FALSE(results.finished());
  results.append(row(2));
  EXPECT_THAT(seqs_of(load_runs(results.path())), ElementsAre(0U, 1U, 2U));
}

TEST_F(Directory, AFinishedOneSaysSo) {
  begin_sweep();
  ResultDirectory(request()).write_meta(meta("plan-a", true));
  const ResultDirectory results(request());
  EXPECT_TRUE(results.finished());
  EXPECT_EQ(results.rows().size(), 2U);
}

TEST_F(Directory, ABlockThatCannotBeIsRefused) {
  begin_sweep();
  for (const int block : {-1, 100'000}) {
    RunRow edited = row(0);
    edited.block = block;
    std::ofstream(scratch_.path("out/runs.csv"))
        << text::header_line(run_columns()) << text::row_line(run_columns(), edited);
    try {
      (void)load_runs(scratch_.path("out"));
      ADD_FAILURE() << "taken";
    } catch (const UsageError& error) {
      EXPECT_THAT(error.what(), HasSubstr("block " + std::to_string(block)));
    }
  }
}

TEST_F(Directory, AnotherPlanIsRefusedWithItsCommandAndTheRemedy) {
  begin_sweep();
  ResultDirectory::Request other = request();
  other.plan_hash = "plan-b";
  const std::string before = runs_text();
  const std::string text = refusal(other);
  EXPECT_THAT(text, HasSubstr("another plan, made by 'ipcsort sweep --numbers 7'"));
  EXPECT_THAT(text, HasSubstr("--fresh"));
  EXPECT_EQ(runs_text(), before);
}

TEST_F(Directory, FreshDiscardsWhatIsThereAndOnlyWhatASweepMakes) {
  begin_sweep();
  std::ofstream(scratch_.path("out/notes.txt")) << "mine";
  fs::create_directory(scratch_.path("out/charts"));
  write_summary(scratch_.path("out"), {}, {});
  ResultDirectory::Request other = request(true);
  other.plan_hash = "plan-b";
  const ResultDirectory results(other);
  EXPECT_THAT(results.rows(), IsEmpty());
  EXPECT_EQ(runs_text(), text::header_line(run_columns()));
  EXPECT_FALSE(fs::exists(scratch_.path("out/meta.json")));
  EXPECT_FALSE(fs::exists(scratch_.path("out/summary.csv")));
  EXPECT_FALSE(fs::exists(scratch_.path("out/charts")));
  EXPECT_EQ(content_of(scratch_.path("out/notes.txt")), "mine");
}

TEST_F(Directory, WhatIsNotADirectoryOrNotASweepIsRefused) {
  std::ofstream(scratch_.path("out")) << "a file";
  EXPECT_THAT(refusal(request()), HasSubstr("is not a directory"));
  EXPECT_EQ(content_of(scratch_.path("out")), "a file");
  fs::remove(scratch_.path("out"));
  fs::create_directory(scratch_.path("out"));
  std::ofstream(scratch_.path("out/notes.txt")) << "mine";
  EXPECT_THAT(refusal(request()), HasSubstr("out holds notes.txt, and nothing says that ipcsort wrote it"));
  EXPECT_FALSE(fs::exists(scratch_.path("out/.lock")));
  fs::remove(scratch_.path("out/notes.txt"));
  std::ofstream(runs_path()) << "somebody,elses\n";
  EXPECT_THAT(refusal(request()), HasSubstr("runs.csv without meta.json"));
  EXPECT_EQ(runs_text(), "somebody,elses\n");
}

TEST_F(Directory, AStartThatWasKilledBeforeItsMetaIsStartedAnew) {
  fs::create_directory(scratch_.path("out"));
  const std::string header = text::header_line(run_columns());
  for (const std::string& left : {std::string{}, header.substr(0, 7), header}) {
    std::ofstream(runs_path()) << left;
    const ResultDirectory results(request());
    EXPECT_THAT(results.rows(), IsEmpty());
    EXPECT_EQ(runs_text(), header);
  }
}

TEST_F(Directory, UnreadableMetaOrRunsAreRefusedByName) {
  begin_sweep();
  std::ofstream(scratch_.path("out/meta.json")) << "{ no json";
  EXPECT_THAT(
      refusal(request()),
      HasSubstr(
          "meta.json is not JSON (line 1, column 4); the file has been changed or cut off: restore it"));
  for (const char* damage :
       {R"({"plan": {"hash": 7}})", R"({"plan": {"hash": "a", "precision": "2%"}})",
        R"({"plan": {"hash": "a", "rows": -1}})", R"({"plan": {"hash": "a"}, "machine": []})"}) {
    std::ofstream(scratch_.path("out/meta.json")) << damage;
    EXPECT_THAT(refusal(request()), HasSubstr("restore it, or name another directory")) << damage;
  }
  std::ofstream(scratch_.path("out/meta.json")) << meta("plan-a").dump();
  add_to_runs(std::string(run_columns().size() - 1, ',') + "\n");
  EXPECT_THAT(refusal(request()), HasSubstr("runs.csv: record 4, column seq"));
  begin_sweep_anew();
  add_to_runs("2,0\n");
  EXPECT_THAT(refusal(request()), HasSubstr("runs.csv: record 4 has 2 fields"));
}

// ---------------------------------------------------------------- what a kill leaves

TEST_F(Directory, ATornLastLineIsCutOffBeforeTheNextRowIsAdded) {
  const std::string torn = text::row_line(run_columns(), row(2, RunStatus::error, "x,y \"z\"\nsecond line"));
  // Wherever the write was cut, also behind the newline inside the quotes.
  for (std::size_t cut = 1; cut < torn.size(); cut += cut < 40 ? 1 : 7) {
    SCOPED_TRACE(cut);
    begin_sweep_anew();
    const std::string before = runs_text();
    add_to_runs(torn.substr(0, cut));
    if (torn[cut - 1] == '\n') continue;
    ResultDirectory results(request());
    ASSERT_EQ(runs_text(), before);
    ASSERT_THAT(seqs_of(results.rows()), ElementsAre(0U, 1U));
    results.append(row(2));
    ASSERT_EQ(runs_text(), before + text::row_line(run_columns(), row(2)));
    ASSERT_THAT(seqs_of(load_runs(results.path())), ElementsAre(0U, 1U, 2U));
  }
}

TEST_F(Directory, ATornHeaderIsWrittenAnew) {
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, text::header_line(run_columns()).size() - 1}) {
    fs::remove_all(scratch_.path("out"));
    ResultDirectory(request()).write_meta(meta("plan-a"));
    fs::resize_file(runs_path(), size);
    ResultDirectory results(request());
    results.append(row(0));
    EXPECT_EQ(runs_text(), text::header_line(run_columns()) + text::row_line(run_columns(), row(0))) << size;
  }
}

TEST_F(Directory, MetaIsNeverHalfWritten) {
  ResultDirectory results(request());
  auto strange = meta("plan-a");
  strange["text"] = "not \xff utf-8";
  results.write_meta(strange);  // must not throw either
  for (const auto& entry : fs::directory_iterator(scratch_.path("out")))
    EXPECT_NE(entry.path().extension(), ".part") << entry.path();
  EXPECT_TRUE(load_meta(results.path()).contains("text"));
  EXPECT_THAT(
      message_of<std::system_error>([&] { sys::write_file_atomically(scratch_.path("missing/file"), "x"); }),
      HasSubstr("missing/file"));
}

TEST_F(Directory, ARunIsThereOnceAndNoneIsMissing) {
  const auto refusal_of = [&](const std::vector<RunRow>& rows) {
    begin_sweep_anew();
    std::ofstream(runs_path()) << text::csv_text(run_columns(), rows);
    return message_of<UsageError>([&] { load_runs(scratch_.path("out")); });
  };
  EXPECT_THAT(refusal_of({row(0), row(1), row(1)}), HasSubstr("two rows have seq 1"));
  const auto changes = [](const std::vector<RunRow>& rows) {
    return changes_text(rows, {{"plan", {{"cells", 1}}}});
  };
  EXPECT_EQ(changes({row(0), row(2)}), "rows are missing: seq 1; so the file has been changed");
  EXPECT_THAT(changes({row(9)}), HasSubstr("seq 0, 1, 2, 3, 4 and 4 more"));
  EXPECT_EQ(changes({row(1), row(0)}), "");
  RunRow renamed = row(1), repeated = row(1);
  renamed.cell.subject.name = "pip";
  repeated.block = 0;
  EXPECT_THAT(changes({row(0), renamed, row(2)}),
              HasSubstr("2 cells where 1 were planned, and seq 1 is of the rarest, pip"));
  EXPECT_THAT(changes({row(0), repeated}), HasSubstr("seq 0 and 1 are the same cell in the same block"));
  repeated.attempt = 2;
  EXPECT_EQ(changes({row(0), repeated}), "");
  RunRow emptied = row(1);
  emptied.total_s.reset();
  EXPECT_THAT(refusal_of({row(0), emptied}), HasSubstr("runs.csv: record 3, column total_s: it is empty"));
  EXPECT_EQ(refusal_of({row(0), row(1, RunStatus::interrupted), row(1)}), "no exception")
      << "it was made again";
  EXPECT_EQ(refusal_of({row(1), row(0)}), "no exception") << "their order is the user's";
}

// ---------------------------------------------------------------- the lock

// What a second sweep in another process is told.
std::string told_in_a_child(const ResultDirectory::Request& wanted) {
  int ends[2];
  if (::pipe(ends) != 0) return "no pipe";
  const pid_t child = ::fork();
  if (child == 0) {
    std::string text = message_of<UsageError>([&] { ResultDirectory{wanted}; });
    [[maybe_unused]] const ssize_t written = ::write(ends[1], text.data(), text.size());
    ::_exit(0);
  }
  ::close(ends[1]);
  std::string text(1000, '\0');
  const ssize_t size = ::read(ends[0], text.data(), text.size());
  ::close(ends[0]);
  ::waitpid(child, nullptr, 0);
  text.resize(static_cast<std::size_t>(std::max<ssize_t>(0, size)));
  return text;
}

TEST_F(Directory, InUseByAnotherSweepIsRefusedAlsoWithFresh) {
  std::optional<ResultDirectory> results(request());
  results->write_meta(meta("plan-a"));
  results->append(row(0));
  const std::string before = runs_text();
  EXPECT_THAT(told_in_a_child(request()), HasSubstr("is being written by another sweep"));
  EXPECT_THAT(told_in_a_child(request(true)), HasSubstr("is being written by another sweep"));
  EXPECT_EQ(runs_text(), before);
  results.reset();
  EXPECT_EQ(told_in_a_child(request()), "no exception");
}

// ---------------------------------------------------------------- below a root

TEST_F(Directory, WithoutAPathTheNewestUnfinishedOneOfThePlanIsResumed) {
  ResultDirectory::Request wanted;
  wanted.root = scratch_.path("results");
  wanted.plan_hash = "plan-a";
  EXPECT_FALSE(newest_result(wanted.root).has_value());
  const auto make = [&](const std::string& name, const nlohmann::ordered_json& content) {
    ResultDirectory::Request one = wanted;
    one.path = wanted.root + "/" + name;
    one.plan_hash = content["plan"]["hash"];
    ResultDirectory(one).write_meta(content);
    return one.path;
  };
  make("20260101T000000Z-host", meta("plan-a"));
  const std::string second = make("20260102T000000Z-host", meta("plan-a"));
  make("20260103T000000Z-host", meta("plan-b"));
  const std::string last = make("20260104T000000Z-host", meta("plan-a", true));
  EXPECT_EQ(ResultDirectory(wanted).path(), second);
  EXPECT_EQ(newest_result(wanted.root), last);
  wanted.fresh = true;
  const ResultDirectory fresh(wanted);
  EXPECT_THAT(fresh.path(), Not(EndsWith("T000000Z-host")));
  EXPECT_THAT(fresh.rows(), IsEmpty());
}

TEST_F(Directory, TwoBegunInOneSecondGetDifferentNames) {
  ResultDirectory::Request wanted;
  wanted.root = scratch_.path("results");
  wanted.plan_hash = "plan-a";
  const ResultDirectory first(wanted), second(wanted), third(wanted);
  EXPECT_EQ((std::set<std::string>{first.path(), second.path(), third.path()}.size()), 3U);
}

TEST_F(Directory, WhatCannotBeMadeIsNamed) {
  ResultDirectory::Request wanted = request();
  wanted.path = "/proc/no/such/place";
  EXPECT_THAT(message_of<std::system_error>([&] { ResultDirectory{wanted}; }),
              HasSubstr("/proc/no/such/place"));
}

// ---------------------------------------------------------------- a full disk

// Forked, because the limit binds the whole process. 0: as it should be.
int append_until_full(const ResultDirectory::Request& wanted, rlim_t bytes_max) {
  ::signal(SIGXFSZ, SIG_IGN);
  const rlimit limit{bytes_max, bytes_max};
  ResultDirectory results(wanted);
  results.write_meta(meta("plan-a"));
  if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return 1;
  std::size_t appended = 0;
  try {
    for (std::uint64_t seq = 0; seq < 1000; ++seq) {
      results.append(row(seq, RunStatus::ok, std::string(seq % 50, 'x')));
      ++appended;
    }
    return 2;  // never failed
  } catch (const std::system_error& error) {
    if (std::string_view{error.what()}.find("runs.csv") == std::string_view::npos) return 3;
  }
  if (results.rows().size() != appended) return 4;
  return appended == 0 ? 5 : 0;
}

TEST_F(Directory, AWriteThatFailsThrowsAndLeavesWholeRows) {
  for (const rlim_t bytes_max : {8000U, 8001U, 8050U, 8111U}) {
    SCOPED_TRACE(bytes_max);
    fs::remove_all(scratch_.path("out"));
    const pid_t child = ::fork();
    if (child == 0) ::_exit(append_until_full(request(), bytes_max));
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_EQ(status, 0) << WEXITSTATUS(status);
    const std::string text = runs_text();
    ASSERT_TRUE(text.ends_with('\n'));
    EXPECT_LE(text.size(), bytes_max);
    const auto rows = load_runs(scratch_.path("out"));
    EXPECT_GT(rows.size(), 10U);
    for (std::size_t i = 0; i < rows.size(); ++i) EXPECT_EQ(rows[i].seq, i);
    ResultDirectory results(request());  // and it can be taken up where it was
    results.append(row(rows.size()));
    EXPECT_EQ(load_runs(scratch_.path("out")).size(), rows.size() + 1);
  }
}

// ---------------------------------------------------------------- the loop

// Answers from a script and notes what it was asked.
class FakeRunner final : public CellRunner {
 public:
  pipeline::RunResult run(const cell::Cell& cell) override {
    asked.push_back(cell::describe(cell));
    const std::size_t call = asked.size() - 1;
    pipeline::RunResult result = script ? script(cell, call) : good(cell);
    return result;
  }
  // 1000 bytes; memcpy in 1 s and 4 s, all else in 10 s.
  static pipeline::RunResult good(const cell::Cell& cell) {
    pipeline::RunResult result;
    result.status = Status::ok;
    result.figures.total_ns = 20 * sys::second_ns;
    result.figures.payload_bytes = 1000;
    result.figures.transfer_window_ns = (cell.subject.kind == SubjectKind::memcpy_one_copy     ? 1
                                         : cell.subject.kind == SubjectKind::memcpy_two_copies ? 4
                                                                                               : 10) *
                                        sys::second_ns;
    return result;
  }
  static pipeline::RunResult bad(Status status, const std::string& error) {
    pipeline::RunResult result;
    result.status = status;
    result.error = error;
    return result;
  }
  std::function<pipeline::RunResult(const cell::Cell&, std::size_t call)> script;
  std::vector<std::string> asked;
};

class Loop : public Directory {
 protected:
  Loop() {
    cell::Grid grid;
    grid.subjects = {{SubjectKind::memcpy_one_copy, nullptr, {}},
                     {SubjectKind::memcpy_two_copies, nullptr, {}},
                     {SubjectKind::transport, &pipe_, {}},
                     {SubjectKind::transport, &fifo_, {}},
                     {SubjectKind::transport, &absent_, {}}};
    grid.files = {2};
    grid.numbers = {250};
    grid.workers = {1, 2};
    grid.axes["transfer"] = {"barrier"};
    grid.axes["handover"] = {"copy"};
    plan_ = cell::make_plan(grid);
    schedule_.blocks = schedule_.blocks_max = 2;
    schedule_.seed = 9;
    schedule_.attempts_max = 1;  // whatever others do to this machine meanwhile
  }
  sweep::SweepCounts sweep() {
    ResultDirectory results(request());
    results.write_meta(meta("plan-a"));
    text::Progress progress(text::Progress::Style::quiet);
    return sweep::run_sweep(plan_, schedule_, runner_, results, progress);
  }
  [[nodiscard]] std::vector<RunRow> rows() const { return load_runs(scratch_.path("out")); }
  [[nodiscard]] static std::size_t planned() { return 10 + 2 * 8; }  // absent only in the first block
  [[nodiscard]] static std::size_t measured() { return 3 * 8; }
  void expect_ceilings() const {
    for (const RunRow& r : rows()) {
      if (!r.cell.is_transport() || !r.is_ok()) continue;
      EXPECT_EQ(r.one_copy_bytes_per_s, 1000) << r.seq;
      EXPECT_EQ(r.two_copies_bytes_per_s, 250) << r.seq;
      EXPECT_EQ(r.share_of_one_copy, 0.1) << r.seq;
      EXPECT_EQ(r.share_of_two_copies, 0.4) << r.seq;
    }
  }

  NamedTransport pipe_{"pipe"}, fifo_{"fifo"}, absent_{"absent", "not on this machine"};
  cell::Plan plan_;
  sweep::Schedule schedule_;
  FakeRunner runner_;
};

TEST_F(Loop, MakesTheRunsInTheirOrderARowEach) {
  const sweep::SweepCounts counts = sweep();
  EXPECT_EQ(counts.ok, measured());
  EXPECT_EQ(counts.skipped, 2U);
  EXPECT_EQ(counts.failed, 0U);
  EXPECT_FALSE(counts.interrupted);
  const auto all = rows();
  ASSERT_EQ(all.size(), planned());
  std::vector<std::string> asked;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const RunRow& r = all[i];
    EXPECT_EQ(r.seq, i);
    EXPECT_EQ(r.warm, r.block == 0);
    EXPECT_EQ(r.status, r.cell.subject.name == "absent" ? RunStatus::skipped : RunStatus::ok);
    EXPECT_EQ(r.error, r.cell.subject.name == "absent" ? "not on this machine" : "");
    EXPECT_FALSE(r.started_utc.empty());
    if (r.is_ok()) {
      EXPECT_GE(r.cost_s, 0);
      asked.push_back(r.cell.subject.name);
    }
  }
  std::vector<std::string> names;
  for (const std::string& cell : runner_.asked) names.push_back(cell.substr(0, cell.find(',')));
  EXPECT_EQ(names, asked);
  expect_ceilings();
}

TEST_F(Loop, ShortRunsAreRepeatedOnceTheWarmUpHasShownHowShortTheyAre) {
  schedule_.run_time_s = 50;  // the fake's runs take 20 s in all
  sweep();
  for (const RunRow& r : rows()) EXPECT_EQ(r.repeats, r.warm ? 1 : 3) << r.seq;
}

TEST_F(Loop, AFailedCellIsARowWithoutFiguresAndTheLoopGoesOn) {
  runner_.script = [](const cell::Cell& cell, std::size_t call) {
    if (call == 2) return FakeRunner::bad(Status::timeout, "hung");
    if (call == 5) return FakeRunner::bad(Status::peer_died, "killed");
    if (call == 6) return FakeRunner::bad(Status::error, "open(x): No such file");
    return FakeRunner::good(cell);
  };
  const sweep::SweepCounts counts = sweep();
  EXPECT_EQ(counts.failed, 3U);
  EXPECT_EQ(counts.ok, measured() - 3);
  std::vector<std::string> failures;
  for (const RunRow& r : rows()) {
    if (r.is_ok() || r.status == RunStatus::skipped) continue;
    failures.push_back(std::string{to_string(r.status)} + " " + r.error);
    EXPECT_FALSE(r.total_s.has_value());
    EXPECT_FALSE(r.payload_bytes.has_value());
  }
  EXPECT_THAT(failures, ElementsAre("timeout hung", "peer_died killed", "error open(x): No such file"));
}

TEST_F(Loop, AnInterruptStopsItAndAResumeRunsOnlyWhatIsMissing) {
  runner_.script = [](const cell::Cell& cell, std::size_t call) {
    return call == 7 ? FakeRunner::bad(Status::interrupted, "interrupted") : FakeRunner::good(cell);
  };
  const sweep::SweepCounts first = sweep();
  EXPECT_TRUE(first.interrupted);
  EXPECT_EQ(first.ok, 7U);
  EXPECT_EQ(first.failed, 0U);
  EXPECT_EQ(rows().back().status, RunStatus::interrupted);
  const std::vector<std::string> before = runner_.asked;

  runner_.asked.clear();
  runner_.script = {};
  const sweep::SweepCounts second = sweep();
  EXPECT_FALSE(second.interrupted);
  EXPECT_EQ(second.ok, measured());
  EXPECT_EQ(second.skipped, 2U);
  EXPECT_EQ(runner_.asked.size(), measured() - 7);
  EXPECT_EQ(runner_.asked.front(), before.back()) << "the interrupted run is made again";
  std::multiset<std::uint64_t> seqs;
  for (const RunRow& r : rows()) {
    if (r.status != RunStatus::interrupted) seqs.insert(r.seq);
  }
  EXPECT_EQ(seqs.size(), planned());
  EXPECT_EQ((std::set<std::uint64_t>{seqs.begin(), seqs.end()}.size()), planned());
  expect_ceilings();

  runner_.asked.clear();
  EXPECT_EQ(sweep().ok, measured());
  EXPECT_THAT(runner_.asked, IsEmpty());
}

TEST_F(Loop, CeilingsAreAttachedWhereverItWasTakenUpAgain) {
  for (std::size_t stop = 0; stop < measured(); ++stop) {
    SCOPED_TRACE(stop);
    fs::remove_all(scratch_.path("out"));
    runner_.asked.clear();
    runner_.script = [stop](const cell::Cell& cell, std::size_t call) {
      return call == stop ? FakeRunner::bad(Status::interrupted, "interrupted") : FakeRunner::good(cell);
    };
    ASSERT_TRUE(sweep().interrupted);
    ASSERT_FALSE(sweep().interrupted);
    expect_ceilings();
  }
}

TEST_F(Loop, AFailedCalibrationIsNoCeilingAndNeitherIsTheOneOfTheBlockBefore) {
  runner_.script = [&](const cell::Cell& cell, std::size_t) {
    const bool again = std::count(runner_.asked.begin(), runner_.asked.end(), cell::describe(cell)) > 1;
    return cell.subject.kind == SubjectKind::memcpy_one_copy && again
               ? FakeRunner::bad(Status::error, "no memory")
               : FakeRunner::good(cell);
  };
  sweep();
  for (const RunRow& r : rows()) {
    if (!r.cell.is_transport() || !r.is_ok()) continue;
    EXPECT_EQ(r.one_copy_bytes_per_s.has_value(), r.block == 0) << r.seq;
    EXPECT_EQ(r.share_of_one_copy.has_value(), r.block == 0) << r.seq;
    EXPECT_EQ(r.two_copies_bytes_per_s, 250) << r.seq;
  }
}

// A first round is a run with a barrier; the fake's takes 30 s, the others 10 s.
pipeline::RunResult in_rounds(const cell::Cell& cell) {
  pipeline::RunResult result = FakeRunner::good(cell);
  const bool is_steady = cell.settings.transfer == pipeline::TransferMode::steady;
  (is_steady ? result.figures.first_window_ns : result.figures.transfer_window_ns) = 30 * sys::second_ns;
  return result;
}

TEST_F(Loop, OneRunMakesTheRowsOfABarrierAndOfSteadyFlow) {
  for (const std::size_t stop : {1000U, 0U, 1U, 4U}) {  // also where it was interrupted and taken up again
    SCOPED_TRACE(stop);
    fs::remove_all(scratch_.path("out"));
    runner_.asked.clear();
    cell::Grid grid;
    grid.subjects = {{SubjectKind::transport, &pipe_, {}}, {SubjectKind::transport, &fifo_, {}}};
    grid.files = {2};
    grid.numbers = {250};
    grid.workers = {1, 2};
    grid.axes["transfer"] = {"barrier", "steady"};
    plan_ = cell::make_plan(grid);
    runner_.script = [stop](const cell::Cell& cell, std::size_t call) {
      return call == stop ? FakeRunner::bad(Status::interrupted, "interrupted") : in_rounds(cell);
    };
    while (sweep().interrupted) {
    }
    std::size_t made = 0;
    std::set<std::tuple<cell::CellId, int>> seen;
    for (const RunRow& r : rows()) {
      if (!r.is_ok()) continue;
      EXPECT_TRUE(seen.emplace(r.cell, r.block).second);
      if (r.cost_s != 0) ++made;
      const bool is_steady = r.cell.settings.transfer == pipeline::TransferMode::steady;
      EXPECT_EQ(r.transfer_window_s, is_steady ? 10 : 30);
      EXPECT_EQ(r.first_window_s, is_steady ? std::optional(30.0) : std::nullopt);
      EXPECT_EQ(r.total_s, 20);
    }
    const std::size_t planned_rows = 3 * plan_.cells.size();  // a warm-up and two blocks
    EXPECT_EQ(seen.size(), planned_rows);
    // What an interruption takes apart is made again for the second row.
    EXPECT_GE(made, planned_rows / 2);
    EXPECT_LE(made, planned_rows / 2 + 4);
  }
}

TEST_F(Loop, ARowThatCannotBeWrittenEndsTheSweep) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{4000, 4000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    try {
      sweep();
      ::_exit(1);
    } catch (const std::system_error&) {
      ::_exit(0);
    }
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  const std::size_t kept = rows().size();
  EXPECT_GT(kept, 0U);
  EXPECT_EQ(sweep().ok, measured());
  EXPECT_EQ(rows().size(), planned());
}

}  // namespace
}  // namespace ipcsort::results
