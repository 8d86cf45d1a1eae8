// Every transport of the program, with a worker that dies, stops, leaves or dawdles at every point.
#include <gmock/gmock.h>

#include "tests/faults/laboratory.hpp"

namespace ipcsort::faults {
namespace {

using pipeline::Drain;
using pipeline::Merge;
using pipeline::Settings;
using pipeline::TransferMode;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// Where a worker is struck, and what it was doing then.
struct Point {
  std::string name;
  std::string doing;
};

void PrintTo(const Point& point, std::ostream* out) { *out << point.name; }

const Point points[] = {{"after_fork", "while attaching to the transport"},
                        {"attached", "while reading and sorting"},
                        {"ready", "while waiting to send"},
                        {"header_sent", "while sending"},
                        {"mid_payload", "while sending"},
                        {"before_last_byte", "while sending"},
                        {"sent", "after sending everything"}};

class KilledWorker : public Laboratory, public ::testing::WithParamInterface<std::tuple<Way, Point>> {
 protected:
  void SetUp() override {
    Laboratory::SetUp();
    use(std::get<0>(GetParam()).handover);
    const Availability availability = transport().probe();
    if (!availability.usable) GTEST_SKIP() << availability.reason;
  }
  [[nodiscard]] static const Transport& transport() { return *std::get<0>(GetParam()).transport; }
  [[nodiscard]] static const Point& point() { return std::get<1>(GetParam()); }
  void expect_named(const pipeline::RunResult& result, int worker) const {
    EXPECT_EQ(to_string(result.status), "peer_died") << result.error;
    EXPECT_THAT(result.error,
                StartsWith("worker " + std::to_string(worker) + " killed by signal 9 (SIGKILL) " +
                           point().doing + "; noticed after "));
  }
};

TEST_P(KilledWorker, IsNamedAndTheNextRunIsFine) {
  expect_named(run(job(transport(), point().name + ":kill")), 1);
  expect_next_run_ok(transport());
}

TEST_P(KilledWorker, IsNamedAlsoAtTheBarrierAndByASequentialParent) {
  expect_named(run(job(transport(), point().name + ":kill", {.transfer = TransferMode::barrier})), 1);
  const Settings sequential{.drain = Drain::sequential};
  expect_named(run(job(transport(), point().name + ":kill:0", sequential)), 0);
  expect_named(run(job(transport(), point().name + ":kill:2", sequential)), 2);
}

TEST_P(KilledWorker, IsNamedAlsoByAParentThatMergesMeanwhile) {
  const Settings streaming{.merge = Merge::streaming};
  for (const int worker : {0, 2})
    expect_named(run(job(transport(), point().name + ":kill:" + std::to_string(worker), streaming)), worker);
}

INSTANTIATE_TEST_SUITE_P(Transports, KilledWorker,
                         ::testing::Combine(::testing::ValuesIn(all_ways()), ::testing::ValuesIn(points)),
                         [](const auto& parameter) {
                           return ::testing::PrintToString(std::get<0>(parameter.param)) + "_" +
                                  std::get<1>(parameter.param).name;
                         });

class FaultyWorker : public OverTheRegistry {};

TEST_P(FaultyWorker, KilledInALaterRoundIsNamedWithIt) {
  for (const std::string point : {"header_sent", "mid_payload", "before_last_byte"}) {
    for (const Drain drain : {Drain::threads, Drain::sequential}) {
      const pipeline::RunResult result =
          run(job(transport(), point + "@3:kill", {.drain = drain, .transfer = TransferMode::steady}));
      EXPECT_EQ(to_string(result.status), "peer_died") << result.error;
      EXPECT_THAT(result.error, StartsWith("worker 1 killed by signal 9 (SIGKILL) while sending in round 3"));
    }
  }
  expect_next_run_ok(transport());
}

TEST_P(FaultyWorker, StoppedIsATimeoutLongBeforeTheDeadline) {
  for (const TransferMode mode : {TransferMode::overlap, TransferMode::barrier}) {
    const pipeline::RunResult result = run(job(transport(), "mid_payload:stop", {.transfer = mode}));
    EXPECT_EQ(to_string(result.status), "timeout");
    EXPECT_THAT(result.error,
                StartsWith("worker 1 was stopped by a signal while sending and not continued within"));
  }
  EXPECT_EQ(to_string(run(job(transport(), "mid_payload:stop", {.merge = Merge::streaming})).status),
            "timeout");
  expect_next_run_ok(transport());
}

TEST_P(FaultyWorker, LeavingWithoutItsDataIsAnError) {
  for (const std::string point : {"after_fork", "ready", "mid_payload"}) {
    for (const Merge merge : {Merge::multiway, Merge::streaming}) {
      const pipeline::RunResult result = run(job(transport(), point + ":exit", {.merge = merge}));
      EXPECT_EQ(to_string(result.status), "error");
      EXPECT_THAT(result.error, StartsWith("worker 1 exited with status 0 while "));
    }
  }
  expect_next_run_ok(transport());
}

TEST_P(FaultyWorker, LeavingWithAllItsDataSentIsFine) {
  const pipeline::RunResult result = run(job(transport(), "sent:exit"));
  EXPECT_EQ(to_string(result.status), "ok") << result.error;
}

TEST_P(FaultyWorker, DawdlingIsFine) {
  for (const std::string point : {"after_fork", "mid_payload", "sent"}) {
    for (const Drain drain : {Drain::threads, Drain::sequential}) {
      const pipeline::RunResult result = run(job(transport(), point + ":delay=50", {.drain = drain}));
      EXPECT_EQ(to_string(result.status), "ok") << point << ": " << result.error;
    }
    const pipeline::RunResult result =
        run(job(transport(), point + ":delay=50", {.merge = Merge::streaming}));
    EXPECT_EQ(to_string(result.status), "ok") << point << ": " << result.error;
  }
}

TEST_P(FaultyWorker, BeyondTheDeadlineIsATimeoutThatSaysWhoHung) {
  for (const Drain drain : {Drain::threads, Drain::sequential}) {
    pipeline::Job late = job(transport(), "mid_payload:delay=60000", {.drain = drain});
    late.deadline_ns = sys::second_ns / 2;
    const pipeline::RunResult result = run(late);
    EXPECT_EQ(to_string(result.status), "timeout");
    EXPECT_THAT(result.error, StartsWith("the deadline of "));
    EXPECT_THAT(result.error, HasSubstr("worker 1 hung "));
  }
  expect_next_run_ok(transport());
}

// Wherever the deadline falls, it ends the run or the run was ready.
TEST_P(FaultyWorker, TheDeadlineMayFallAnywhere) {
  for (sys::Nanoseconds deadline_us = 1; deadline_us < 60'000; deadline_us = deadline_us * 7 / 4 + 100) {
    pipeline::Job hasty = job(transport());
    hasty.deadline_ns = deadline_us * 1000;
    const pipeline::RunResult result = run(hasty);
    EXPECT_THAT(std::string{to_string(result.status)}, AnyOf("ok", "timeout"))
        << deadline_us << ": " << result.error;
    EXPECT_EQ(result.error.empty(), result.status == pipeline::Status::ok);
  }
  expect_next_run_ok(transport());
}

TEST_P(FaultyWorker, WithoutAnyFaultEveryWayToRunIsFine) {
  for (const TransferMode mode : {TransferMode::overlap, TransferMode::barrier}) {
    for (const Drain drain : {Drain::threads, Drain::sequential}) {
      for (const Merge merge : {Merge::multiway, Merge::streaming, Merge::concat}) {
        for (const int count : {1, 2, 4, 7}) {
          const Settings settings{
              .drain = drain, .transfer = mode, .merge = merge, .pages = sys::Pages::base};
          pipeline::Job plain = job(transport(), {}, settings);
          plain.workers = pipeline::share_out(files(), count, merge);
          const pipeline::RunResult result = run(plain);
          EXPECT_EQ(to_string(result.status), "ok") << result.error;
          EXPECT_EQ(result.figures.payload_bytes, fingerprint().count * sizeof(std::int32_t));
          EXPECT_GT(result.figures.steps, 0U);
          const auto& path = result.figures.path;
          EXPECT_EQ(path.spawn_ns + path.read_ns + path.parse_ns + path.sort_ns + path.wait_ns +
                        path.transfer_ns + path.other_ns + result.figures.merge_ns,
                    result.figures.total_ns);
        }
      }
    }
  }
}

TEST_P(FaultyWorker, SendingAgainAndAgainIsFine) {
  for (const Drain drain : {Drain::threads, Drain::sequential}) {
    for (const Merge merge : {Merge::multiway, Merge::concat}) {
      for (const int count : {1, 4}) {
        pipeline::Job steady =
            job(transport(), {}, {.drain = drain, .transfer = TransferMode::steady, .merge = merge});
        steady.workers = pipeline::share_out(files(), count, merge);
        const pipeline::RunResult result = run(steady);
        EXPECT_EQ(to_string(result.status), "ok") << result.error;
        EXPECT_EQ(result.figures.payload_bytes, fingerprint().count * sizeof(std::int32_t));
        EXPECT_GT(result.figures.first_window_ns, 0);
        EXPECT_GT(result.figures.transfer_window_ns, 0);
        EXPECT_LT(result.figures.first_window_ns, result.figures.total_ns)
            << "the later rounds are not in the total";
      }
    }
  }
}

TEST_P(FaultyWorker, NothingToSendIsFine) {
  for (std::size_t file = 0; file < 4; ++file) write_file(file, file == 2 ? "7\n" : "");
  for (const TransferMode mode : {TransferMode::overlap, TransferMode::barrier, TransferMode::steady}) {
    pipeline::Job tiny = job(transport(), {}, {.transfer = mode});
    tiny.expected = datagen::fingerprint(std::vector<std::int32_t>{7});
    for (const Merge merge : {Merge::multiway, Merge::streaming}) {
      if (merge == Merge::streaming && mode == TransferMode::steady) continue;  // is refused
      tiny.settings.merge = merge;
      const pipeline::RunResult result = run(tiny);
      EXPECT_EQ(to_string(result.status), "ok") << result.error;
      EXPECT_EQ(result.figures.payload_bytes, 4U);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Transports, FaultyWorker, ::testing::ValuesIn(all_ways()), name_of_way);

}  // namespace
}  // namespace ipcsort::faults
