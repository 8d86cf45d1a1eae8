#include "bench/pipeline/run.hpp"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <exception>

#include "bench/pipeline/execute.hpp"
#include "bench/pipeline/scoreboard.hpp"
#include "bench/pipeline/sorter.hpp"
#include "sys/affinity.hpp"
#include "sys/error.hpp"
#include "sys/process.hpp"

namespace ipcsort::pipeline {
namespace {

// What the run process may take beyond its deadline to kill its workers, clean up and say so; if it has not after the
// first part of that, perhaps because the CPU that it is pinned to is not to be had, it may go on on any other.
constexpr sys::Nanoseconds tidy_up_ns = 2 * sys::second_ns;
constexpr sys::Nanoseconds pinned_tidy_up_ns = tidy_up_ns / 8;

// In the order of SubjectKind.
constexpr std::array<std::string_view, 5> kind_names = {"transport", "reference", "reference", "calibration",
                                                        "calibration"};
constexpr std::array<std::string_view, 5> subject_names = {"transport", "serial", "threads",
                                                           "memcpy_one_copy", "memcpy_two_copies"};

void restore_signals() {
  // The driver blocks what it reads from a descriptor, and a caller may have ignored SIGCHLD; neither is for
  // us.
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  for (const int signal : {SIGCHLD, SIGINT, SIGTERM, SIGHUP}) ::signal(signal, SIG_DFL);
  ::signal(SIGPIPE, SIG_IGN);  // EPIPE says it where it can be handled
}

void execute(const Job& job, const Scoreboard& board, sys::ObjectLog& objects, sys::Nanoseconds deadline_at) {
  const CpuAssignment cpus(job.settings.placement);
  cpus.pin_parent();
  switch (job.subject.kind) {
    case SubjectKind::transport: run_through_transport(job, board, cpus, objects, deadline_at); return;
    case SubjectKind::serial:
    case SubjectKind::threads: run_in_threads(job, board, cpus); return;
    case SubjectKind::memcpy_one_copy:
    case SubjectKind::memcpy_two_copies: run_calibration(job, board, cpus); return;
  }
}

[[noreturn]] void run_process(const Job& job, const Scoreboard& board, sys::ObjectLog& objects,
                              sys::Nanoseconds deadline_at, pid_t driver) noexcept {
  sys::die_with_parent(driver);
  ::setpgid(0, 0);  // a ^C at the terminal goes to the driver, which ends us in order
  RunBoard& run = board.run();
  try {
    restore_signals();
    execute(job, board, objects, deadline_at);
    Status none = Status::none;
    run.status.compare_exchange_strong(none, Status::ok);
  } catch (const std::exception& error) {
    run.failure.write(error.what());
    run.status.store(Status::error, std::memory_order_release);
  }
  ::_exit(0);
}

enum class Wake { ended, stopped, overdue };

// A few times a second it looks at the clock: this process does nothing else, so when it comes back much too late, all of
// us were frozen (cgroups(7), `docker pause`) or starved, and `paused_ns` grows by that.
Wake await(const sys::Child& child, int stop_fd, sys::Nanoseconds until, sys::Nanoseconds& paused_ns) {
  constexpr sys::Nanoseconds tick_ns = sys::second_ns / 4;
  for (;;) {
    const sys::Nanoseconds now = sys::now_ns();
    const sys::Nanoseconds left = until - now;
    if (left <= 0) return Wake::overdue;
    // poll(2) skips negative descriptors.
    pollfd events[] = {{child.pidfd(), POLLIN, 0}, {stop_fd, POLLIN, 0}};
    const int ready = ::poll(events, 2, sys::poll_timeout_ms(std::min(left, tick_ns)));
    const sys::Nanoseconds late_ns = sys::now_ns() - now - tick_ns;
    if (late_ns > tick_ns) paused_ns += late_ns;
    if (ready < 0 && errno != EINTR) sys::throw_errno("poll", "run process");
    if (ready <= 0) continue;
    if (events[1].revents != 0) return Wake::stopped;
    if (events[0].revents != 0) return Wake::ended;
  }
}

std::string seconds_text(sys::Nanoseconds time) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f s", static_cast<double>(time) / 1e9);
  return text;
}

}  // namespace

std::string_view name_of(const Subject& subject) noexcept {
  if (subject.kind == SubjectKind::transport) return subject.transport->traits().name;
  return subject_names.at(static_cast<std::size_t>(subject.kind));
}

std::string_view kind_name(SubjectKind kind) noexcept {
  return kind_names.at(static_cast<std::size_t>(kind));
}

std::optional<SubjectKind> reference_named(std::string_view name) noexcept {
  const auto found = std::find(subject_names.begin() + 1, subject_names.end(), name);
  if (found == subject_names.end()) return std::nullopt;
  return static_cast<SubjectKind>(found - subject_names.begin());
}

RunResult run_once(const Job& job, sys::ObjectLog& objects, int stop_fd) {
  choose_instruction_set();
  const Scoreboard board(static_cast<int>(job.workers.size()));
  const sys::Nanoseconds deadline_at = sys::now_ns() + job.deadline_ns;
  const pid_t driver = ::getpid();
  const pid_t pid = ::fork();
  if (pid == 0) run_process(job, board, objects, deadline_at, driver);
  sys::Child child(sys::check(pid, "fork", "run process"));
  ::setpgid(pid, pid);  // from both sides, so that the group exists whoever comes first

  RunResult result;
  Wake wake{};
  try {
    wake = await(child, stop_fd, deadline_at + pinned_tidy_up_ns, result.paused_ns);
    if (wake == Wake::overdue) {
      sys::unpin(pid);
      wake = await(child, stop_fd, deadline_at + tidy_up_ns, result.paused_ns);
    }
  } catch (...) {
    ::kill(-pid, SIGKILL);
    child.wait();
    throw;
  }
  if (wake != Wake::ended) ::kill(-pid, SIGKILL);
  const int ended = child.wait();
  ::kill(-pid, SIGKILL);  // workers of a run process that crashed; usually nobody is left
  objects.remove_leftovers();

  result.figures = figures_of(board, job.settings);
  // In the environment it is meant for all runs of a sweep, and may name a worker that this run has not.
  if (job.fault && static_cast<std::size_t>(job.fault->worker) < job.workers.size()) {
    result.struck_at = board.worker(job.fault->worker).fault_at;
  }
  result.noticed_at = board.run().noticed_at;
  result.status = board.run().status.load(std::memory_order_acquire);
  result.error = board.run().failure.read();
  if (wake == Wake::stopped) {
    result.status = Status::interrupted;
    result.error = "interrupted";
  } else if (wake == Wake::overdue) {
    result.status = Status::timeout;
    result.error =
        "the deadline of " + seconds_text(job.deadline_ns) + " passed and the run process did not end";
  } else if (result.status == Status::none) {
    result.status = Status::error;
    result.error = "run process " + sys::describe_wait_status(ended) + " before it had a result";
  }
  return result;
}

}  // namespace ipcsort::pipeline
