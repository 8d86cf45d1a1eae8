// The other side stops, dies, lies or is gone: the answer is right, it comes, and nothing stays behind.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/sem.h>
#include <sys/wait.h>

#include <chrono>
#include <thread>

#include "sys/error.hpp"
#include "tests/transports/fixture.hpp"

namespace ipcsort::conformance {
namespace {

using ::testing::AnyOf;

// A stream sees its end by itself; whether it or the watch is first is a race that both may win.
const auto ended = AnyOf(Io::closed, Io::peer_died);

// Killed before it attaches, while another worker lives on.
TEST_P(Conformance, WorkerKilledBeforeAttach) {
  SharedNumber end;
  Trial trial(transport(), options(), 2, [&](WorkerSide& worker) {
    if (worker.number() == 0) worker.die();
    worker.attach();
    end.wait_set();
  });
  Bytes bytes(100);
  EXPECT_THAT(trial.attach_and_receive(0, bytes), ended);
}

TEST_P(Conformance, WorkerKilledMidPayload) {
  for (const std::size_t sent : std::initializer_list<std::size_t>{0, 1, 65'536, 300'001}) {
    SCOPED_TRACE(sent);
    const Bytes content = random_bytes(sent + 1000, sent);
    SharedNumber end;
    Trial trial(transport(), options(), 2, [&](WorkerSide& worker) {
      worker.attach();
      if (worker.number() == 1) end.wait_set();
      worker.send(std::span{content}.first(sent));
      worker.die();
    });
    Bytes bytes(sent + 1000);
    EXPECT_THAT(trial.attach_and_receive(0, bytes), ended);
  }
}

// Whatever the worker was doing: inside a lock, between two system calls, asleep.
TEST_P(Conformance, WorkerKilledAtAnyMoment) {
  const Bytes content = random_bytes(3000, 28);
  for (std::uint64_t time = 0; time < 15; ++time) {
    SCOPED_TRACE(time);
    Trial trial(transport(), options(), 1, [&](WorkerSide& worker) {
      for (;;) worker.send(content);
    });
    ASSERT_EQ(trial.attach(0), Io::ok);
    std::thread killer([&] {
      const auto moment =
          std::to_integer<int>(random_bytes(8, time + static_cast<std::uint64_t>(sys::now_ns()))[0]);
      std::this_thread::sleep_for(std::chrono::microseconds(10 * moment));
      trial.supervisor().kill(0, SIGKILL);
    });
    Bytes bytes(content.size());
    Io status = Io::ok;
    while ((status = trial.receive(0, bytes)) == Io::ok) ASSERT_TRUE(same(bytes, content));
    killer.join();
    EXPECT_THAT(status, ended);
  }
}

// All it had to say was said: its death comes too late to matter.
TEST_P(Conformance, WorkerKilledAfterTheLastByte) {
  const Bytes content = random_bytes(1000, 20);
  Trial trial(transport(), options(), 1, [&](WorkerSide& worker) {
    worker.send(content);
    worker.die();
  });
  ASSERT_TRUE(WIFSIGNALED(trial.supervisor().wait_end(0).value_or(0)));
  ASSERT_EQ(trial.supervisor().watch(0).check(), Io::peer_died);
  ASSERT_EQ(trial.attach(0), Io::ok);
  EXPECT_TRUE(trial.receives(0, content));
  Bytes more(1);
  EXPECT_THAT(trial.receive(0, more), ended);
}

// The worker publishes, and dies, between the receiver's last look and the watch's bad news.
class LastMomentWatch final : public Watch {
 public:
  LastMomentWatch(Trial& trial, SharedNumber& go) : trial_(trial), go_(go) {}
  Io check() noexcept override {
    go_.set(1);
    trial_.supervisor().wait_end(0);
    ++checks;
    return Io::peer_died;
  }
  [[nodiscard]] pid_t worker_pid() const noexcept override {
    return trial_.supervisor().watch(0).worker_pid();
  }
  int checks = 0;

 private:
  Trial& trial_;
  SharedNumber& go_;
};

TEST_P(Conformance, BytesPublishedJustBeforeTheEndCount) {
  for (const bool attaches_late : {false, true}) {
    SCOPED_TRACE(attaches_late);
    const Bytes content = random_bytes(1000, 21);
    SharedNumber go;
    Trial trial(transport(), options(), 1,
                [&](WorkerSide& worker) {
                  if (!attaches_late) worker.attach();
                  go.wait_set();
                  worker.send(content);
                  worker.die();
                },
                {.tells_of_ends = false, .storm = true});
    LastMomentWatch watch(trial, go);
    Bytes bytes(content.size());
    EXPECT_EQ(trial.attach_and_receive(0, bytes, &watch), Io::ok);
    EXPECT_TRUE(same(bytes, content));
    EXPECT_GT(watch.checks, 0);
    EXPECT_THAT(trial.receive(0, bytes, &watch), ended);
  }
}

TEST_P(Conformance, WorkerExitsWithoutItsData) {
  const Bytes content = random_bytes(70'000, 22);
  Trial trial(transport(), options(), 1, [&](WorkerSide& worker) { worker.send(content); });
  Bytes bytes(content.size() + 1);
  EXPECT_EQ(trial.attach_and_receive(0, bytes), Io::closed);
}

TEST_P(Conformance, AnotherWorkersDeathEndsTheWait) {
  SharedNumber end;
  Trial trial(transport(), options(), 2, [&](WorkerSide& worker) {
    worker.attach();
    if (worker.number() == 1) worker.die();
    end.wait_set();
  });
  Bytes bytes(100);
  EXPECT_EQ(trial.attach_and_receive(0, bytes), Io::peer_died);
}

TEST_P(Conformance, StoppedWorkerTimesOut) {
  const Bytes content = random_bytes(100'000, 23);
  Trial trial(transport(), options(), 1,
              [&](WorkerSide& worker) {
                worker.send(content);
                ::raise(SIGSTOP);
              },
              {.timeout_ns = soon_ns});
  Bytes bytes(content.size() + 1);
  const sys::Nanoseconds start_ns = sys::now_ns();
  EXPECT_EQ(trial.attach_and_receive(0, bytes), Io::timed_out);
  EXPECT_LT(sys::now_ns() - start_ns, soon_ns + 20 * sys::second_ns);
}

TEST_P(Conformance, SilentWorkerTimesOut) {
  SharedNumber end;
  Trial trial(transport(), options(), 1,
              [&](WorkerSide& worker) {
                worker.attach();
                end.wait_set();
              },
              {.timeout_ns = soon_ns});
  Bytes bytes(1);
  EXPECT_EQ(trial.attach_and_receive(0, bytes), Io::timed_out);
  EXPECT_EQ(trial.receive(0, bytes), Io::timed_out);  // and stays so
}

TEST_P(Conformance, WorkerThatNeverAttachesTimesOut) {
  SharedNumber end;
  Trial trial(transport(), options(), 1, [&](WorkerSide&) { end.wait_set(); }, {.timeout_ns = soon_ns});
  Bytes bytes(1);
  EXPECT_EQ(trial.attach_and_receive(0, bytes), Io::timed_out);
}

// The parent's side goes while the worker sends: the worker is told, or waits to be killed; it does not
// crash.
TEST_P(Conformance, SenderOutlivesItsReceiver) {
  const Bytes content = random_bytes(1 << 20, 24);
  Trial trial(transport(), options(), 1, [&](WorkerSide& worker) {
    worker.send(std::span{content}.first(10));
    for (;;) worker.send(content);
  });
  ASSERT_EQ(trial.attach(0), Io::ok);
  ASSERT_TRUE(trial.receives(0, std::span{content}.first(10)));
  trial.drop_receiver(0);
  const bool must_be_told = traits().framing != Framing::region;
  auto status = trial.supervisor().wait_end(0, must_be_told ? 20 * sys::second_ns : soon_ns);
  if (status) {
    EXPECT_TRUE(WIFEXITED(*status) && WEXITSTATUS(*status) == send_closed_status)
        << sys::describe_wait_status(*status);
    return;
  }
  EXPECT_FALSE(must_be_told);
  trial.supervisor().kill(0, SIGKILL);
  status = trial.supervisor().wait_end(0);
  EXPECT_TRUE(status && WIFSIGNALED(*status));
}

class XsiConformance : public Conformance {};
INSTANTIATE_TEST_SUITE_P(Transports, XsiConformance, ::testing::ValuesIn(variants([](const Traits& it) {
                           // All that xsi_shm_mutex uses is doomed already, and stays until nobody uses it.
                           return it.naming == Naming::xsi_key && it.name != "xsi_shm_mutex";
                         })),
                         label_of);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(XsiConformance);

TEST_P(XsiConformance, ObjectRemovedUnderUsIsAnError) {
  SharedNumber end;
  Trial trial(transport(), options(), 1, [&](WorkerSide& worker) {
    worker.attach();
    end.wait_set();
  });
  ASSERT_EQ(trial.attach(0), Io::ok);
  bool is_removed = false;
  for (const XsiObject& object : Traces::take().xsi) {
    if (object.is_doomed || before().xsi.contains(object)) continue;
    remove(object);
    is_removed = true;
  }
  ASSERT_TRUE(is_removed);
  Bytes bytes(1);
  try {
    const Io status = trial.receive(0, bytes);
    ADD_FAILURE() << "receive says " << to_string(status);
  } catch (const std::system_error& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("removed"));
  }
}

}  // namespace
}  // namespace ipcsort::conformance
