#include "sys/futex.hpp"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <climits>
#include <ctime>

namespace ipcsort::sys {

static_assert(sizeof(std::atomic<std::uint32_t>) == 4, "the kernel wants a plain 32-bit word");
static_assert(std::atomic<std::uint32_t>::is_always_lock_free);

void futex_wait(const std::atomic<std::uint32_t>& word, std::uint32_t value,
                Nanoseconds deadline_ns) noexcept {
  timespec until{};
  until.tv_sec = static_cast<time_t>(deadline_ns / second_ns);
  until.tv_nsec = static_cast<long>(deadline_ns % second_ns);
  // FUTEX_WAIT_BITSET takes an absolute CLOCK_MONOTONIC time, FUTEX_WAIT a relative one.
  ::syscall(SYS_futex, &word, FUTEX_WAIT_BITSET, value, deadline_ns == 0 ? nullptr : &until, nullptr,
            FUTEX_BITSET_MATCH_ANY);
}

void futex_wake_all(const std::atomic<std::uint32_t>& word) noexcept {
  ::syscall(SYS_futex, &word, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

}  // namespace ipcsort::sys
