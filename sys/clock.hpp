// One clock for everything: CLOCK_MONOTONIC, which all processes of a machine share (clock_gettime(2)).
#pragma once

#include <ctime>

#include <algorithm>
#include <cstdint>

namespace ipcsort::sys {

using Nanoseconds = std::int64_t;

inline constexpr Nanoseconds second_ns = 1'000'000'000;

inline Nanoseconds now_ns() noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<Nanoseconds>(now.tv_sec) * second_ns + now.tv_nsec;
}

// For poll(2): rounded up, so that the time has come when it returns, and an hour at most.
constexpr int poll_timeout_ms(Nanoseconds left_ns) noexcept {
  return static_cast<int>(std::clamp<Nanoseconds>(left_ns / 1'000'000 + 1, 0, 3'600'000));
}

}  // namespace ipcsort::sys
