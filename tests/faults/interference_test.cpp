// Every transport, and the harness around it, when the kernel says no, does less, or is interrupted.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <map>

#include "tests/faults/interference.hpp"
#include "tests/faults/laboratory.hpp"

namespace ipcsort::faults {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::size_t open_descriptors() {
  using Entries = std::filesystem::directory_iterator;
  return static_cast<std::size_t>(std::distance(Entries("/proc/self/fd"), Entries()));
}

class Interfered : public OverTheRegistry {
 protected:
  static constexpr std::size_t few_numbers = 300;

  void SetUp() override {
    OverTheRegistry::SetUp();
    if (IsSkipped()) return;
    if (const std::string reason = Interference::unavailable(); !reason.empty()) GTEST_SKIP() << reason;
  }

  [[nodiscard]] pipeline::Job two_workers() const {
    pipeline::Job made = job(transport());
    made.workers = pipeline::share_out(files(), 2, made.settings.merge);
    made.deadline_ns = hang_limit_ns;
    return made;
  }

  // Status and error of a run in a process of its own, from its object log to the end.
  static std::string run_under(Interference& interference, const pipeline::Job& job) {
    const Driver driver = start_driver([&] {
      interference.enter();
      const std::size_t descriptors = open_descriptors();
      pipeline::RunResult result;
      interference.arm();
      try {
        sys::ObjectLog objects;
        result = pipeline::run_once(job, objects);
      } catch (const std::exception& error) {
        result.status = pipeline::Status::error;
        result.error = error.what();
      }
      interference.disarm();
      if (open_descriptors() != descriptors) result.error += "; the driver has lost descriptors";
      return result;
    });
    std::string report = read_report(driver);
    reap_orphans();
    sys::clean_dead_logs();
    return report;
  }
};

// All or nothing, or words: right, or an error that says which call failed and why.
void expect_right_or_said(const std::string& report, const Plan& plan, long struck) {
  if (report == "ok: ") return;
  EXPECT_THAT(report, StartsWith("error: "));
  // An allocation that fails is told by the language in its own way, whatever the kernel had said.
  if (name_of_call(struck) == "mmap" && report.find("bad_alloc") != std::string::npos) return;
  EXPECT_TRUE(names_call(report, struck)) << report;
  // The library says EAGAIN where a thread gets no memory for its stack.
  const bool is_stack = plan.error == ENOMEM && report.find("pthread_create") != std::string::npos;
  EXPECT_THAT(report, HasSubstr(std::strerror(is_stack ? EAGAIN : plan.error)));
}

TEST_P(Interfered, TheNthCallFails) {
  if (is_sanitized) GTEST_SKIP() << sanitizers_own_calls;
  constexpr std::array errors = {EMFILE, ENOMEM, ENOSPC, EPERM, ENOSYS, EIO};
  write_files(few_numbers);
  const pipeline::Job small = two_workers();
  std::uint32_t trials = 0;
  // With --gtest_repeat each call meets another error in each round.
  static std::map<std::string, std::uint32_t> rounds;
  const std::uint32_t round = rounds[::testing::PrintToString(GetParam())]++;
  // One by one as long as it is set-up, then in growing steps.
  for (std::uint32_t n = 1; !HasFailure(); n += 1 + (n > 60 ? n / 12 : 0)) {
    const Plan plan{Disturbance::fail_nth, n, errors.at((n + round) % errors.size())};
    Interference interference(plan);
    const std::string report = run_under(interference, small);
    const long struck = interference.struck();
    SCOPED_TRACE("call " + std::to_string(n) + ", " + name_of_call(struck) + ", fails with " +
                 std::strerror(plan.error) + "; " + report);
    EXPECT_EQ(left_over(), "");
    if (struck < 0) {
      EXPECT_EQ(report, "ok: ");
      break;
    }
    ++trials;
    expect_right_or_said(report, plan, struck);
  }
  RecordProperty("trials", static_cast<int>(trials));
  EXPECT_GT(trials, 20U);
  expect_next_run_ok(transport());
}

TEST_P(Interfered, AFewBytesAtATime) {
  if (is_sanitized) GTEST_SKIP() << sanitizers_own_calls;
  write_files(few_numbers);
  Interference interference({.kind = Disturbance::clamp});
  EXPECT_EQ(run_under(interference, two_workers()), "ok: ");
  EXPECT_GT(interference.changed(), 100U);
  EXPECT_EQ(left_over(), "");
}

TEST_P(Interfered, EveryOtherBlockingCallIsInterrupted) {
  for (const auto mode : {pipeline::TransferMode::overlap, pipeline::TransferMode::barrier}) {
    pipeline::Job large = two_workers();
    large.settings.transfer = mode;
    Interference undisturbed({.kind = Disturbance::none});
    EXPECT_EQ(run_under(undisturbed, large), "ok: ");
    Interference interference({.kind = Disturbance::interrupt});
    EXPECT_EQ(run_under(interference, large), "ok: ");
    EXPECT_GT(interference.changed(), 3U);
    // How often a side has to wait is chance; a loop that is busy makes hundreds of thousands of calls.
    EXPECT_LT(interference.calls(), 10 * undisturbed.calls() + 10'000);
    EXPECT_EQ(left_over(), "");
  }
}

INSTANTIATE_TEST_SUITE_P(Transports, Interfered, ::testing::ValuesIn(all_ways()), name_of_way);

// The instrument itself: a call that is made to fail does fail, and others do not.
TEST(InterferenceTest, FailsTheCallItIsToldTo) {
  if (const std::string reason = Interference::unavailable(); !reason.empty()) GTEST_SKIP() << reason;
  Interference interference({Disturbance::fail_nth, 2, ENOSPC});
  const Driver driver = start_driver([&] {
    interference.enter();
    interference.arm();
    int first[2] = {-1, -1};
    int second[2] = {-1, -1};
    const int good = ::pipe2(first, O_CLOEXEC);
    const int bad = ::pipe2(second, O_CLOEXEC);
    const int error = errno;
    interference.disarm();
    pipeline::RunResult result;
    result.error = std::to_string(good) + " " + std::to_string(bad) + " " + std::strerror(error);
    return result;
  });
  EXPECT_EQ(read_report(driver), "error: 0 -1 No space left on device");
  EXPECT_EQ(::waitpid(driver.pid, nullptr, 0), driver.pid);
  EXPECT_EQ(name_of_call(interference.struck()), "pipe2");
  EXPECT_EQ(interference.calls(), 2U);
}

}  // namespace
}  // namespace ipcsort::faults
