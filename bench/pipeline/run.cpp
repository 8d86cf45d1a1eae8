#include "bench/pipeline/run.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <exception>
#include <span>

#include "bench/pipeline/execute.hpp"
#include "bench/pipeline/prepare.hpp"
#include "bench/pipeline/scoreboard.hpp"
#include "bench/pipeline/sorter.hpp"
#include "bench/pipeline/verify.hpp"
#include "sys/affinity.hpp"
#include "sys/error.hpp"
#include "sys/process.hpp"

namespace ipcsort::pipeline {
namespace {

// What the run process may take beyond its deadline to kill its workers, clean up and say so.
constexpr sys::Nanoseconds tidy_up_ns = 2 * sys::second_ns;

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
  const Places places(job.settings.placement);
  places.take_parent_place();
  switch (job.subject.kind) {
    case SubjectKind::transport: run_through_transport(job, board, places, objects, deadline_at); return;
    case SubjectKind::serial:
    case SubjectKind::threads: run_in_threads(job, board, places); return;
    case SubjectKind::memcpy_one_copy:
    case SubjectKind::memcpy_two_copies: run_calibration(job, board, places); return;
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
    Verdict none = Verdict::none;
    run.verdict.compare_exchange_strong(none, Verdict::ok);
  } catch (const std::exception& error) {
    run.failure.write(error.what());
    run.verdict.store(Verdict::error, std::memory_order_release);
  }
  ::_exit(0);
}

enum class Wake { ended, stopped, overdue };

Wake await(const sys::Child& child, int stop_fd, sys::Nanoseconds until) {
  for (;;) {
    const sys::Nanoseconds left = until - sys::now_ns();
    if (left <= 0) return Wake::overdue;
    pollfd events[] = {{child.pidfd(), POLLIN, 0},
                       {stop_fd, POLLIN, 0}};  // poll(2) skips negative descriptors
    const int ready =
        ::poll(events, 2, static_cast<int>(std::min<sys::Nanoseconds>(left / 1'000'000 + 1, 3'600'000)));
    if (ready < 0 && errno != EINTR) sys::throw_errno("poll", "run process");
    if (ready <= 0) continue;
    if (events[1].revents != 0) return Wake::stopped;
    if (events[0].revents != 0) return Wake::ended;
  }
}

Status status_of(Verdict verdict) noexcept {
  switch (verdict) {
    case Verdict::ok: return Status::ok;
    case Verdict::timeout: return Status::timeout;
    case Verdict::peer_died: return Status::peer_died;
    case Verdict::none:
    case Verdict::error: return Status::error;
  }
  return Status::error;
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
  switch (kind) {
    case SubjectKind::transport: return "transport";
    case SubjectKind::serial:
    case SubjectKind::threads: return "reference";
    case SubjectKind::memcpy_one_copy:
    case SubjectKind::memcpy_two_copies: return "calibration";
  }
  return "?";
}

std::optional<SubjectKind> reference_named(std::string_view name) noexcept {
  for (std::size_t i = 1; i < subject_names.size(); ++i) {
    if (subject_names.at(i) == name) return static_cast<SubjectKind>(i);
  }
  return std::nullopt;
}

std::string_view to_string(Status status) noexcept {
  switch (status) {
    case Status::ok: return "ok";
    case Status::error: return "error";
    case Status::timeout: return "timeout";
    case Status::peer_died: return "peer_died";
    case Status::interrupted: return "interrupted";
  }
  return "?";
}

SortedRun merge_target(const Job& job) {
  if (job.settings.memory == Memory::fresh) return {};
  return allocate_ready_run(job.expected.count, job.settings.pages);
}

Merged merge(const Job& job, const std::vector<Run>& runs, unsigned threads, SortedRun target) {
  const bool concat = job.settings.merge == Merge::concat;
  if (!concat && runs.size() == 1) return {{}, runs};  // a single run is the merged result as it stands
  std::size_t count = 0;
  for (const Run& run : runs) count += run.size();
  Merged merged{std::move(target), {}};
  if (!merged.memory.memory) merged.memory = allocate_run(count, job.settings.pages);
  const std::span<std::int32_t> numbers =
      merged.memory.numbers.first(std::min(count, merged.memory.numbers.size()));
  if (!concat) {
    merge_runs(runs, numbers, threads);
    merged.sorted_parts = {numbers};
    return merged;
  }
  concat_runs(runs, numbers);
  std::size_t at = 0;
  for (const Run& run : runs) {
    merged.sorted_parts.push_back(numbers.subspan(at, run.size()));
    at += run.size();
  }
  return merged;
}

std::optional<std::string> verify(const Job& job, const Merged& merged, const Scoreboard& board) {
  if (job.subject.kind == SubjectKind::transport) slow_total_down(job.slowdown, board);
  board.run().merged_at = sys::now_ns();
  board.run().cpu_at_end = current_cpu();
  board.run().use = sys::cpu_use(RUSAGE_SELF);
  board.run().migrations = sys::migrations_so_far().value_or(-1);
  auto fault = find_fault(merged.sorted_parts, job.expected, sys::usable_cpus());
  board.run().verified_at = sys::now_ns();
  return fault;
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

  Wake wake{};
  try {
    wake = await(child, stop_fd, deadline_at + tidy_up_ns);
  } catch (...) {
    ::kill(-pid, SIGKILL);
    child.wait();
    throw;
  }
  if (wake != Wake::ended) ::kill(-pid, SIGKILL);
  const int ended = child.wait();
  ::kill(-pid, SIGKILL);  // workers of a run process that crashed; usually nobody is left
  objects.remove_leftovers();

  RunResult result;
  result.figures = figures_of(board, job.settings.transfer);
  // In the environment it is meant for all runs of a sweep, and may name a worker that this run has not.
  if (job.fault && static_cast<std::size_t>(job.fault->worker) < job.workers.size()) {
    result.struck_at = board.worker(job.fault->worker).fault_at;
  }
  result.noticed_at = board.run().noticed_at;
  const Verdict verdict = board.run().verdict.load(std::memory_order_acquire);
  if (wake == Wake::stopped) {
    result.status = Status::interrupted;
    result.error = "interrupted";
  } else if (wake == Wake::overdue) {
    result.status = Status::timeout;
    result.error =
        "the deadline of " + seconds_text(job.deadline_ns) + " passed and the run process did not end";
  } else if (verdict == Verdict::none) {
    result.status = Status::error;
    result.error = "run process " + sys::describe_wait_status(ended) + " before it had a result";
  } else {
    result.status = status_of(verdict);
    result.error = board.run().failure.read();
  }
  return result;
}

}  // namespace ipcsort::pipeline
