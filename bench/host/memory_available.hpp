// How much memory a run may take on this machine, at this moment.
#pragma once

#include <optional>
#include <string>

namespace ipcsort::host {

struct MemoryAvailable {
  double bytes = 0;
  std::string source;  // who says so: "MemAvailable of /proc/meminfo"
};

// What can be had without swapping: the least that the machine and the control groups leave; nothing where
// neither says. `root` goes before every path.
std::optional<MemoryAvailable> memory_available(const std::string& root = "");

// What a run may take of it. A tenth is left alone: others start processes meanwhile, and the kernel's own
// figure is an estimate.
double memory_allowed(const MemoryAvailable& available) noexcept;

}  // namespace ipcsort::host
