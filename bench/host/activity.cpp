#include "bench/host/activity.hpp"

#include <sys/sysinfo.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "bench/host/cgroup.hpp"
#include "bench/host/interference.hpp"
#include "bench/host/machine.hpp"
#include "sys/kernel_file.hpp"
#include "sys/text.hpp"

namespace ipcsort::host {
namespace {

// proc(5): "PID (NAME) STATE ...", of which the 14th and 15th fields are user and system time in ticks. The
// name may hold anything, so what is read begins behind its last bracket.
std::optional<ProcessTime> time_of(const std::string& stat) {
  const std::size_t open = stat.find('(');
  const std::size_t close = stat.rfind(')');
  if (open == std::string::npos || close == std::string::npos || close < open) return std::nullopt;
  std::istringstream fields(stat.substr(close + 1));
  std::string skipped;
  for (int field = 3; field < 14; ++field) fields >> skipped;
  double user = 0, system = 0;
  if (!(fields >> user >> system)) return std::nullopt;
  return ProcessTime{sys::printable(stat.substr(open + 1, close - open - 1)),
                     (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK))};
}

}  // namespace

ProcessTimes process_times() {
  ProcessTimes times;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", none)) {
    const auto pid = sys::parse_count(entry.path().filename().string());
    if (!pid) continue;
    const auto stat = sys::first_line(entry.path().string() + "/stat");  // gone in the meantime: nothing
    if (const auto time = time_of(stat.value_or(""))) times.emplace(static_cast<pid_t>(*pid), *time);
  }
  return times;
}

std::vector<BusyProcess> busiest(const ProcessTimes& before, const ProcessTimes& after, double elapsed_s,
                                 pid_t own, std::size_t count) {
  constexpr double cpus_min = 0.05;
  std::vector<BusyProcess> busy;
  for (const auto& [pid, time] : after) {
    if (pid == own) continue;
    const auto earlier = before.find(pid);
    const double used_s = time.cpu_s - (earlier == before.end() ? 0 : earlier->second.cpu_s);
    const double cpus = elapsed_s > 0 ? used_s / elapsed_s : 0;
    if (cpus >= cpus_min) busy.push_back({time.name, pid, cpus});
  }
  std::stable_sort(busy.begin(), busy.end(),
                   [](const BusyProcess& a, const BusyProcess& b) { return a.cpus > b.cpus; });
  if (busy.size() > count) busy.resize(count);
  return busy;
}

Activity current_activity() {
  Activity activity;
  activity.load_1m = load_average_1m();
  activity.sees_others = cpu_times().has_value();
  struct sysinfo info {};
  if (::sysinfo(&info) == 0)
    activity.swap_used_bytes = static_cast<std::uint64_t>(info.totalswap - info.freeswap) * info.mem_unit;
  return activity;
}

nlohmann::ordered_json to_json(const Activity& activity) {
  nlohmann::ordered_json json;
  if (activity.load_1m) json["load_1m"] = *activity.load_1m;
  if (activity.swap_used_bytes) json["swap_used_bytes"] = *activity.swap_used_bytes;
  json["busy"] = nlohmann::ordered_json::array();
  for (const BusyProcess& process : activity.busy)
    json["busy"].push_back({{"name", process.name}, {"pid", process.pid}, {"cpus", process.cpus}});
  return json;
}

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
