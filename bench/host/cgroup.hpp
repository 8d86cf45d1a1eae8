// What the control groups of this process allow it: cgroups(7), in the kernel's Documentation/
// admin-guide/cgroup-v2.rst and cgroup-v1/. Containers and CI runners are limited by these.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace ipcsort::host {

struct CgroupLimits {
  std::optional<double> cpus;  // CPU time per time: 1.5 is one and a half CPUs' worth
  std::optional<std::uint64_t> memory_bytes;
  // What may still be taken: the limit less what is used, file cache aside, which the kernel gives up first.
  std::optional<std::uint64_t> memory_left_bytes;
};

// The tightest limits of the process's groups and all groups above them, as far as they can be seen; nothing
// where there is no limit. `root` goes before every path: a directory that imitates the files.
CgroupLimits cgroup_limits(const std::string& root = "");

}  // namespace ipcsort::host
