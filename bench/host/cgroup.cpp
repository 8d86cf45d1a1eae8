#include "bench/host/cgroup.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <vector>

#include "sys/kernel_file.hpp"
#include "sys/text.hpp"

namespace ipcsort::host {
namespace {

template <typename T>
void tighten(std::optional<T>& limit, const std::optional<T>& other) {
  if (other) limit = limit ? std::min(*limit, *other) : *other;
}

// The group's directory below `mount` and those above it up to `mount` itself. In a container the path may be
// the host's, which cannot be seen from inside; then only the mount is there, and that is the container's.
std::vector<std::string> group_and_above(const std::string& mount, std::string path) {
  std::vector<std::string> directories;
  while (!path.empty() && path != "/") {
    directories.push_back(mount + path);
    path.erase(path.rfind('/'));
  }
  directories.push_back(mount);
  return directories;
}

// Version 2: "QUOTA PERIOD" in microseconds, or "max PERIOD".
std::optional<double> cpus_v2(const std::string& group) {
  const std::vector<std::string> words = sys::split(sys::first_line(group + "/cpu.max").value_or(""), ' ');
  if (words.size() != 2) return std::nullopt;
  const double quota = std::atof(words[0].c_str());
  const double period = std::atof(words[1].c_str());
  if (!(quota > 0 && period > 0)) return std::nullopt;
  return quota / period;
}

// Version 1: a quota of -1 is none.
std::optional<double> cpus_v1(const std::string& group) {
  const auto quota = sys::first_number(group + "/cpu.cfs_quota_us");
  const auto period = sys::first_number(group + "/cpu.cfs_period_us");
  if (!quota || !period || *period == 0) return std::nullopt;
  return static_cast<double>(*quota) / static_cast<double>(*period);
}

// Version 1 writes "no limit" as the largest multiple of the page size that fits 63 bits.
std::optional<std::uint64_t> memory_v1(const std::string& group) {
  const auto bytes = sys::first_number(group + "/memory.limit_in_bytes");
  constexpr std::uint64_t unlimited = std::uint64_t{1} << 62;
  return bytes && *bytes < unlimited ? bytes : std::nullopt;
}

// `prefix`: how the fields of memory.stat begin that count a group together with those below it.
std::optional<std::uint64_t> memory_left(const std::string& group, std::optional<std::uint64_t> limit_bytes,
                                         const char* usage, const std::string& prefix) {
  const auto used = sys::first_number(group + usage);
  if (!limit_bytes || !used) return std::nullopt;
  std::uint64_t cache = 0;
  for (const char* list : {"inactive_file", "active_file"}) {
    const auto bytes = sys::value_of(group + "/memory.stat", prefix + list, ' ');
    cache += bytes ? sys::parse_bytes(*bytes).value_or(0) : 0;
  }
  const std::uint64_t kept = *used - std::min(*used, cache);
  return *limit_bytes - std::min(*limit_bytes, kept);
}

}  // namespace

CgroupLimits cgroup_limits(const std::string& root) {
  CgroupLimits limits;
  std::ifstream file(root + "/proc/self/cgroup");  // lines ID:CONTROLLERS:PATH
  for (std::string line; std::getline(file, line);) {
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string path = line.substr(second + 1);
    const std::string mount = root + "/sys/fs/cgroup";
    for (const std::string& controller : sys::split(line.substr(first + 1, second - first - 1), ',')) {
      const bool is_v2 = controller.empty();  // which has one hierarchy for all
      const bool has_cpu = is_v2 || controller == "cpu";
      const bool has_memory = is_v2 || controller == "memory";
      if (!has_cpu && !has_memory) continue;
      for (const std::string& group : group_and_above(is_v2 ? mount : mount + "/" + controller, path)) {
        if (has_cpu) tighten(limits.cpus, is_v2 ? cpus_v2(group) : cpus_v1(group));
        if (!has_memory) continue;
        const auto bytes = is_v2 ? sys::first_number(group + "/memory.max") : memory_v1(group);
        tighten(limits.memory_bytes, bytes);
        tighten(limits.memory_left_bytes,
                is_v2 ? memory_left(group, bytes, "/memory.current", "")
                      : memory_left(group, bytes, "/memory.usage_in_bytes", "total_"));
      }
    }
  }
  return limits;
}

}  // namespace ipcsort::host
