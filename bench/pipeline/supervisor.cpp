#include "bench/pipeline/supervisor.hpp"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <stdexcept>
#include <string>

#include "sys/error.hpp"
#include "sys/thread.hpp"

namespace ipcsort::pipeline {
namespace {

constexpr int wake_signal = SIGUSR1;
constexpr sys::Nanoseconds millisecond_ns = 1'000'000;
// An orderly end needs no hurry: the receiver may still be draining what was sent, and signals would disturb
// it.
constexpr sys::Nanoseconds orderly_grace_ns = 50 * millisecond_ns;
constexpr sys::Nanoseconds wake_interval_ns = 2 * millisecond_ns;
// How long a stopped worker is waited for before the run is given up.
constexpr sys::Nanoseconds stopped_grace_ns = 500 * millisecond_ns;

void do_nothing(int) {}

std::string milliseconds_text(sys::Nanoseconds time) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f ms", static_cast<double>(time) / 1e6);
  return text;
}

std::string worker_text(int worker) { return "worker " + std::to_string(worker); }

sys::Fd open_child_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGCHLD);
  // Blocked, so that it is queued for the descriptor; inherited by every thread made from now on.
  if (const int error = ::pthread_sigmask(SIG_BLOCK, &set, nullptr); error != 0) {
    sys::throw_errno("pthread_sigmask", {}, error);
  }
  return sys::Fd{sys::check(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK), "signalfd")};
}

void install_wake_handler() {
  struct sigaction action {};
  action.sa_handler = do_nothing;  // without SA_RESTART: the blocked call must fail with EINTR
  sigemptyset(&action.sa_mask);
  sys::check(::sigaction(wake_signal, &action, nullptr), "sigaction");
}

}  // namespace

// What is known of a worker, and what its receiver asks.
struct Supervisor::Watched final : Watch {
  Watched(const std::atomic<Io>& run_state, const sys::Child& child) : run_state_(run_state), child_(child) {}
  Io check() noexcept override {
    const Io state = run_state_.load(std::memory_order_acquire);
    if (state != Io::ok) return state;
    return ended.load(std::memory_order_acquire) ? Io::closed : Io::ok;
  }
  [[nodiscard]] pid_t worker_pid() const noexcept override { return child_.pid(); }

  std::atomic<bool> ended{false};
  sys::Nanoseconds ended_at = 0;    // guarded by the mutex, as is what follows
  sys::Nanoseconds stopped_at = 0;  // 0: runs
  bool receiving = false;
  pthread_t receiver{};

 private:
  const std::atomic<Io>& run_state_;
  const sys::Child& child_;
};

Supervisor::Supervisor(std::vector<sys::Child>& children, const Scoreboard& board,
                       sys::Nanoseconds deadline_at, sys::Nanoseconds deadline_ns)
    : children_(children),
      board_(board),
      deadline_at_(deadline_at),
      deadline_ns_(deadline_ns),
      child_signals_(open_child_signals()),
      wake_up_(sys::check(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd")) {
  install_wake_handler();
  for (const sys::Child& child : children) watched_.push_back(std::make_unique<Watched>(run_state_, child));
  thread_ = sys::start_thread("supervisor", [this](const std::stop_token& stop) { supervise(stop); });
}

Supervisor::~Supervisor() {
  thread_.request_stop();
  wake_supervisor();
}

void Supervisor::wake_supervisor() noexcept {
  const std::uint64_t one = 1;
  // The counter is far from full. Should a filter refuse the call, a wake-up that is lost costs the deadline.
  for (int attempt = 0; attempt < 3; ++attempt) {
    if (::write(wake_up_.get(), &one, sizeof one) == static_cast<ssize_t>(sizeof one)) return;
  }
}

Watch& Supervisor::watch(int index) noexcept { return *watched_[static_cast<std::size_t>(index)]; }

Supervisor::WatchScope::WatchScope(Supervisor& supervisor, int worker)
    : supervisor_(supervisor), worker_(worker) {
  {
    const std::scoped_lock lock(supervisor_.mutex_);
    Watched& watched = *supervisor_.watched_[static_cast<std::size_t>(worker_)];
    // The first to leave would take the other's place with it, whom nobody would wake then.
    if (watched.receiving)
      throw std::logic_error("two threads wait for worker " + std::to_string(worker_) + " at once");
    watched.receiving = true;
    watched.receiver = ::pthread_self();
    if (watched.check() == Io::ok) return;  // whoever causes it later sees that we are here
  }
  supervisor_.wake_supervisor();
}

Supervisor::WatchScope::~WatchScope() {
  const std::scoped_lock lock(supervisor_.mutex_);
  supervisor_.watched_[static_cast<std::size_t>(worker_)]->receiving = false;
}

void Supervisor::fail(Status status, const std::string& text) {
  {
    const std::scoped_lock lock(mutex_);
    if (failure_) return;
    failure_ = Failure{status, text};
    board_.run().noticed_at = sys::now_ns();
    run_state_.store(status == Status::timeout ? Io::timed_out : Io::peer_died, std::memory_order_release);
  }
  changed_.notify_all();
  wake_supervisor();
}

std::optional<Failure> Supervisor::failure() {
  const std::scoped_lock lock(mutex_);
  return failure_;
}

void Supervisor::explain_early_end(int worker, const std::string& symptom) {
  {
    std::unique_lock lock(mutex_);
    const Watched& watched = *watched_[static_cast<std::size_t>(worker)];
    changed_.wait_for(lock, std::chrono::seconds(1), [&] { return failure_ || watched.ended; });
  }
  fail(Status::error, symptom);  // unless the cause was found
}

bool Supervisor::wait_all_ended(sys::Nanoseconds until_ns) {
  std::unique_lock lock(mutex_);
  const auto all_ended = [&] {
    return std::all_of(watched_.begin(), watched_.end(), [](const auto& w) { return w->ended.load(); });
  };
  const std::chrono::nanoseconds patience{std::max<sys::Nanoseconds>(0, until_ns - sys::now_ns())};
  changed_.wait_for(lock, patience, [&] { return failure_ || all_ended(); });
  return all_ended();
}

void Supervisor::supervise(const std::stop_token& stop) {
  collect();  // a worker may have ended before SIGCHLD was blocked
  while (!stop.stop_requested()) {
    const sys::Nanoseconds now = sys::now_ns();
    if (now >= deadline_at_ && run_state_ == Io::ok) fail(Status::timeout, deadline_text());
    check_stopped(now);
    wake_receivers();
    pollfd events[] = {{child_signals_.get(), POLLIN, 0}, {wake_up_.get(), POLLIN, 0}};
    ::poll(events, 2, poll_timeout_ms(now));
    std::uint64_t count = 0;
    while (::read(wake_up_.get(), &count, sizeof count) > 0) {
    }
    signalfd_siginfo info{};
    bool child_changed = false;
    while (::read(child_signals_.get(), &info, sizeof info) > 0) child_changed = true;
    if (child_changed) collect();
  }
}

int Supervisor::poll_timeout_ms(sys::Nanoseconds now) {
  const std::scoped_lock lock(mutex_);
  sys::Nanoseconds next = run_state_ == Io::ok ? deadline_at_ : now + 3600 * sys::second_ns;
  for (const auto& watched : watched_) {
    if (watched->receiving && run_state_ != Io::ok) next = std::min(next, now + wake_interval_ns);
    if (watched->receiving && watched->ended) {
      next = std::min(next, std::max(now + wake_interval_ns, watched->ended_at + orderly_grace_ns));
    }
    if (watched->stopped_at != 0) next = std::min(next, watched->stopped_at + stopped_grace_ns);
  }
  return sys::poll_timeout_ms(next - now);
}

void Supervisor::collect() {
  for (std::size_t i = 0; i < children_.size(); ++i) {
    Watched& watched = *watched_[i];
    if (watched.ended) continue;
    const auto worker = static_cast<int>(i);
    if (const auto ended = children_[i].try_wait()) {
      judge(worker, *ended);
      const std::scoped_lock lock(mutex_);
      watched.ended_at = sys::now_ns();
      watched.stopped_at = 0;
      watched.ended.store(true, std::memory_order_release);
      changed_.notify_all();
      continue;
    }
    siginfo_t info{};
    const auto pid = static_cast<id_t>(children_[i].pid());
    // Consumes the report, so that each change is seen once.
    if (::waitid(P_PID, pid, &info, WSTOPPED | WCONTINUED | WNOHANG) == 0 && info.si_pid != 0) {
      const std::scoped_lock lock(mutex_);
      watched.stopped_at = info.si_code == CLD_STOPPED ? sys::now_ns() : 0;
    }
  }
}

void Supervisor::check_stopped(sys::Nanoseconds now) {
  int worker = -1;
  {
    const std::scoped_lock lock(mutex_);
    for (std::size_t i = 0; i < watched_.size(); ++i) {
      const sys::Nanoseconds stopped_at = watched_[i]->stopped_at;
      if (stopped_at != 0 && now >= stopped_at + stopped_grace_ns) worker = static_cast<int>(i);
    }
  }
  if (worker < 0) return;
  const Stage stage = board_.worker(worker).stage.load(std::memory_order_acquire);
  fail(Status::timeout, worker_text(worker) + " was stopped by a signal " + std::string{doing(stage)} +
                            in_round(board_.worker(worker).round) + " and not continued within " +
                            milliseconds_text(stopped_grace_ns));
}

void Supervisor::wake_receivers() {
  const sys::Nanoseconds now = sys::now_ns();
  const std::scoped_lock lock(mutex_);
  for (const auto& watched : watched_) {
    if (!watched->receiving) continue;
    const bool orderly = run_state_ == Io::ok;
    if (orderly && !(watched->ended && now >= watched->ended_at + orderly_grace_ns)) continue;
    ::pthread_kill(watched->receiver, wake_signal);  // alive: its WatchScope needs the mutex to go
  }
}

void Supervisor::judge(int worker, int ended) {
  const WorkerBoard& board = board_.worker(worker);
  const Stage stage = board.stage.load(std::memory_order_acquire);
  const bool orderly = WIFEXITED(ended) && WEXITSTATUS(ended) == 0;
  if (orderly && stage == Stage::sent) return;
  if (!board.failure.empty()) {
    fail(Status::error, worker_text(worker) + ": " + board.failure.read());
    return;
  }
  std::string text = worker_text(worker) + " " + sys::describe_wait_status(ended) + " " +
                     std::string{doing(stage)} + in_round(board.round);
  if (board.fault_at != 0) text += "; noticed after " + milliseconds_text(sys::now_ns() - board.fault_at);
  fail(WIFSIGNALED(ended) ? Status::peer_died : Status::error, text);
}

std::string Supervisor::deadline_text() {
  std::string text = "the deadline of " + milliseconds_text(deadline_ns_) + " passed";
  for (std::size_t i = 0; i < children_.size(); ++i) {
    const auto worker = static_cast<int>(i);
    const WorkerBoard& board = board_.worker(worker);
    const Stage stage = board.stage.load(std::memory_order_acquire);
    if (stage == Stage::sent && board.received_at != 0) continue;
    text += "; " + worker_text(worker) + " hung " + std::string{doing(stage)} + in_round(board.round) + ", " +
            std::to_string(board.received_bytes) + " bytes received";
  }
  return text;
}

}  // namespace ipcsort::pipeline
