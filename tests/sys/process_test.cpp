// Children, signals as something to poll, other programs.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <thread>
#include <vector>

#include "sys/affinity.hpp"
#include "sys/error.hpp"
#include "sys/interrupts.hpp"
#include "sys/process.hpp"
#include "sys/program.hpp"

namespace ipcsort::sys {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

#if defined(__has_feature)
#if __has_feature(undefined_behavior_sanitizer)
#define IPCSORT_TEST_SANITIZED 1
#endif
#endif
#ifdef IPCSORT_TEST_SANITIZED
constexpr bool sanitized = true;
#else
constexpr bool sanitized = false;
#endif

template <typename Work>
pid_t fork_to(Work work) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    work();
    ::_exit(0);
  }
  return pid;
}

[[noreturn]] void wait_for_ever() {
  for (;;) ::pause();
}

bool readable(int fd, int timeout_ms) {
  pollfd event{fd, POLLIN, 0};
  return ::poll(&event, 1, timeout_ms) == 1;
}

// ---------------------------------------------------------------- Child

TEST(ChildProcess, SaysHowItEnded) {
  Child child(fork_to([] { ::_exit(7); }));
  EXPECT_TRUE(child.running());
  const int ended = child.wait();
  EXPECT_FALSE(child.running());
  EXPECT_EQ(describe_wait_status(ended), "exited with status 7");
  EXPECT_EQ(child.wait(), ended) << "again without waiting";
  EXPECT_EQ(child.try_wait(), ended);
  child.kill(SIGKILL);  // reaches nobody
}

TEST(ChildProcess, ItsDescriptorBecomesReadableAtItsEnd) {
  Child child(fork_to([] { wait_for_ever(); }));
  EXPECT_FALSE(readable(child.pidfd(), 0));
  EXPECT_FALSE(child.try_wait().has_value());
  child.kill(SIGTERM);
  EXPECT_TRUE(readable(child.pidfd(), -1));
  const auto ended = child.try_wait();
  ASSERT_TRUE(ended.has_value());
  EXPECT_EQ(describe_wait_status(*ended), "killed by signal 15 (SIGTERM)");
}

TEST(ChildProcess, AStoppedOneIsStillRunning) {
  Child child(fork_to([] { wait_for_ever(); }));
  child.kill(SIGSTOP);
  int status = 0;
  ASSERT_EQ(::waitpid(child.pid(), &status, WUNTRACED), child.pid());
  EXPECT_TRUE(WIFSTOPPED(status));
  EXPECT_FALSE(child.try_wait().has_value());
  child.kill(SIGKILL);
  EXPECT_EQ(WTERMSIG(child.wait()), SIGKILL);
}

TEST(ChildProcess, AnUnknownPidIsRefused) {
  const pid_t pid = fork_to([] {});
  ::waitpid(pid, nullptr, 0);
  EXPECT_THROW(Child{pid}, std::system_error);
  EXPECT_FALSE(Child{}.running());
}

// Without descriptors nobody could watch over it: it must not run on, and not stay as a zombie.
TEST(ChildProcess, WithoutADescriptorForItItIsEndedAndCollected) {
  if (sanitized) GTEST_SKIP() << "UndefinedBehaviorSanitizer itself needs descriptors";
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const pid_t pid = fork_to([] { wait_for_ever(); });
  const rlimit none{0, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  std::string text = "nothing was thrown";
  try {
    const Child child(pid);
  } catch (const std::system_error& error) {
    text = error.what();
  }
  ::setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_THAT(text, StartsWith("pidfd_open(ulimit -n bounds it): Too many open files"));
  EXPECT_EQ(::waitpid(pid, nullptr, WNOHANG), -1) << "it is still there";
  EXPECT_EQ(errno, ECHILD);
  ::kill(pid, SIGKILL);
}

TEST(DieWithParent, AGrandchildGoesWhenItsParentIsKilled) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const Fd read_end{ends[0]};
  Fd write_end{ends[1]};
  Child parent(fork_to([&] {
    const pid_t here = ::getpid();
    fork_to([&] {
      die_with_parent(here);
      const char ready = 'r';
      if (::write(write_end.get(), &ready, 1) != 1) ::_exit(1);
      wait_for_ever();
    });
    wait_for_ever();
  }));
  write_end.reset();
  char byte = 0;
  ASSERT_EQ(::read(read_end.get(), &byte, 1), 1);
  parent.kill(SIGKILL);
  parent.wait();
  EXPECT_EQ(::read(read_end.get(), &byte, 1), 0);  // end of file when the grandchild is gone
}

TEST(DieWithParent, EndsAtOnceWhenTheParentIsGoneAlready) {
  Child child(fork_to([] {
    die_with_parent(::getpid());  // never one's own parent
    wait_for_ever();
  }));
  EXPECT_EQ(describe_wait_status(child.wait()), "exited with status 1");
}

// Somebody else keeps the CPU: what is pinned to it may go elsewhere, what it has started, too.
TEST(Unpinned, TheThreadsOfAProcessAndOfItsChildren) {
  const std::vector<int> allowed = allowed_cpus();
  if (allowed.size() < 2) GTEST_SKIP() << "needs two CPUs";
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const Fd read_end{ends[0]};
  const Fd write_end{ends[1]};
  Child parent(fork_to([&] {
    pin_to_cpu(allowed.back());
    const pid_t here = ::getpid();
    const pid_t grandchild = fork_to([&] {
      die_with_parent(here);
      wait_for_ever();
    });
    std::thread([&] {
      const pid_t tasks[] = {here, ::gettid(), grandchild};
      if (::write(write_end.get(), tasks, sizeof tasks) != sizeof tasks) ::_exit(1);
      wait_for_ever();
    }).join();
  }));
  pid_t tasks[3] = {};
  ASSERT_EQ(::read(read_end.get(), tasks, sizeof tasks), static_cast<ssize_t>(sizeof tasks));
  const auto cpus_of = [](pid_t task) {
    cpu_set_t set;
    CPU_ZERO(&set);
    ::sched_getaffinity(task, sizeof set, &set);
    return static_cast<std::size_t>(CPU_COUNT(&set));
  };
  for (const pid_t task : tasks) EXPECT_EQ(cpus_of(task), 1U);
  unpin(parent.pid());
  for (const pid_t task : tasks) EXPECT_EQ(cpus_of(task), allowed.size());
  parent.kill(SIGKILL);
  parent.wait();
  unpin(parent.pid());  // nobody is there, and nothing happens
}

TEST(Describe, SignalsAndStatuses) {
  EXPECT_EQ(signal_name(SIGKILL), "SIGKILL");
  EXPECT_EQ(signal_name(SIGSEGV), "SIGSEGV");
  EXPECT_EQ(signal_name(77), "signal 77");
  EXPECT_EQ(describe_wait_status(0), "exited with status 0");
  EXPECT_EQ(describe_wait_status(255 << 8), "exited with status 255");
  EXPECT_EQ(describe_wait_status(SIGSEGV), "killed by signal 11 (SIGSEGV)");
  EXPECT_EQ(describe_wait_status(SIGABRT | 0x80), "killed by signal 6 (SIGABRT)");  // with a core
}

// ---------------------------------------------------------------- Interrupts

TEST(InterruptSignals, WaitInTheDescriptorAndTheOneTakenFirstStays) {
  Interrupts interrupts;
  EXPECT_EQ(interrupts.signal(), 0);
  EXPECT_FALSE(readable(interrupts.fd(), 0));
  ::raise(SIGTERM);
  EXPECT_TRUE(readable(interrupts.fd(), 0));
  EXPECT_EQ(interrupts.signal(), SIGTERM);
  ::raise(SIGINT);
  EXPECT_EQ(interrupts.signal(), SIGTERM);
}

TEST(InterruptSignals, AllThreeAreTaken) {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    Interrupts interrupts;
    ::raise(signal);
    EXPECT_EQ(interrupts.signal(), signal);
  }
}

TEST(InterruptSignals, AfterwardsTheyAreDeliveredAgainButNotThoseThatWaited) {
  {
    const Interrupts interrupts;
    ::raise(SIGINT);
  }  // had it been delivered, this program would have ended here
  Child child(fork_to([] {
    {
      const Interrupts interrupts;
      ::raise(SIGTERM);
    }
    ::raise(SIGTERM);
    ::_exit(3);
  }));
  EXPECT_EQ(describe_wait_status(child.wait()), "killed by signal 15 (SIGTERM)");
}

// ---------------------------------------------------------------- run_program

ProgramResult shell(const std::string& script, Stderr errors = Stderr::silence,
                    const std::vector<std::string>& environment = {}) {
  return run_program({"sh", "-c", script}, errors, environment);
}

TEST(RunProgram, TakesOutputAndStatus) {
  const ProgramResult good = shell("echo out; echo err >&2; exit 0");
  EXPECT_TRUE(good.succeeded());
  EXPECT_EQ(good.output, "out\n");
  const ProgramResult bad = shell("printf x; exit 3");
  EXPECT_FALSE(bad.succeeded());
  EXPECT_EQ(describe_wait_status(bad.wait_status), "exited with status 3");
  EXPECT_EQ(bad.output, "x");
  EXPECT_EQ(describe_wait_status(shell("kill -9 $$").wait_status), "killed by signal 9 (SIGKILL)");
}

TEST(RunProgram, LargeOutputAndWordsAsTheyAre) {
  EXPECT_EQ(shell("head -c 1000000 /dev/zero").output.size(), 1'000'000U);
  EXPECT_EQ(run_program({"printf", "%s|", "a b", "$HOME", "", "*"}, Stderr::inherit).output, "a b|$HOME||*|");
}

TEST(RunProgram, TheExtraEnvironmentWins) {
  ::setenv("IPCSORT_TEST_WORD", "outer", 1);
  EXPECT_EQ(shell("printf %s \"$IPCSORT_TEST_WORD\"").output, "outer");
  EXPECT_EQ(shell("printf %s \"$IPCSORT_TEST_WORD\"", Stderr::silence, {"IPCSORT_TEST_WORD=inner"}).output,
            "inner");
  ::unsetenv("IPCSORT_TEST_WORD");
}

TEST(RunProgram, OneThatIsNotThereIs127) {
  const ProgramResult result = run_program({"ipcsort-no-such-program"}, Stderr::silence);
  EXPECT_EQ(describe_wait_status(result.wait_status), "exited with status 127");
  EXPECT_EQ(result.output, "");
}

TEST(RunProgram, TakesStandardErrorApart) {
  const ProgramResult result = shell("echo out; echo err >&2", Stderr::take);
  EXPECT_EQ(result.output, "out\n");
  EXPECT_EQ(result.errors, "err\n");
}

TEST(RunProgram, KeepsNoMoreThanItMay) {
  ProgramLimits limits;
  limits.output_bytes_max = 10'000;
  const ProgramResult result =
      run_program({"head", "-c", "1000000", "/dev/zero"}, Stderr::silence, {}, limits);
  EXPECT_TRUE(result.succeeded());
  EXPECT_EQ(result.output.size(), 10'000U);
}

TEST(RunProgram, ADeadlineEndsTheProgramAndWhatItStarted) {
  ProgramLimits limits;
  limits.deadline_ns = second_ns / 10;
  // The sleep keeps the pipe open, so this would wait for it if it were still there.
  const ProgramResult result = run_program({"sh", "-c", "sleep 1000 & wait"}, Stderr::silence, {}, limits);
  EXPECT_EQ(result.ending, Ending::timed_out);
  EXPECT_FALSE(result.succeeded());
  EXPECT_EQ(describe_wait_status(result.wait_status), "killed by signal 15 (SIGTERM)");
}

TEST(RunProgram, IsStoppedByADescriptor) {
  Fd readable = open_file("/dev/zero", O_RDONLY);
  ProgramLimits limits;
  limits.stop_fd = readable.get();
  EXPECT_EQ(run_program({"sleep", "1000"}, Stderr::silence, {}, limits).ending, Ending::stopped);
}

TEST(RunProgram, DoesNotWaitForWhatItLeftBehind) {
  const ProgramResult result = shell("sleep 1000 & echo $!");
  ASSERT_EQ(result.ending, Ending::by_itself);
  EXPECT_EQ(::kill(static_cast<pid_t>(std::stol(result.output)), SIGKILL), 0);
}

TEST(RunProgram, GivesNoDescriptorAway) {
  const Fd own{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
  const ProgramResult result = shell("ls -l /proc/self/fd | grep -c /dev/null");
  EXPECT_EQ(shell("[ -e /proc/self/fd/" + std::to_string(own.get()) + " ] && readlink /proc/self/fd/" +
                  std::to_string(own.get()) + " | grep -q /dev/null && echo leaked")
                .output,
            "");
}

}  // namespace
}  // namespace ipcsort::sys
