#include "bench/host/machine.hpp"

#ifdef __x86_64__
#include <cpuid.h>
#endif
#include <sched.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "bench/host/build_info.hpp"
#include "bench/host/cgroup.hpp"
#include "bench/host/fingerprint.hpp"
#include "sys/affinity.hpp"
#include "sys/kernel_file.hpp"
#include "sys/text.hpp"

namespace ipcsort::host {
namespace {

template <typename T>
void set(nlohmann::ordered_json& json, const std::string& key, const std::optional<T>& value) {
  if (value) json[key] = *value;
}

nlohmann::ordered_json caches(const std::string& root) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (int index = 0;; ++index) {
    const std::string base = root + "/sys/devices/system/cpu/cpu0/cache/index" + std::to_string(index) + "/";
    const auto level = sys::first_number(base + "level");
    const auto type = sys::first_line(base + "type");
    const auto bytes = sys::parse_bytes(sys::first_line(base + "size").value_or(""));  // "32K"
    if (!level || !type || !bytes) return list;
    list.push_back({{"level", *level}, {"type", *type}, {"bytes", *bytes}});
  }
}

// How many numbers a list such as "0-3,8" has.
std::optional<std::uint64_t> count_of_list(const std::optional<std::string>& list) {
  if (!list) return std::nullopt;
  std::uint64_t count = 0;
  for (const std::string& range : sys::split(*list, ',')) {
    const std::vector<std::string> ends = sys::split(range, '-');
    const auto first = sys::parse_count(ends.front());
    const auto last = sys::parse_count(ends.back());
    if (ends.size() > 2 || !first || !last || *last < *first) return std::nullopt;
    count += *last - *first + 1;
  }
  return count;
}

std::optional<bool> on_if(const std::optional<std::uint64_t>& value, std::uint64_t on) {
  return value ? std::optional(*value == on) : std::nullopt;
}

// Two drivers say it in two ways: no_turbo = 1 is off, boost = 1 is on.
std::optional<bool> turbo(const std::string& root) {
  const std::string cpu = root + "/sys/devices/system/cpu/";
  const auto intel = on_if(sys::first_number(cpu + "intel_pstate/no_turbo"), 0);
  return intel ? intel : on_if(sys::first_number(cpu + "cpufreq/boost"), 1);
}

// The word in brackets: "always [madvise] never".
std::optional<std::string> chosen_word(const std::optional<std::string>& line) {
  if (!line) return std::nullopt;
  const std::size_t open = line->find('[');
  const std::size_t close = line->find(']');
  if (open == std::string::npos || close == std::string::npos || close < open) return std::nullopt;
  return line->substr(open + 1, close - open - 1);
}

nlohmann::ordered_json mitigations(const std::string& root) {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  std::set<std::filesystem::path> files;  // in an order that is the same everywhere
  std::error_code none;
  const std::filesystem::directory_iterator all(root + "/sys/devices/system/cpu/vulnerabilities", none);
  for (const auto& entry : all) files.insert(entry.path());
  for (const auto& file : files) set(json, file.filename().string(), sys::first_line(file.string()));
  return json;
}

// The signature that a hypervisor shows its guests, "KVMKVMKVM", where the processor has such a thing.
std::optional<std::string> hypervisor() {
#ifdef __x86_64__
  unsigned eax = 0;
  std::array<unsigned, 3> words{};
  __cpuid(0x40000000, eax, words[0], words[1], words[2]);
  std::array<char, sizeof words + 1> text{};
  std::memcpy(text.data(), words.data(), sizeof words);
  return std::string{text.data()};
#else
  return std::nullopt;
#endif
}

void set_virtual(nlohmann::ordered_json& json, const std::string& root) {
  const auto flags = sys::value_of(root + "/proc/cpuinfo", "flags", ':');
  if (!flags) return;  // not known; other architectures have no such flag
  const bool is_virtual = (" " + *flags + " ").find(" hypervisor ") != std::string::npos;
  json["virtual"] = is_virtual;
  if (is_virtual) set(json, "hypervisor", hypervisor());
}

nlohmann::ordered_json cgroup(const std::string& root) {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  const CgroupLimits limits = cgroup_limits(root);
  set(json, "cpus", limits.cpus);
  set(json, "memory_bytes", limits.memory_bytes);
  return json;
}

void set_sysctls(nlohmann::ordered_json& json, const std::string& root) {
  for (const char* name :
       {"fs.pipe-max-size", "fs.pipe-user-pages-soft", "fs.mqueue.msg_max", "fs.mqueue.msgsize_max",
        "fs.mqueue.queues_max", "kernel.msgmax", "kernel.msgmnb", "kernel.msgmni", "kernel.sem",
        "kernel.shmall", "kernel.shmmax", "kernel.shmmni", "net.core.rmem_default", "net.core.rmem_max",
        "net.core.wmem_default", "net.core.wmem_max", "net.unix.max_dgram_qlen", "vm.overcommit_memory"}) {
    std::string path = name;
    std::replace(path.begin(), path.end(), '.', '/');
    path = root + "/proc/sys/" + path;
    if (const auto number = sys::first_number(path)) {
      json[name] = *number;
    } else {
      set(json, name, sys::first_line(path));  // kernel.sem is four numbers
    }
  }
}

void set_resource_limits(nlohmann::ordered_json& json) {
  const std::array<std::pair<const char*, decltype(RLIMIT_AS)>, 5> kinds = {
      {{"rlimit_as_bytes", RLIMIT_AS},
       {"rlimit_memlock_bytes", RLIMIT_MEMLOCK},
       {"rlimit_msgqueue_bytes", RLIMIT_MSGQUEUE},
       {"rlimit_nofile", RLIMIT_NOFILE},
       {"rlimit_nproc", RLIMIT_NPROC}}};
  for (const auto& [name, kind] : kinds) {
    rlimit limit{};
    if (::getrlimit(kind, &limit) != 0) continue;
    json[name] = limit.rlim_cur;
    if (limit.rlim_cur == RLIM_INFINITY) json[name] = "unlimited";
  }
}

nlohmann::ordered_json limits(const std::string& root) {
  nlohmann::ordered_json json;
  set_sysctls(json, root);
  struct statvfs shm {};
  if (::statvfs((root + "/dev/shm").c_str(), &shm) == 0) json["dev_shm_bytes"] = shm.f_frsize * shm.f_blocks;
  set_resource_limits(json);
  return json;
}

std::string utc(const char* format) {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), format, &parts);
  return text.data();
}

std::string scheduler() {
  const int policy = ::sched_getscheduler(0) & ~SCHED_RESET_ON_FORK;
  switch (policy) {
    case SCHED_OTHER: return "other";
    case SCHED_BATCH: return "batch";
    case SCHED_IDLE: return "idle";
    case SCHED_FIFO: return "fifo";
    case SCHED_RR: return "rr";
    default: return "policy " + std::to_string(policy);
  }
}

}  // namespace

nlohmann::ordered_json machine_facts(const std::string& root) {
  const std::string system = root + "/sys/devices/system/";
  nlohmann::ordered_json json;
  set(json, "cpu", sys::value_of(root + "/proc/cpuinfo", "model name", ':'));
  utsname kernel{};
  const bool kernel_known = ::uname(&kernel) == 0;
  if (kernel_known) json["architecture"] = kernel.machine;
  json["cores"] = ::sysconf(_SC_NPROCESSORS_ONLN);
  json["cores_usable"] = sys::usable_cpus();
  json["cpus_allowed"] = sys::allowed_cpus();
  json["niceness"] = ::getpriority(PRIO_PROCESS, 0);  // of this process and so of its workers, like the next
  json["scheduler"] = scheduler();
  set(json, "smt", on_if(sys::first_number(system + "cpu/smt/active"), 1));
  set(json, "numa_nodes", count_of_list(sys::first_line(system + "node/online")));
  json["caches"] = caches(root);
  struct sysinfo info {};
  if (::sysinfo(&info) == 0) {
    json["ram_bytes"] = static_cast<std::uint64_t>(info.totalram) * info.mem_unit;
    json["swap_bytes"] = static_cast<std::uint64_t>(info.totalswap) * info.mem_unit;
  }
  json["page_bytes"] = ::sysconf(_SC_PAGESIZE);
  set(json, "transparent_hugepages",
      chosen_word(sys::first_line(root + "/sys/kernel/mm/transparent_hugepage/enabled")));
  set(json, "governor", sys::first_line(system + "cpu/cpu0/cpufreq/scaling_governor"));
  set(json, "turbo", turbo(root));
  set(json, "clock_source", sys::first_line(system + "clocksource/clocksource0/current_clocksource"));
  json["mitigations"] = mitigations(root);
  set_virtual(json, root);
  if (kernel_known) json["kernel"] = std::string{kernel.sysname} + " " + kernel.release;
  set(json, "distro", sys::value_of(root + "/etc/os-release", "PRETTY_NAME", '='));
  json["cgroup"] = cgroup(root);
  json["limits"] = limits(root);
  json["fingerprint"] = machine_fingerprint(json);
  return json;
}

nlohmann::ordered_json build_facts() {
  return {{"version", build_info::version},
          {"git", {{"commit", build_info::git_commit}, {"dirty", build_info::git_dirty}}},
          {"compiler", build_info::compiler},
          {"flags", build_info::flags},
          {"build_type", build_info::build_type}};
}

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return "host";
  std::string text = name.data();
  return text.substr(0, text.find('.'));
}

std::optional<double> load_average_1m() {
  double load = 0;
  if (::getloadavg(&load, 1) != 1) return std::nullopt;
  return load;
}

std::string utc_now() { return utc("%Y-%m-%dT%H:%M:%SZ"); }
std::string utc_now_compact() { return utc("%Y%m%dT%H%M%SZ"); }

}  // namespace ipcsort::host
