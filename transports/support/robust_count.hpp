// How many slots are filled, kept in shared memory under a robust mutex: the two counting semaphores of a bounded
// buffer made of a mutex and two conditions, which no kill -9 can stop.
//
// The mutex is robust: when its owner was killed, the next one to lock it is told (EOWNERDEAD) and mends it.
// pthread_cond_t has nothing like that. Whoever calls pthread_cond_signal holds a lock inside it for a
// moment, and whoever runs into the end of a timed wait wants that lock: a parent that waited in slices for
// workers killed at random moments hung for ever in pthread_cond_clockwait (docs/decisions/conditions.md has
// the figures), and pthread_cond_wait without a time does not return for a signal at all (POSIX forbids it
// EINTR). So of the two conditions only `worker_may_go`, on which the worker waits and the parent signals, is
// a pthread_cond_t: a wait without a time takes no lock inside it, so a killed waiter leaves none. The other,
// on which the parent waits, is a count that only grows, and futex(2).
//
// Either side takes all the slots there are when it has none left, and the parent gives several back together,
// so that the mutex is locked about once for each message, and whoever sleeps is woken once for many.
#pragma once

#include <pthread.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <ctime>
#include <stdexcept>
#include <string>
#include <utility>

#include "sys/clock.hpp"
#include "sys/error.hpp"
#include "sys/futex.hpp"
#include "transports/support/slot.hpp"
#include "transports/transport.hpp"

namespace ipcsort::transports {

// In memory that both sides map. Nothing in it is ever destroyed: a killed worker may still count as a
// waiter. It goes with the memory.
struct alignas(64) RobustCount {
  pthread_mutex_t mutex;         // guards `filled` and `parent_waits`
  pthread_cond_t worker_may_go;  // there are fewer than all
  std::uint32_t filled = 0;      // and not given back
  std::uint32_t parent_waits = 0;
  std::atomic<std::uint32_t> parent_may_go{0};  // grows with each slot that is filled

  RobustCount() {
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
  RobustCount(const RobustCount&) = delete;
  RobustCount& operator=(const RobustCount&) = delete;

  static void check(int error, const char* call) {
    if (error != 0) sys::throw_errno(call, "robust mutex in shared memory", error);
  }
};

// The worker's side. It may wait for ever.
class FillingSide {
 public:
  FillingSide(RobustCount& shared, std::size_t slots) noexcept
      : shared_(&shared), slots_(static_cast<std::uint32_t>(slots)) {}

  void wait_writable() {
    if (empty_ == 0) {
      locked(::pthread_mutex_lock(&shared_->mutex), "pthread_mutex_lock");
      while (shared_->filled >= slots_)
        locked(::pthread_cond_wait(&shared_->worker_may_go, &shared_->mutex), "pthread_cond_wait");
      empty_ = slots_ - shared_->filled;
      ::pthread_mutex_unlock(&shared_->mutex);
    }
    --empty_;
  }
  void post_readable() {
    locked(::pthread_mutex_lock(&shared_->mutex), "pthread_mutex_lock");
    ++shared_->filled;
    shared_->parent_may_go.fetch_add(1);
    const bool parent_waits = std::exchange(shared_->parent_waits, 0) != 0;
    ::pthread_mutex_unlock(&shared_->mutex);
    if (parent_waits) sys::futex_wake_all(shared_->parent_may_go);
  }

 private:
  void locked(int error, const char* call) {
    if (error == EOWNERDEAD) error = ::pthread_mutex_consistent(&shared_->mutex);
    RobustCount::check(error, call);
  }
  RobustCount* shared_;
  std::uint32_t slots_;
  std::uint32_t empty_ = 0;  // slots that may be filled without asking
};

// The parent's side. It never waits longer than its Watch says.
class EmptyingSide {
 public:
  EmptyingSide(RobustCount& shared, std::size_t slots) noexcept
      : shared_(&shared), slots_(static_cast<std::uint32_t>(slots)), per_return_(slots_per_return(slots)) {}

  // closed when the mutex tells that the worker was killed, and it had filled no slot.
  Io wait_readable(Watch& watch) {
    for (Io status = Io::ok; filled_ == 0;) {
      const std::uint32_t seen = shared_->parent_may_go.load();
      const Io locked = lock(watch);
      if (locked != Io::ok) return locked;
      if (emptied_ >= per_return_) give_back();
      const std::uint32_t filled = shared_->filled;
      shared_->parent_waits = filled == emptied_ ? 1 : 0;
      ::pthread_mutex_unlock(&shared_->mutex);
      if (filled > slots_ || filled < emptied_) {
        throw std::runtime_error("the worker left a torn count: " + std::to_string(filled) + " of " +
                                 std::to_string(slots_) + " slots are filled");
      }
      filled_ = filled - emptied_;
      if (filled_ > 0) break;
      if (status != Io::ok) return status;
      if (owner_died_) {
        const Io verdict = watch.check();
        return verdict == Io::ok ? Io::closed : verdict;  // as the end of a stream would say it
      }
      sys::futex_wait(shared_->parent_may_go, seen);
      if (shared_->parent_may_go.load() == seen) status = watch.check();
    }
    --filled_;
    return Io::ok;
  }
  // When the worker sits on the mutex they are given back in the next wait_readable(), which has a Watch.
  void post_writable() {
    if (++emptied_ < per_return_ || !try_lock(slice_ns)) return;
    give_back();
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
    RobustCount::check(error, "pthread_mutex_lock");
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
  void give_back() {
    shared_->filled -= emptied_;
    emptied_ = 0;
    ::pthread_cond_signal(&shared_->worker_may_go);
  }

  RobustCount* shared_;
  std::uint32_t slots_;
  std::uint32_t per_return_;
  std::uint32_t filled_ = 0;   // slots that may be emptied without asking
  std::uint32_t emptied_ = 0;  // and not given back yet
  bool owner_died_ = false;
};

}  // namespace ipcsort::transports
