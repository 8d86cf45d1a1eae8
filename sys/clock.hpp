// One clock for everything: CLOCK_MONOTONIC, which all processes of a machine share (clock_gettime(2)).
#pragma once

#include <ctime>

#include <cstdint>

namespace ipcsort::sys {

using Nanoseconds = std::int64_t;

inline constexpr Nanoseconds second_ns = 1'000'000'000;

inline Nanoseconds now_ns() noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<Nanoseconds>(now.tv_sec) * second_ns + now.tv_nsec;
}

}  // namespace ipcsort::sys
