#include "tests/transports/supervisor.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>

#include "sys/error.hpp"

namespace ipcsort::conformance {

void install_interrupt_handler() {
  struct sigaction action {};
  action.sa_handler = [](int) {};
  action.sa_flags = 0;  // no SA_RESTART: the interrupted call must come back
  sys::check(::sigaction(SIGUSR1, &action, nullptr), "sigaction");
}

Supervisor::Supervisor(std::vector<sys::Child> workers, Supervision supervision)
    : supervision_(supervision),
      deadline_ns_(sys::now_ns() + supervision.timeout_ns),
      workers_(std::move(workers)),
      wait_statuses_(workers_.size()),
      wake_(sys::check(::eventfd(0, EFD_CLOEXEC), "eventfd")) {
  for (const sys::Child& worker : workers_) watches_.emplace_back(worker.pid(), run_);
  thread_ = std::thread([this] { supervise(); });
}

Supervisor::~Supervisor() {
  stop_ = true;
  ::eventfd_write(wake_.get(), 1);
  thread_.join();
  for (sys::Child& worker : workers_) {
    if (!worker.running()) continue;
    worker.kill(SIGKILL);
    worker.wait();
  }
}

void Supervisor::kill(int worker, int signal) {
  const std::lock_guard lock(mutex_);
  workers_.at(static_cast<std::size_t>(worker)).kill(signal);
}

std::optional<int> Supervisor::wait_end(int worker, sys::Nanoseconds timeout_ns) {
  std::unique_lock lock(mutex_);
  const auto& status = wait_statuses_.at(static_cast<std::size_t>(worker));
  ended_.wait_for(lock, std::chrono::nanoseconds(timeout_ns), [&] { return status.has_value(); });
  return status;
}

Supervisor::Waiting::Waiting(Supervisor& supervisor, int worker)
    : supervisor_(supervisor), worker_(static_cast<std::size_t>(worker)) {
  const std::lock_guard lock(supervisor_.mutex_);
  supervisor_.watches_.at(worker_).waiting_thread_ = static_cast<pid_t>(::syscall(SYS_gettid));
  supervisor_.watches_.at(worker_).told_at_ = 0;
}

Supervisor::Waiting::~Waiting() {
  const std::lock_guard lock(supervisor_.mutex_);
  supervisor_.watches_.at(worker_).waiting_thread_ = 0;
}

void Supervisor::supervise() {
  while (!stop_) {
    std::vector<pollfd> fds{{wake_.get(), POLLIN, 0}};
    bool somebody_to_interrupt = supervision_.storm;
    for (std::size_t worker = 0; worker < workers_.size(); ++worker) {
      if (workers_[worker].running()) fds.push_back({workers_[worker].pidfd(), POLLIN, 0});
      if (watches_[worker].check() != Io::ok) somebody_to_interrupt = true;
    }
    const sys::Nanoseconds left_ns = std::max<sys::Nanoseconds>(deadline_ns_ - sys::now_ns(), 0);
    // A signal that comes just before a thread blocks is lost on it, so they are repeated.
    ::poll(fds.data(), fds.size(), somebody_to_interrupt ? 1 : static_cast<int>(left_ns / 1'000'000) + 1);
    look();
  }
}

void Supervisor::look() {
  const std::lock_guard lock(mutex_);
  for (std::size_t worker = 0; worker < workers_.size(); ++worker) {
    if (wait_statuses_[worker]) continue;
    const auto ended = workers_[worker].try_wait();
    if (!ended) continue;
    wait_statuses_[worker] = *ended;
    if (supervision_.tells_of_ends) {
      Io expected = Io::ok;
      if (*ended == 0) {
        watches_[worker].own_ = Io::closed;
      } else {
        run_.compare_exchange_strong(expected, Io::peer_died);
      }
    }
    ended_.notify_all();
  }
  if (sys::now_ns() >= deadline_ns_) {
    Io expected = Io::ok;
    run_.compare_exchange_strong(expected, Io::timed_out);
  }
  for (WorkerWatch& watch : watches_) {
    if (watch.waiting_thread_ != 0) interrupt(watch);
  }
}

void Supervisor::interrupt(WorkerWatch& watch) const {
  const Io status = watch.check();
  if (status == Io::ok && !supervision_.storm) return;
  ::syscall(SYS_tgkill, ::getpid(), watch.waiting_thread_, SIGUSR1);
  if (status == Io::ok) return;
  const sys::Nanoseconds now = sys::now_ns();
  if (watch.told_at_ == 0) watch.told_at_ = now;
  if (now - watch.told_at_ < supervision_.patience_ns) return;
  std::fprintf(
      stderr,
      "The receiver does not come back: for %.1f s Watch::check() has said \"%s\", and its thread got a "
      "signal every millisecond. On EINTR, or every thousand spins, a receiver asks Watch::check(); if that "
      "is not ok it tries once more without blocking and returns (transports/transport.hpp, \"Who may "
      "block\").\n",
      static_cast<double>(now - watch.told_at_) / 1e9, std::string{to_string(status)}.c_str());
  ::_exit(1);
}

}  // namespace ipcsort::conformance
