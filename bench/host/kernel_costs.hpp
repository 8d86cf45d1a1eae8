// What the kernel of this machine takes for two things that decide how fast a transport can be, before it has moved a byte:
// the first touch of memory, and waking whoever sleeps.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

namespace ipcsort::host {

// The first write to memory that nobody has touched.
struct TouchCost {
  std::string memory;  // "private", "shared": whether other processes have it, too
  std::size_t page_bytes = 0;
  std::optional<double> fault_s;  // a page fault; none: it could not be measured
  std::optional<double> mib_s;    // of memory
  std::string reason{};           // why not
};

// From waking until the last process has seen it; all of them slept on one futex.
struct WakeCost {
  std::size_t processes = 0;
  std::optional<double> wake_s;
  std::string reason{};
};

struct KernelCosts {
  std::vector<TouchCost> touches;  // private and shared memory, by 4 KiB and by 2 MiB
  std::vector<WakeCost> wakes;     // of one process and of four

  // Null where there is no such figure.
  [[nodiscard]] const TouchCost* touch(const std::string& memory, std::size_t page_bytes) const;
  [[nodiscard]] const WakeCost* wake(std::size_t processes) const;
};

inline constexpr std::size_t base_page_bytes = 4096, huge_page_bytes = 2 << 20;

// Medians, within a fifth of a second where the kernel is not extraordinarily slow. Forks; the caller has one thread.
KernelCosts measure_kernel_costs();

// {touches: [{memory, page_bytes, fault_s, mib_s} or {memory, page_bytes, reason}],
//  wakes: [{processes, wake_s} or {processes, reason}]}
nlohmann::ordered_json to_json(const KernelCosts& costs);
// What of that has figures; of anything else nothing.
KernelCosts kernel_costs_from(const nlohmann::ordered_json& json);

}  // namespace ipcsort::host
