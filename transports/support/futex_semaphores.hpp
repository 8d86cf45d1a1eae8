// The semaphores of slot.hpp and lend.hpp as futex words in shared memory. While both sides run, no system
// call is made: a waiter says in the word itself that it sleeps, and only then is it woken.
#pragma once

#include <atomic>
#include <cstdint>

#include "sys/futex.hpp"
#include "transports/support/spin.hpp"
#include "transports/transport.hpp"

namespace ipcsort::transports {

// One side raises it, the other waits until it is raised and lowers it, in turns. All is said in one word, so
// that the order of its changes is all the order there is to think about: a raise comes either before the
// waiter's "I sleep", which then fails, or after it, and sees it.
class alignas(64) FutexFlag {
 public:
  explicit FutexFlag(bool is_raised) noexcept : state_(is_raised ? raised : lowered) {}

  void raise() noexcept {
    if (state_.exchange(raised, std::memory_order_release) == slept_on) sys::futex_wake_all(state_);
  }
  // The lowering store needs no order of its own: the other side raises the flag again only after it has seen
  // something that is published later.
  bool take() noexcept {
    if (state_.load(std::memory_order_acquire) != raised) return false;
    state_.store(lowered, std::memory_order_relaxed);
    return true;
  }
  // Without a watch nobody ends this wait but a kill.
  Io wait(AdaptiveSpin& spin, Watch* watch) noexcept {
    if (take() || spin([&] { return take(); })) return Io::ok;
    for (;;) {
      std::uint32_t seen = lowered;
      state_.compare_exchange_strong(seen, slept_on, std::memory_order_relaxed);
      sys::futex_wait(state_, slept_on);  // returns at once when the flag has been raised by now
      if (take()) return Io::ok;
      const Io status = watch != nullptr ? watch->check() : Io::ok;
      // What the worker published before it ended still counts.
      if (status != Io::ok) return take() ? Io::ok : status;
    }
  }

 private:
  static constexpr std::uint32_t lowered = 0;
  static constexpr std::uint32_t raised = 1;
  static constexpr std::uint32_t slept_on = 2;

  std::atomic<std::uint32_t> state_;
};

// In shared memory, one for each worker.
struct FutexFlags {
  FutexFlag is_writable{true};
  FutexFlag is_readable{false};
  FutexFlag is_returned{false};
};

class FutexSemaphores {
 public:
  explicit FutexSemaphores(FutexFlags& flags) noexcept : flags_(&flags) {}

  void wait_writable() noexcept { (void)flags_->is_writable.wait(spin_, nullptr); }
  void post_readable() noexcept { flags_->is_readable.raise(); }
  Io wait_readable(Watch& watch) noexcept { return flags_->is_readable.wait(spin_, &watch); }
  void post_writable() noexcept { flags_->is_writable.raise(); }
  void wait_returned() noexcept { (void)flags_->is_returned.wait(spin_, nullptr); }
  void post_returned() noexcept { flags_->is_returned.raise(); }

 private:
  FutexFlags* flags_;
  AdaptiveSpin spin_;
};

}  // namespace ipcsort::transports
