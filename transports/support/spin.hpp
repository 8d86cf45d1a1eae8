// What a loop does while it waits for another processor to store.
#pragma once

#include <sched.h>

#include "sys/clock.hpp"

namespace ipcsort::transports {

// Tells the processor that this is a spin loop: less power, less harm to the sibling hyperthread, no
// mis-speculated burst of loads on the way out.
inline void spin_pause() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// A spin before a sleep. While the other side runs, spinning is cheaper: to be woken on another processor
// costs some 50 us where processors are virtual, and what is waited for usually takes less. Where processes
// outnumber processors it is the very worker that is waited for whose time it takes. Nothing tells how many
// want to run; so after every microsecond or so the processor is offered to others. When nobody wants it the
// offer costs a system call; when it takes long, somebody did, and spinning on would be at his expense.
class AdaptiveSpin {
 public:
  AdaptiveSpin() noexcept : is_worth_while_(processors() > 1) {}

  // True as soon as `ready()` is, false when it is time to sleep.
  template <typename Ready>
  bool operator()(Ready ready) const {
    if (!is_worth_while_) return false;
    const sys::Nanoseconds begin_at = sys::now_ns();
    for (;;) {
      for (unsigned turn = 0; turn < turns_per_offer; ++turn) {
        spin_pause();
        if (ready()) return true;
      }
      const sys::Nanoseconds offered_at = sys::now_ns();
      if (offered_at - begin_at > limit_ns) return false;
      ::sched_yield();
      if (ready()) return true;
      if (sys::now_ns() - offered_at > accepted_ns) return false;
    }
  }

 private:
  static constexpr unsigned turns_per_offer = 64;
  // Twice as long as optimal at worst: as long as a sleep costs (Karlin et al., "Competitive randomized
  // algorithms for nonuniform problems", 1994).
  static constexpr sys::Nanoseconds limit_ns = 50'000;
  static constexpr sys::Nanoseconds accepted_ns = 5'000;

  static int processors() noexcept {
    cpu_set_t set;
    // Fails where there are more processors than the set has room for: many.
    return ::sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : CPU_SETSIZE;
  }

  bool is_worth_while_;
};

}  // namespace ipcsort::transports
