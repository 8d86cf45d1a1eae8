// Whose turn it is, the worker's or the parent's, kept in shared memory under a robust mutex: a binary
// semaphore made of a mutex and two conditions, which no kill -9 can stop.
//
// The mutex is robust: when its owner was killed, the next one to lock it is told (EOWNERDEAD) and mends it.
// pthread_cond_t has nothing like that. Whoever calls pthread_cond_signal holds a lock inside it for a
// moment, and whoever runs into the end of a timed wait wants that lock: a parent that waited in slices for
// workers killed at random moments hung for ever in pthread_cond_clockwait (docs/decisions/conditions.md has
// the figures), and pthread_cond_wait without a time does not return for a signal at all (POSIX forbids it
// EINTR). So of the two conditions only `worker_may_go`, on which the worker waits and the parent signals, is
// a pthread_cond_t: a wait without a time takes no lock inside it, so a killed waiter leaves none. The other,
// on which the parent waits, is a count that only grows, and futex(2).
#pragma once

#include <pthread.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <ctime>
#include <stdexcept>
#include <string>

#include "sys/clock.hpp"
#include "sys/error.hpp"
#include "sys/futex.hpp"
#include "transports/transport.hpp"

namespace ipcsort::transports {

// In memory that both sides map. Nothing in it is ever destroyed: a killed worker may still count as a
// waiter. It goes with the memory.
struct alignas(64) RobustTurn {
  static constexpr std::uint32_t workers = 1;
  static constexpr std::uint32_t parents = 2;

  pthread_mutex_t mutex;         // guards `turn`
  pthread_cond_t worker_may_go;  // turn == workers
  std::uint32_t turn = workers;
  std::atomic<std::uint32_t> parent_may_go{0};  // grows with each turn of the parent

  RobustTurn() {
    pthread_mutexattr_t of_mutex;
    ::pthread_mutexattr_init(&of_mutex);
    ::pthread_mutexattr_setpshared(&of_mutex, PTHREAD_PROCESS_SHARED);
    ::pthread_mutexattr_setrobust(&of_mutex, PTHREAD_MUTEX_ROBUST);
    check(::pthread_mutex_init(&mutex, &of_mutex), "pthread_mutex_init");
    ::pthread_mutexattr_destroy(&of_mutex);
    pthread_condattr_t of_condition;
    ::pthread_condattr_init(&of_condition);
    ::pthread_condattr_setpshared(&of_condition, PTHREAD_PROCESS_SHARED);
    check(::pthread_cond_init(&worker_may_go, &of_condition), "pthread_cond_init");
    ::pthread_condattr_destroy(&of_condition);
  }
  RobustTurn(const RobustTurn&) = delete;
  RobustTurn& operator=(const RobustTurn&) = delete;

  static void check(int error, const char* call) {
    if (error != 0) sys::throw_errno(call, "robust mutex in shared memory", error);
  }
};

// The worker's side. It may wait for ever.
class WorkersTurn {
 public:
  explicit WorkersTurn(RobustTurn& shared) noexcept : shared_(&shared) {}

  void wait_writable() {
    locked(::pthread_mutex_lock(&shared_->mutex), "pthread_mutex_lock");
    while (shared_->turn != RobustTurn::workers)
      locked(::pthread_cond_wait(&shared_->worker_may_go, &shared_->mutex), "pthread_cond_wait");
    ::pthread_mutex_unlock(&shared_->mutex);
  }
  void post_readable() {
    locked(::pthread_mutex_lock(&shared_->mutex), "pthread_mutex_lock");
    shared_->turn = RobustTurn::parents;
    shared_->parent_may_go.fetch_add(1);
    ::pthread_mutex_unlock(&shared_->mutex);
    sys::futex_wake_all(shared_->parent_may_go);
  }

 private:
  void locked(int error, const char* call) {
    if (error == EOWNERDEAD) error = ::pthread_mutex_consistent(&shared_->mutex);
    RobustTurn::check(error, call);
  }
  RobustTurn* shared_;
};

// The parent's side. It never waits longer than its Watch says.
class ParentsTurn {
 public:
  explicit ParentsTurn(RobustTurn& shared) noexcept : shared_(&shared) {}

  // closed when the mutex tells that the worker was killed, and it had not given the turn away.
  Io wait_readable(Watch& watch) {
    for (Io status = Io::ok;;) {
      const std::uint32_t seen = shared_->parent_may_go.load();
      const Io locked = lock(watch);
      if (locked != Io::ok) return locked;
      if (owes_turn_) pass_turn();
      const std::uint32_t turn = shared_->turn;
      ::pthread_mutex_unlock(&shared_->mutex);
      if (turn == RobustTurn::parents) return Io::ok;
      if (turn != RobustTurn::workers)
        throw std::runtime_error("the worker left its turn torn: " + std::to_string(turn));
      if (status != Io::ok) return status;
      if (owner_died_) {
        const Io verdict = watch.check();
        return verdict == Io::ok ? Io::closed : verdict;  // as the end of a stream would say it
      }
      sys::futex_wait(shared_->parent_may_go, seen);
      if (shared_->parent_may_go.load() == seen) status = watch.check();
    }
  }
  // When the worker sits on the mutex the turn is passed in the next wait_readable(), which has a Watch.
  void post_writable() {
    owes_turn_ = true;
    if (!try_lock(slice_ns)) return;
    pass_turn();
    ::pthread_mutex_unlock(&shared_->mutex);
  }

 private:
  // pthread_mutex_lock does not return for a signal. The worker holds the mutex for some instructions, so
  // this time counts only when it is stopped right there.
  static constexpr sys::Nanoseconds slice_ns = 20'000'000;

  bool try_lock(sys::Nanoseconds patience_ns) {
    int error = ::pthread_mutex_trylock(&shared_->mutex);
    if (error == EBUSY && patience_ns > 0) {
      const sys::Nanoseconds until_ns = sys::now_ns() + patience_ns;
      const timespec until{until_ns / sys::second_ns, until_ns % sys::second_ns};
      error = ::pthread_mutex_clocklock(&shared_->mutex, CLOCK_MONOTONIC, &until);
    }
    if (error == EBUSY || error == ETIMEDOUT) return false;
    if (error == EOWNERDEAD) {
      owner_died_ = true;
      error = ::pthread_mutex_consistent(&shared_->mutex);
    }
    RobustTurn::check(error, "pthread_mutex_lock");
    return true;
  }
  Io lock(Watch& watch) {
    for (;;) {
      if (try_lock(slice_ns)) return Io::ok;
      const Io status = watch.check();
      if (status != Io::ok) return try_lock(0) ? Io::ok : status;
    }
  }
  // Under the mutex.
  void pass_turn() {
    shared_->turn = RobustTurn::workers;
    owes_turn_ = false;
    ::pthread_cond_signal(&shared_->worker_may_go);
  }

  RobustTurn* shared_;
  bool owes_turn_ = false;
  bool owner_died_ = false;
};

}  // namespace ipcsort::transports
