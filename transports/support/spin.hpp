// What a loop does while it waits for another processor to store.
#pragma once

#include <sched.h>

#include <algorithm>

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

// A short spin before a sleep. It pays while the other side runs; where processes outnumber processors it
// takes the time away from the one that is waited for. So it shrinks each time it was in vain, grows again
// when it was not, and is left out where there is one processor only.
class AdaptiveSpin {
 public:
  AdaptiveSpin() noexcept : turns_max_(processors() > 1 ? 512 : 0), turns_(turns_max_) {}

  // True as soon as `ready()` is, false when it is time to sleep.
  template <typename Ready>
  bool operator()(Ready ready) {
    for (unsigned turn = 0; turn < turns_; ++turn) {
      spin_pause();
      if (!ready()) continue;
      turns_ = std::min(turns_ * 2, turns_max_);
      return true;
    }
    turns_ = std::min(std::max(turns_ / 2, turns_min), turns_max_);
    return false;
  }

 private:
  static constexpr unsigned turns_min = 16;

  static int processors() noexcept {
    cpu_set_t set;
    // Fails where there are more processors than the set has room for: many.
    return ::sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : CPU_SETSIZE;
  }

  unsigned turns_max_;
  unsigned turns_;
};

}  // namespace ipcsort::transports
