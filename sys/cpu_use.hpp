// What a process or thread has used so far (getrusage(2)).
#pragma once

#include <cstdint>

namespace ipcsort::sys {

struct CpuUse {
  std::int64_t user_ns = 0;
  std::int64_t system_ns = 0;
  std::int64_t switches_voluntary = 0;
  std::int64_t switches_involuntary = 0;
  std::int64_t faults_minor = 0;
  std::int64_t faults_major = 0;
  std::int64_t rss_bytes_max = 0;

  CpuUse& operator+=(const CpuUse& other) noexcept;  // rss_bytes_max: the larger
  CpuUse& operator-=(const CpuUse& other) noexcept;  // rss_bytes_max: stays
  CpuUse& operator/=(std::int64_t runs) noexcept;    // rss_bytes_max: stays
};

// Of `who`: RUSAGE_SELF, RUSAGE_THREAD or RUSAGE_CHILDREN.
CpuUse cpu_use(int who) noexcept;

}  // namespace ipcsort::sys
