// The count under the robust mutex, when the worker is killed or stopped while it holds the mutex.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <new>
#include <stdexcept>

#include "sys/error.hpp"
#include "sys/mapping.hpp"
#include "tests/transports/fixed_watch.hpp"
#include "tests/transports/trial.hpp"
#include "transports/support/robust_count.hpp"

namespace ipcsort::transports {
namespace {

using conformance::FixedWatch;

class RobustCountTest : public ::testing::Test {
 protected:
  // Runs `act` in a child until it ends or, with WUNTRACED, stops.
  static pid_t run(const std::function<void()>& act) {
    const pid_t pid = sys::check(::fork(), "fork");
    if (pid == 0) {
      act();
      ::_exit(0);
    }
    int status = 0;
    while (::waitpid(pid, &status, WUNTRACED) < 0 && errno == EINTR) continue;
    return pid;
  }
  RobustCount& count() { return *count_; }

 private:
  sys::Mapping memory_ = sys::Mapping::shared_memory(sizeof(RobustCount));
  RobustCount* count_ = new (memory_.data()) RobustCount;
};

TEST_F(RobustCountTest, KilledInsideBeforeItFilledASlot) {
  run([&] {
    ::pthread_mutex_lock(&count().mutex);
    ::raise(SIGKILL);
  });
  EmptyingSide parent(count(), 1);
  FixedWatch watch(Io::ok);
  EXPECT_EQ(parent.wait_readable(watch), Io::closed);  // no watch is needed to notice
  watch.answer = Io::peer_died;
  EXPECT_EQ(parent.wait_readable(watch), Io::peer_died);
}

TEST_F(RobustCountTest, KilledInsideAfterItFilledASlot) {
  run([&] {
    ::pthread_mutex_lock(&count().mutex);
    count().filled = 1;
    ::raise(SIGKILL);
  });
  EmptyingSide parent(count(), 1);
  FixedWatch watch(Io::peer_died);
  EXPECT_EQ(parent.wait_readable(watch), Io::ok);
  parent.post_writable();
  EXPECT_EQ(parent.wait_readable(watch), Io::peer_died);
}

TEST_F(RobustCountTest, TornCountIsAnError) {
  run([&] {
    ::pthread_mutex_lock(&count().mutex);
    count().filled = 77;
    ::raise(SIGKILL);
  });
  EmptyingSide parent(count(), 1);
  FixedWatch watch(Io::ok);
  EXPECT_THROW((void)parent.wait_readable(watch), std::runtime_error);
}

// A stopped owner is not dead: only the watch can end this wait.
TEST_F(RobustCountTest, StoppedInside) {
  const pid_t pid = run([&] {
    ::pthread_mutex_lock(&count().mutex);
    ::raise(SIGSTOP);
    count().filled = 1;
    ::pthread_mutex_unlock(&count().mutex);
  });
  EmptyingSide parent(count(), 1);
  FixedWatch watch(Io::timed_out);
  EXPECT_EQ(parent.wait_readable(watch), Io::timed_out);
  EXPECT_GT(watch.checks, 0);
  ::kill(pid, SIGCONT);
  EXPECT_EQ(::waitpid(pid, nullptr, 0), pid);
  EXPECT_EQ(parent.wait_readable(watch), Io::ok);
}

TEST_F(RobustCountTest, GivenBackLaterWhenTheWorkerSitsOnTheMutex) {
  count().filled = 1;
  const pid_t pid = run([&] {
    ::pthread_mutex_lock(&count().mutex);
    ::raise(SIGSTOP);
    ::pthread_mutex_unlock(&count().mutex);
  });
  EmptyingSide parent(count(), 1);
  parent.post_writable();
  EXPECT_EQ(count().filled, 1U);
  ::kill(pid, SIGCONT);
  EXPECT_EQ(::waitpid(pid, nullptr, 0), pid);
  // Nothing will come, so this wait ends by the signals.
  struct sigaction action {};
  action.sa_handler = [](int) {};
  ::sigaction(SIGALRM, &action, nullptr);
  const itimerval often{{0, 10'000}, {0, 10'000}};
  ::setitimer(ITIMER_REAL, &often, nullptr);
  FixedWatch watch(Io::timed_out);
  EXPECT_EQ(parent.wait_readable(watch), Io::timed_out);
  const itimerval never{};
  ::setitimer(ITIMER_REAL, &never, nullptr);
  EXPECT_EQ(count().filled, 0U);
}

// With several slots the worker is not held up by those that the parent still has, and gets them back together.
TEST_F(RobustCountTest, SeveralSlots) {
  constexpr std::uint32_t slots = 16;
  FillingSide worker(count(), slots);
  EmptyingSide parent(count(), slots);
  FixedWatch watch(Io::timed_out);
  for (std::uint32_t round = 0; round < 10; ++round) {
    for (std::uint32_t slot = 0; slot < slots; ++slot) {
      worker.wait_writable();
      worker.post_readable();
    }
    EXPECT_EQ(count().filled, slots);
    for (std::uint32_t slot = 0; slot < slots; ++slot) {
      EXPECT_EQ(parent.wait_readable(watch), Io::ok);
      parent.post_writable();
      EXPECT_EQ(count().filled, slots - (slot + 1) / 4 * 4);
    }
  }
}

}  // namespace
}  // namespace ipcsort::transports
