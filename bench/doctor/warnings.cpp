#include "bench/doctor/warnings.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "bench/host/interference.hpp"
#include "bench/text/units.hpp"

namespace ipcsort::doctor {
namespace {

using nlohmann::ordered_json;
using Pointer = ordered_json::json_pointer;
using enum Severity;

// More than a quiet machine has.
constexpr double steal_share_max = 0.01;
constexpr double p99_to_p50_max = 1.25;
// Below these, runs of the presets' sizes or with many workers fail.
constexpr std::uint64_t dev_shm_bytes_min = 256 << 20;
constexpr std::uint64_t swap_used_bytes_min = 16 << 20;
constexpr std::uint64_t nofile_min = 1024;
constexpr std::uint64_t nproc_min = 512;
constexpr std::uint64_t msgqueue_bytes_min = 819'200;  // the kernel's default

template <typename T>
std::optional<T> fact(const ordered_json& facts, const char* pointer) {
  const Pointer at(pointer);
  if (!facts.contains(at)) return std::nullopt;
  return facts.at(at).get<T>();
}

// Of a limit that may also be "unlimited".
std::optional<std::uint64_t> limit(const ordered_json& facts, const char* pointer) {
  const Pointer at(pointer);
  if (!facts.contains(at) || !facts.at(at).is_number()) return std::nullopt;
  return facts.at(at).get<std::uint64_t>();
}

std::string cpus_text(double cores) { return text::count_text(static_cast<std::size_t>(cores), "CPU"); }

std::string busy_text(const host::Activity& activity) {
  std::string text;
  for (const host::BusyProcess& process : activity.busy) {
    text += (text.empty() ? "" : ", ") + process.name + " (" + std::to_string(process.pid) + ") uses " +
            text::fixed(process.cpus, 2) + " CPUs";
  }
  return text;
}

using List = std::vector<Warning>;

void warn_of_build(List& list, std::string_view build_type) {
  if (build_type == "Debug")
    list.push_back({"build", spoils, "this is a debug build; its figures mean nothing", "use build/release"});
}

void warn_of_others(List& list, const ordered_json& facts, const host::Activity& activity,
                    const Noise* noise) {
  const std::string busy = busy_text(activity);
  const auto cores = fact<double>(facts, "/cores_usable");
  if (noise != nullptr && noise->foreign_share.value_or(0) > host::foreign_share_max) {
    list.push_back({"foreign", spoils,
                    "other processes used " + text::share_text(*noise->foreign_share) +
                        " of the CPUs during the probes" + (busy.empty() ? "" : ": " + busy),
                    "end them, or wait until they are done"});
  }
  if (activity.load_1m && cores && *activity.load_1m > *cores * 0.5) {
    list.push_back(
        {"load", spoils,
         "the machine is busy: load " + text::fixed(*activity.load_1m, 2) + " on " + cpus_text(*cores),
         "wait until it is idle for figures to trust"});
  }
  if (!activity.sees_others) {
    list.push_back({"unseen", spoils, "/proc/stat cannot be read, so nothing notices what others do to a run",
                    "mount /proc; until then no run is marked as disturbed, whatever happens"});
  }
  if (noise != nullptr && noise->steal_share.value_or(0) > steal_share_max) {
    list.push_back({"steal", spoils,
                    "the hypervisor withheld " + text::share_text(*noise->steal_share) + " of the CPUs' time",
                    "measure when its other guests are quiet, or on a machine of your own"});
  }
  if (activity.swap_used_bytes.value_or(0) > swap_used_bytes_min) {
    list.push_back(
        {"swap", spoils,
         text::bytes_text(static_cast<double>(*activity.swap_used_bytes)) + " of memory are swapped out",
         "free memory, then sudo swapoff -a"});
  }
}

void warn_of_cpus(List& list, const ordered_json& facts) {
  const auto cores = fact<double>(facts, "/cores_usable");
  const auto quota = fact<double>(facts, "/cgroup/cpus");
  if (quota && cores && *quota < *cores) {
    list.push_back(
        {"quota", spoils,
         "the control group allows " + text::fixed(*quota, 2) + " CPUs' time on " + cpus_text(*cores) +
             "; a run that uses more is stopped in the middle",
         "lift the quota (docker: no --cpus), or give whole CPUs instead (docker: --cpuset-cpus)"});
  }
  const int niceness = fact<int>(facts, "/niceness").value_or(0);
  const std::string scheduler = fact<std::string>(facts, "/scheduler").value_or("other");
  if (niceness > 0 || scheduler == "idle") {
    list.push_back({"priority", spoils,
                    "what is measured gives way to all others (nice " + std::to_string(niceness) +
                        ", scheduler " + scheduler + ")",
                    "start it without nice(1) or chrt(1), and not from a job that has been put back"});
  }
  if (cores && *cores == 1) {
    list.push_back({"one-cpu", noisy,
                    "there is one CPU: workers and parent take turns, nothing goes between cores",
                    "give at least two, or read the figures as those of one CPU"});
  }
  if (fact<bool>(facts, "/smt") == true) {
    list.push_back({"smt", noisy, "two CPUs share a core; which ones a run gets decides its speed",
                    "use --placement one or spread, or turn it off: echo off | sudo tee "
                    "/sys/devices/system/cpu/smt/control"});
  }
  const auto governor = fact<std::string>(facts, "/governor");
  if (governor && *governor != "performance") {
    list.push_back({"governor", noisy, "the CPU frequency follows the load (governor " + *governor + ")",
                    "sudo cpupower frequency-set --governor performance"});
  }
  if (fact<bool>(facts, "/turbo") == true) {
    list.push_back(
        {"turbo", noisy, "turbo is on: the CPUs' speed depends on their heat and on how many are busy",
         "echo 0 | sudo tee /sys/devices/system/cpu/cpufreq/boost, or with intel_pstate: echo 1 | sudo "
         "tee /sys/devices/system/cpu/intel_pstate/no_turbo"});
  }
  const auto clock = fact<std::string>(facts, "/clock_source");
  if (clock == "hpet" || clock == "acpi_pm" || clock == "jiffies") {
    list.push_back({"clock", noisy, "the clock source is " + *clock + ", slow to read",
                    "boot with clocksource=tsc if the CPU's TSC is steady"});
  }
  if (fact<bool>(facts, "/virtual") == true) {
    list.push_back(
        {"virtual", noisy,
         "this is a virtual machine: what its neighbours do shifts figures from session to session",
         "compare within one session (ipcsort ab), not two files"});
  }
}

void warn_of_memory(List& list, const ordered_json& facts) {
  if (fact<std::string>(facts, "/transparent_hugepages") == "never") {
    list.push_back(
        {"thp", noisy, "transparent huge pages are off: --pages huge has no effect, page faults cost more",
         "echo madvise | sudo tee /sys/kernel/mm/transparent_hugepage/enabled, or use --pages base"});
  }
  const auto shm = limit(facts, "/limits/dev_shm_bytes");
  if (shm && *shm < dev_shm_bytes_min) {
    list.push_back({"dev-shm", noisy,
                    "/dev/shm holds " + text::bytes_text(static_cast<double>(*shm)) +
                        "; transports that use shared memory fail on larger data",
                    "sudo mount -o remount,size=1G /dev/shm (docker: --shm-size=1g)"});
  }
}

void warn_of_limits(List& list, const ordered_json& facts) {
  const auto low = [&](const char* pointer, std::uint64_t least, const std::string& about,
                       const std::string& name, const std::string& effect, const std::string& remedy) {
    const auto value = limit(facts, pointer);
    if (value && *value < least)
      list.push_back({about, noisy, name + " is " + std::to_string(*value) + ": " + effect, remedy});
  };
  low("/limits/rlimit_msgqueue_bytes", msgqueue_bytes_min, "msgqueue", "RLIMIT_MSGQUEUE",
      "few or no POSIX message queues can be made",
      "ulimit -q 819200, or more with /etc/security/limits.conf");
  low("/limits/rlimit_nofile", nofile_min, "nofile", "RLIMIT_NOFILE", "many workers or files do not fit",
      "ulimit -n 1024 or more");
  low("/limits/rlimit_nproc", nproc_min, "nproc", "RLIMIT_NPROC", "many workers cannot be started",
      "ulimit -u 512 or more");
}

void warn_of_uneven_compute(List& list, const Noise& noise) {
  for (const Probe& probe : noise.probes) {
    if (probe.name != "compute" || !probe.spread || probe.spread->p99_to_p50() <= p99_to_p50_max) continue;
    list.push_back(
        {"uneven", noisy,
         "the same computation took up to " + text::fixed(probe.spread->p99_to_p50(), 2) +
             " times its median (p99)",
         "take more runs, and measure as this report says; the other warnings may name the cause"});
  }
}

}  // namespace

std::string_view to_string(Severity severity) noexcept {
  return severity == Severity::spoils ? "spoils" : "noisy";
}

std::vector<Warning> warnings_for(const ordered_json& facts, const host::Activity& activity,
                                  std::string_view build_type, const Noise* noise) {
  List list;
  warn_of_build(list, build_type);
  warn_of_others(list, facts, activity, noise);
  warn_of_cpus(list, facts);
  warn_of_memory(list, facts);
  warn_of_limits(list, facts);
  if (noise != nullptr) warn_of_uneven_compute(list, *noise);
  std::ranges::stable_sort(list, {}, &Warning::severity);
  return list;
}

ordered_json to_json(std::span<const Warning> warnings) {
  ordered_json list = ordered_json::array();
  for (const Warning& warning : warnings) {
    list.push_back({{"about", warning.about},
                    {"severity", to_string(warning.severity)},
                    {"what", warning.what},
                    {"remedy", warning.remedy}});
  }
  return list;
}

}  // namespace ipcsort::doctor
