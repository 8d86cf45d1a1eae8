// Who knows if the workers still live, and wakes whoever waits for one that does not.
//
// One thread of the run process sleeps in poll(2) on a signalfd for SIGCHLD and on an eventfd, until the
// deadline: no tick, nothing in the measured path while all is well. When a worker ends or is stopped, or the
// deadline passes, it notes why and signals every thread that is receiving, again and again until it has come
// back, because a signal that arrives just before a blocking call would be lost.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "bench/pipeline/scoreboard.hpp"
#include "sys/clock.hpp"
#include "sys/fd.hpp"
#include "sys/process.hpp"
#include "transports/transport.hpp"

namespace ipcsort::pipeline {

struct Failure {
  Status status = Status::error;
  std::string text;
};

class Supervisor {
 public:
  // `children[i]` is worker i. Must be made before any other thread of the process, in the process that
  // forked them; blocks SIGCHLD for the calling thread.
  Supervisor(std::vector<sys::Child>& children, const Scoreboard& board, sys::Nanoseconds deadline_at,
             sys::Nanoseconds deadline_ns);
  ~Supervisor();
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;

  // The watch over worker `index`. While a WatchScope lives, the thread that made it is woken when there is
  // cause.
  Watch& watch(int index) noexcept;
  class WatchScope {
   public:
    WatchScope(Supervisor& supervisor, int worker);
    ~WatchScope();
    WatchScope(const WatchScope&) = delete;
    WatchScope& operator=(const WatchScope&) = delete;

   private:
    Supervisor& supervisor_;
    int worker_;
  };

  // Ends the run: every watch answers from now on, every receiver is woken. The first failure stays.
  void fail(Status status, const std::string& text);
  [[nodiscard]] std::optional<Failure> failure();

  // A receiver saw its connection end early: gives worker `index` a second to be found dead, so that the
  // cause is told and not the symptom; otherwise the symptom is the failure.
  void explain_early_end(int worker, const std::string& symptom);

  // Waits until every worker has ended, at most until `until_ns`; false when some have not.
  bool wait_all_ended(sys::Nanoseconds until_ns);

 private:
  struct Watched;

  void supervise(const std::stop_token& stop);
  void collect();  // takes the state changes of all children
  void check_stopped(sys::Nanoseconds now);
  void wake_receivers();
  void wake_supervisor() noexcept;
  [[nodiscard]] int poll_timeout_ms(sys::Nanoseconds now);
  void judge(int worker, int ended);
  [[nodiscard]] std::string deadline_text();

  std::vector<sys::Child>& children_;
  const Scoreboard& board_;
  const sys::Nanoseconds deadline_at_;
  const sys::Nanoseconds deadline_ns_;
  std::vector<std::unique_ptr<Watched>> watched_;
  std::atomic<Io> run_state_{Io::ok};
  std::mutex mutex_;  // guards what follows and the threads in watched_
  std::condition_variable changed_;
  std::optional<Failure> failure_;
  sys::Fd child_signals_;
  sys::Fd wake_up_;
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace ipcsort::pipeline
