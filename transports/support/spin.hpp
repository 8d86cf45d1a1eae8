// What a loop does while it waits for another processor to store.
#pragma once

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

}  // namespace ipcsort::transports
