#include "bench/host/memory_available.hpp"

#include <cstdlib>

#include "bench/host/cgroup.hpp"
#include "sys/kernel_file.hpp"

namespace ipcsort::host {

std::optional<MemoryAvailable> memory_available(const std::string& root) {
  std::optional<MemoryAvailable> available;
  const auto kib = sys::value_of(root + "/proc/meminfo", "MemAvailable", ':');  // "23183676 kB"
  if (kib) available = {std::strtod(kib->c_str(), nullptr) * 1024, "MemAvailable of /proc/meminfo"};
  const auto left = cgroup_limits(root).memory_left_bytes;
  if (left && (!available || static_cast<double>(*left) < available->bytes))
    available = {static_cast<double>(*left), "what the control group's limit leaves"};
  return available;
}

double memory_allowed(const MemoryAvailable& available) noexcept { return 0.9 * available.bytes; }

}  // namespace ipcsort::host
