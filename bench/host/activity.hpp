// What goes on on the machine at the moment.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

namespace ipcsort::host {

struct BusyProcess {
  std::string name;
  pid_t pid;
  double cpus;  // CPU time per time: 0.5 is half a CPU
};

// The CPU time so far of each process that /proc shows, by PID.
struct ProcessTime {
  std::string name;
  double cpu_s;
};
using ProcessTimes = std::map<pid_t, ProcessTime>;
ProcessTimes process_times();

// The processes that used most in between, the busiest first, at most `count` and none below a twentieth of a
// CPU; `own` is left out.
std::vector<BusyProcess> busiest(const ProcessTimes& before, const ProcessTimes& after, double elapsed_s,
                                 pid_t own, std::size_t count);

struct Activity {
  bool sees_others = true;  // whether what others do to a run can be found out
  std::optional<double> load_1m;
  std::optional<std::uint64_t> swap_used_bytes;
  std::vector<BusyProcess> busy;
};
// Everything but `busy`, which takes two looks.
Activity current_activity();

// {load_1m, swap_used_bytes, busy: [{name, pid, cpus}]}
nlohmann::ordered_json to_json(const Activity& activity);

// How much memory a run may take.
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
