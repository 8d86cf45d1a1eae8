// The watching side of the contract, in small: it knows which workers live, and interrupts who waits for a
// dead one.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "sys/clock.hpp"
#include "sys/fd.hpp"
#include "sys/process.hpp"
#include "transports/transport.hpp"

namespace ipcsort::conformance {

struct Supervision {
  sys::Nanoseconds timeout_ns = 240 * sys::second_ns;
  bool tells_of_ends = true;  // false: the watch says nothing when a worker ends; only the deadline remains
  bool storm = false;         // interrupt every waiting thread once a millisecond, for no reason
  // How long a receiver may go on waiting when its watch has something to say; then the program ends, and
  // says which rule was broken.
  sys::Nanoseconds patience_ns = 60 * sys::second_ns;
};

// Installs the handler that makes SIGUSR1 interrupt a blocked call and do nothing else.
void install_interrupt_handler();

class Supervisor {
 public:
  Supervisor(std::vector<sys::Child> workers, Supervision supervision);
  ~Supervisor();  // kills and collects what still runs
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;

  [[nodiscard]] Watch& watch(int worker) { return watches_.at(static_cast<std::size_t>(worker)); }
  void kill(int worker, int signal);
  // The wait status of a worker, once it has ended; nothing after `timeout_ns`.
  std::optional<int> wait_end(int worker, sys::Nanoseconds timeout_ns = 240 * sys::second_ns);

  // While one of these lives, the thread that made it is interrupted when `worker`'s watch has something to
  // say.
  class Waiting {
   public:
    Waiting(Supervisor& supervisor, int worker);
    ~Waiting();
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;

   private:
    Supervisor& supervisor_;
    std::size_t worker_;
  };

 private:
  class WorkerWatch final : public Watch {
   public:
    WorkerWatch(pid_t pid, const std::atomic<Io>& run) : pid_(pid), run_(run) {}
    Io check() noexcept override {
      const Io own = own_;
      return own != Io::ok ? own : run_.load();
    }
    [[nodiscard]] pid_t worker_pid() const noexcept override { return pid_; }

    std::atomic<Io> own_{Io::ok};  // closed once this worker has exited with status 0
    // Guarded by the supervisor's mutex.
    pid_t waiting_thread_ = 0;
    sys::Nanoseconds told_at_ = 0;  // since when the waiting thread is told; 0: it is not

   private:
    pid_t pid_;
    const std::atomic<Io>& run_;
  };

  void supervise();
  void look();
  void interrupt(WorkerWatch& watch) const;

  const Supervision supervision_;
  const sys::Nanoseconds deadline_ns_;
  std::atomic<Io> run_{Io::ok};
  std::vector<sys::Child> workers_;
  std::vector<std::optional<int>> wait_statuses_;
  std::deque<WorkerWatch> watches_;
  std::mutex mutex_;
  std::condition_variable ended_;
  sys::Fd wake_;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace ipcsort::conformance
