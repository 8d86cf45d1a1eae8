// Runs that are ended from outside, that fail for their input, and those that use no transport.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <thread>

#include "sys/error.hpp"
#include "sys/fd.hpp"
#include "sys/process.hpp"
#include "tests/faults/laboratory.hpp"

namespace ipcsort::faults {
namespace {

using pipeline::SubjectKind;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

// ---------------------------------------------------------------- ended from outside

// A driver in a process of its own, so that somebody is left to end it or its run. It writes status and
// error.
struct Driver {
  pid_t pid = -1;
  sys::Fd report;
};

Driver start_driver(const std::function<pipeline::RunResult()>& run) {
  int ends[2];
  sys::check(::pipe2(ends, O_CLOEXEC), "pipe2");
  const pid_t test = ::getpid();
  const pid_t pid = ::fork();
  if (pid == 0) {
    sys::die_with_parent(test);
    try {
      const pipeline::RunResult result = run();
      const std::string text = std::string{to_string(result.status)} + ": " + result.error;
      sys::write_all(ends[1], std::as_bytes(std::span{text}), "report");
    } catch (const std::exception&) {
      ::_exit(1);
    }
    ::_exit(0);
  }
  ::close(ends[1]);
  return {pid, sys::Fd{ends[0]}};
}

// Until nobody holds the other end: the driver, its run process and their like.
std::string read_report(const Driver& driver) {
  std::string text;
  std::array<char, 1024> buffer{};
  for (ssize_t size = 0; (size = ::read(driver.report.get(), buffer.data(), buffer.size())) != 0;) {
    if (size > 0) text.append(buffer.data(), static_cast<std::size_t>(size));
  }
  return text;
}

// The run process, when all of its workers are there. The test's own time limit ends the wait.
pid_t await_run_process(const Driver& driver, std::size_t workers) {
  for (;;) {
    const std::vector<pid_t> runs = children_of(driver.pid);
    if (runs.size() == 1 && children_of(runs[0]).size() == workers) return runs[0];
    std::this_thread::yield();
  }
}

constexpr const char* run_killed = "error: run process killed by signal 9 (SIGKILL) before it had a result";

class EndedRun : public OverTheRegistry {
 protected:
  // Runs that would last far longer than any test: one worker stops half-way ...
  [[nodiscard]] pipeline::Job endless() const {
    return lengthened(job(transport(), "mid_payload:delay=600000"));
  }
  // ... or keeps all others waiting at the barrier, a state that stays as it is.
  [[nodiscard]] pipeline::Job held_at_barrier() const {
    return lengthened(job(transport(), "ready:delay=600000", {.transfer = pipeline::TransferMode::barrier}));
  }
  [[nodiscard]] static Driver start(const pipeline::Job& job) {
    return start_driver([&job] { return run(job); });
  }

 private:
  static pipeline::Job lengthened(pipeline::Job job) {
    job.deadline_ns = 600 * sys::second_ns;
    return job;
  }
};

TEST_P(EndedRun, StopDescriptorThatIsReadableFromTheStart) {
  const sys::Fd stop{::eventfd(1, EFD_CLOEXEC)};
  const pipeline::RunResult result = run(endless(), stop.get());
  EXPECT_EQ(to_string(result.status), "interrupted");
  EXPECT_EQ(result.error, "interrupted");
  reap_orphans();
  std::uint64_t count = 0;
  EXPECT_EQ(::read(stop.get(), &count, sizeof count), static_cast<ssize_t>(sizeof count)) << "it was read";
  expect_next_run_ok(transport());
}

TEST_P(EndedRun, StopDescriptorThatBecomesReadableMeanwhile) {
  for (const long after_ms : {1L, 5L, 20L, 60L}) {
    const sys::Fd stop{::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC)};
    const itimerspec once{{0, 0}, {0, after_ms * 1'000'000}};
    ASSERT_EQ(::timerfd_settime(stop.get(), 0, &once, nullptr), 0);
    const pipeline::RunResult result = run(endless(), stop.get());
    EXPECT_EQ(to_string(result.status), "interrupted") << result.error;
    reap_orphans();
  }
  expect_next_run_ok(transport());
}

TEST_P(EndedRun, RunProcessKilled) {
  const Driver driver = start(held_at_barrier());
  ::kill(await_run_process(driver, workers), SIGKILL);
  EXPECT_EQ(read_report(driver), run_killed);
  reap_orphans();  // the driver, and workers it did not know
  expect_next_run_ok(transport());
}

TEST_P(EndedRun, WorkersHoldNothingButTheirOwn) {
  const Driver driver = start(held_at_barrier());
  const pid_t run_process = await_run_process(driver, workers);
  const auto foreign = [](pid_t worker) {  // the object log, or a sibling's process descriptor
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/" + std::to_string(worker) + "/fd")) {
      std::error_code closed_meanwhile;
      const std::string target = std::filesystem::read_symlink(entry.path(), closed_meanwhile).string();
      if (target.ends_with(".log") || target.find("pidfd") != std::string::npos) found.push_back(target);
    }
    return found;
  };
  for (const pid_t worker : children_of(run_process)) {
    // A worker closes them first of all.
    const sys::Nanoseconds limit = sys::now_ns() + hang_limit_ns;
    while (!foreign(worker).empty() && sys::now_ns() < limit) std::this_thread::yield();
    EXPECT_THAT(foreign(worker), IsEmpty());
  }
  ::kill(driver.pid, SIGKILL);
  EXPECT_EQ(read_report(driver), "");
  reap_orphans();
  sys::clean_dead_logs();
}

TEST_P(EndedRun, RunProcessKilledAtAnyTime) {
  for (int delay_us = 0; delay_us < 20'000; delay_us = delay_us * 2 + 300) {
    const Driver driver = start(endless());
    std::vector<pid_t> runs;
    while (runs.empty()) runs = children_of(driver.pid);
    std::this_thread::sleep_for(std::chrono::microseconds(delay_us));  // any moment will do
    ::kill(runs[0], SIGKILL);
    EXPECT_EQ(read_report(driver), run_killed);
    reap_orphans();
  }
  expect_next_run_ok(transport());
}

TEST_P(EndedRun, DriverKilledTakesAllWithItAndTheNextStartCleansUp) {
  const Driver driver = start(held_at_barrier());
  await_run_process(driver, workers);
  ::kill(driver.pid, SIGKILL);
  EXPECT_EQ(read_report(driver), "");  // comes back when all have gone
  reap_orphans();
  sys::clean_dead_logs();
  expect_next_run_ok(transport());
}

TEST_P(EndedRun, DriverKilledAtAnyTime) {
  for (int delay_us = 100; delay_us < 20'000; delay_us = delay_us * 7 / 5) {
    const Driver driver = start(endless());
    std::this_thread::sleep_for(std::chrono::microseconds(delay_us));  // any moment will do
    ::kill(driver.pid, SIGKILL);
    EXPECT_EQ(read_report(driver), "");
    reap_orphans();
    sys::clean_dead_logs();
  }
  expect_next_run_ok(transport());
}

INSTANTIATE_TEST_SUITE_P(Transports, EndedRun, ::testing::ValuesIn(all_ways()), name_of_way);

// The driver alone is then left to keep the deadline, two seconds later.
TEST_F(Laboratory, ARunProcessThatIsStoppedIsEndedByTheDriver) {
  pipeline::Job stopped =
      job(*all_ways().front().transport, "ready:delay=600000", {.transfer = pipeline::TransferMode::barrier});
  stopped.deadline_ns = 4 * sys::second_ns;
  const Driver driver = start_driver([&] { return run(stopped); });
  ::kill(await_run_process(driver, workers), SIGSTOP);
  EXPECT_EQ(read_report(driver), "timeout: the deadline of 4.0 s passed and the run process did not end");
  reap_orphans();
}

// ---------------------------------------------------------------- bad input

class BadInput : public OverTheRegistry {};

TEST_P(BadInput, AFileThatIsNotWhatWasPlanned) {
  const pipeline::Job planned = job(transport());
  std::ofstream(files()[1].path, std::ios::app) << "5\n";
  const pipeline::RunResult result = run(planned);
  EXPECT_EQ(to_string(result.status), "error");
  EXPECT_THAT(result.error, StartsWith("worker "));
  EXPECT_THAT(result.error, HasSubstr(files()[1].path));
}

TEST_P(BadInput, AFileThatIsGone) {
  const pipeline::Job planned = job(transport(), {}, {.transfer = pipeline::TransferMode::barrier});
  ::unlink(files()[1].path.c_str());
  const pipeline::RunResult result = run(planned);
  EXPECT_EQ(to_string(result.status), "error");
  EXPECT_THAT(result.error, EndsWith("open(" + files()[1].path + "): No such file or directory"));
}

TEST_P(BadInput, ANumberThatIsNone) {
  write_file(2, "1\n22\n333\nabc\n4\n");
  const pipeline::RunResult result = run(job(transport()));
  EXPECT_EQ(to_string(result.status), "error");
  EXPECT_THAT(result.error, StartsWith("worker 2: " + files()[2].path + ": byte 9: 'abc'"));
}

INSTANTIATE_TEST_SUITE_P(Transports, BadInput, ::testing::ValuesIn(all_ways()), name_of_way);

// ---------------------------------------------------------------- verification, references, calibrations

TEST_F(Laboratory, ReferencesAndCalibrationsAreFine) {
  for (const SubjectKind kind : {SubjectKind::serial, SubjectKind::threads, SubjectKind::memcpy_one_copy,
                                 SubjectKind::memcpy_two_copies}) {
    for (const auto mode : {pipeline::TransferMode::overlap, pipeline::TransferMode::barrier}) {
      for (const auto merge : {pipeline::Merge::multiway, pipeline::Merge::concat}) {
        SCOPED_TRACE(name_of(pipeline::Subject{kind, nullptr, {}}));
        const pipeline::RunResult result = run(job({kind, nullptr, {}}, {.transfer = mode, .merge = merge}));
        EXPECT_EQ(to_string(result.status), "ok") << result.error;
        EXPECT_GT(result.figures.total_ns, 0);
        EXPECT_EQ(result.figures.payload_bytes, fingerprint().count * sizeof(std::int32_t));
        EXPECT_EQ(result.figures.max.wait_ns, 0);
        if (kind != SubjectKind::serial) {
          EXPECT_GT(result.figures.transfer_window_ns, 0);
        }
      }
    }
  }
}

TEST_F(Laboratory, AnotherFingerprintIsAWrongResult) {
  const Transport* transport = all_ways().front().transport;
  for (const pipeline::Subject& subject : {pipeline::Subject{SubjectKind::transport, transport, {}},
                                           pipeline::Subject{SubjectKind::serial, nullptr, {}},
                                           pipeline::Subject{SubjectKind::threads, nullptr, {}}}) {
    SCOPED_TRACE(name_of(subject));
    pipeline::Job wrong = job(subject);
    ++wrong.expected.checksum;
    EXPECT_THAT(run(wrong).error, StartsWith("wrong result: checksum "));
    EXPECT_EQ(to_string(run(wrong).status), "error");
    ++wrong.expected.count;
    EXPECT_EQ(run(wrong).error, "wrong result: 160000 numbers arrived of 160001");
  }
}

TEST_F(Laboratory, BadInputFailsTheReferencesToo) {
  write_file(2, "1\n99999999999\n");
  for (const SubjectKind kind : {SubjectKind::serial, SubjectKind::threads}) {
    const pipeline::RunResult result = run(job({kind, nullptr, {}}));
    EXPECT_EQ(to_string(result.status), "error");
    EXPECT_THAT(result.error, HasSubstr(files()[2].path + ": byte 2: '99999999999'"));
  }
}

TEST_F(Laboratory, ReferencesCanBeInterrupted) {
  const sys::Fd stop{::eventfd(1, EFD_CLOEXEC)};
  EXPECT_EQ(to_string(run(job({SubjectKind::threads, nullptr, {}}), stop.get()).status), "interrupted");
}

}  // namespace
}  // namespace ipcsort::faults
