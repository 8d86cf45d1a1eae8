// The turn under the robust mutex, when the worker is killed or stopped while it holds the mutex.
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
#include "transports/support/robust_turn.hpp"

namespace ipcsort::transports {
namespace {

using conformance::FixedWatch;

class RobustTurnTest : public ::testing::Test {
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
  RobustTurn& turn() { return *turn_; }

 private:
  sys::Mapping memory_ = sys::Mapping::shared_memory(sizeof(RobustTurn));
  RobustTurn* turn_ = new (memory_.data()) RobustTurn;
};

TEST_F(RobustTurnTest, KilledInsideBeforeItGaveTheTurnAway) {
  run([&] {
    ::pthread_mutex_lock(&turn().mutex);
    ::raise(SIGKILL);
  });
  ParentsTurn parent(turn());
  FixedWatch watch(Io::ok);
  EXPECT_EQ(parent.wait_readable(watch), Io::closed);  // no watch is needed to notice
  watch.answer = Io::peer_died;
  EXPECT_EQ(parent.wait_readable(watch), Io::peer_died);
}

TEST_F(RobustTurnTest, KilledInsideAfterItGaveTheTurnAway) {
  run([&] {
    ::pthread_mutex_lock(&turn().mutex);
    turn().turn = RobustTurn::parents;
    ::raise(SIGKILL);
  });
  ParentsTurn parent(turn());
  FixedWatch watch(Io::peer_died);
  EXPECT_EQ(parent.wait_readable(watch), Io::ok);
  parent.post_writable();
  EXPECT_EQ(parent.wait_readable(watch), Io::peer_died);
}

TEST_F(RobustTurnTest, TornTurnIsAnError) {
  run([&] {
    ::pthread_mutex_lock(&turn().mutex);
    turn().turn = 77;
    ::raise(SIGKILL);
  });
  ParentsTurn parent(turn());
  FixedWatch watch(Io::ok);
  EXPECT_THROW((void)parent.wait_readable(watch), std::runtime_error);
}

// A stopped owner is not dead: only the watch can end this wait.
TEST_F(RobustTurnTest, StoppedInside) {
  const pid_t pid = run([&] {
    ::pthread_mutex_lock(&turn().mutex);
    ::raise(SIGSTOP);
    turn().turn = RobustTurn::parents;
    ::pthread_mutex_unlock(&turn().mutex);
  });
  ParentsTurn parent(turn());
  FixedWatch watch(Io::timed_out);
  EXPECT_EQ(parent.wait_readable(watch), Io::timed_out);
  EXPECT_GT(watch.checks, 0);
  ::kill(pid, SIGCONT);
  EXPECT_EQ(::waitpid(pid, nullptr, 0), pid);
  EXPECT_EQ(parent.wait_readable(watch), Io::ok);
}

TEST_F(RobustTurnTest, PassedOnLaterWhenTheWorkerSitsOnTheMutex) {
  turn().turn = RobustTurn::parents;
  const pid_t pid = run([&] {
    ::pthread_mutex_lock(&turn().mutex);
    ::raise(SIGSTOP);
    ::pthread_mutex_unlock(&turn().mutex);
  });
  ParentsTurn parent(turn());
  parent.post_writable();
  EXPECT_EQ(turn().turn, RobustTurn::parents);
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
  EXPECT_EQ(turn().turn, RobustTurn::workers);
}

}  // namespace
}  // namespace ipcsort::transports
