// The raw futex(2) on a word in memory that processes share.
//
// std::atomic::wait cannot be used for this: libstdc++ asks for a process-private futex, so a waiter in
// another process sleeps for ever.
#pragma once

#include <atomic>
#include <cstdint>

#include "sys/clock.hpp"

namespace ipcsort::sys {

// Sleeps while `word` holds `value`; also returns for a signal, spuriously, or at `deadline_ns` (0: no
// deadline). The caller looks at the word again.
void futex_wait(const std::atomic<std::uint32_t>& word, std::uint32_t value,
                Nanoseconds deadline_ns = 0) noexcept;
void futex_wake_all(const std::atomic<std::uint32_t>& word) noexcept;

}  // namespace ipcsort::sys
