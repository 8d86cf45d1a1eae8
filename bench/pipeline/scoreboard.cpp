#include "bench/pipeline/scoreboard.hpp"

#include <sched.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstring>

namespace ipcsort::pipeline {
namespace {

std::int64_t nanoseconds(const timeval& time) noexcept {
  return static_cast<std::int64_t>(time.tv_sec) * sys::second_ns +
         static_cast<std::int64_t>(time.tv_usec) * 1000;
}

}  // namespace

std::string_view doing(Stage stage) noexcept {
  switch (stage) {
    case Stage::not_started: return "before it started";
    case Stage::started: return "while attaching to the transport";
    case Stage::attached: return "while reading and sorting";
    case Stage::ready: return "while waiting to send";
    case Stage::sending: return "while sending";
    case Stage::sent: return "after sending everything";
  }
  return "?";
}

void SharedText::write(std::string_view text) noexcept {
  std::uint32_t nothing = 0;
  if (!set_.compare_exchange_strong(nothing, 1, std::memory_order_acquire)) return;
  const std::size_t size = std::min(text.size(), text_.size() - 1);
  std::memcpy(text_.data(), text.data(), size);
  text_[size] = '\0';
  set_.store(2, std::memory_order_release);
}

std::string SharedText::read() const { return empty() ? std::string{} : std::string{text_.data()}; }

CpuUse& CpuUse::operator+=(const CpuUse& other) noexcept {
  user_ns += other.user_ns;
  system_ns += other.system_ns;
  switches_voluntary += other.switches_voluntary;
  switches_involuntary += other.switches_involuntary;
  faults_minor += other.faults_minor;
  faults_major += other.faults_major;
  rss_bytes_max = std::max(rss_bytes_max, other.rss_bytes_max);
  return *this;
}

CpuUse& CpuUse::operator/=(std::int64_t runs) noexcept {
  for (const auto sum : {&CpuUse::user_ns, &CpuUse::system_ns, &CpuUse::switches_voluntary,
                         &CpuUse::switches_involuntary, &CpuUse::faults_minor, &CpuUse::faults_major}) {
    this->*sum /= runs;
  }
  return *this;
}

Scoreboard::Scoreboard(int workers)
    : workers_(workers),
      memory_(sys::Mapping::shared_memory(sizeof(RunBoard) +
                                          static_cast<std::size_t>(workers) * sizeof(WorkerBoard))) {}

std::span<WorkerBoard> Scoreboard::workers() const noexcept {
  auto* first = reinterpret_cast<WorkerBoard*>(memory_.data() + sizeof(RunBoard));
  return {first, static_cast<std::size_t>(workers_)};
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

std::int32_t current_cpu() noexcept { return ::sched_getcpu() + 1; }

}  // namespace ipcsort::pipeline
