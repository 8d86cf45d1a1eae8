#include "sys/cpu_use.hpp"

#include <sys/resource.h>

#include <algorithm>

#include "sys/clock.hpp"

namespace ipcsort::sys {
namespace {

std::int64_t nanoseconds(const timeval& time) noexcept {
  return static_cast<std::int64_t>(time.tv_sec) * second_ns + static_cast<std::int64_t>(time.tv_usec) * 1000;
}

constexpr std::int64_t CpuUse::*sums[] = {
    &CpuUse::user_ns,      &CpuUse::system_ns,   &CpuUse::switches_voluntary, &CpuUse::switches_involuntary,
    &CpuUse::faults_minor, &CpuUse::faults_major};

}  // namespace

CpuUse& CpuUse::operator+=(const CpuUse& other) noexcept {
  for (const auto sum : sums) this->*sum += other.*sum;
  rss_bytes_max = std::max(rss_bytes_max, other.rss_bytes_max);
  return *this;
}

CpuUse& CpuUse::operator-=(const CpuUse& other) noexcept {
  for (const auto sum : sums) this->*sum -= other.*sum;
  return *this;
}

CpuUse& CpuUse::operator/=(std::int64_t runs) noexcept {
  for (const auto sum : sums) this->*sum /= runs;
  return *this;
}

CpuUse cpu_use(int who) noexcept {
  rusage usage{};
  ::getrusage(who, &usage);
  CpuUse use;
  use.user_ns = nanoseconds(usage.ru_utime);
  use.system_ns = nanoseconds(usage.ru_stime);
  use.switches_voluntary = usage.ru_nvcsw;
  use.switches_involuntary = usage.ru_nivcsw;
  use.faults_minor = usage.ru_minflt;
  use.faults_major = usage.ru_majflt;
  use.rss_bytes_max = usage.ru_maxrss * 1024;
  return use;
}

}  // namespace ipcsort::sys
