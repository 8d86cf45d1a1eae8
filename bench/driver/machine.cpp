#include "bench/driver/machine.hpp"

#include <sys/statvfs.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "bench/driver/build_info.hpp"
#include "bench/pipeline/run.hpp"

namespace ipcsort::driver {
namespace {

std::optional<std::string> first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line)) return std::nullopt;
  return line;
}

std::optional<std::string> value_of(const std::string& path, const std::string& key, char separator) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(key)) continue;
    const std::size_t at = line.find(separator);
    if (at == std::string::npos) continue;
    std::string value = line.substr(at + 1);
    value.erase(0, value.find_first_not_of(" \t\""));
    if (value.ends_with('"')) value.pop_back();
    return value;
  }
  return std::nullopt;
}

template <typename T>
void set(nlohmann::ordered_json& json, const char* key, const std::optional<T>& value) {
  if (value) json[key] = *value;
}

nlohmann::ordered_json caches() {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (int index = 0;; ++index) {
    const std::string base = "/sys/devices/system/cpu/cpu0/cache/index" + std::to_string(index) + "/";
    const auto level = first_line(base + "level");
    const auto type = first_line(base + "type");
    const auto size = first_line(base + "size");  // "32K"
    if (!level || !type || !size) return list;
    list.push_back(
        {{"level", std::atoi(level->c_str())}, {"type", *type}, {"bytes", std::atoll(size->c_str()) * 1024}});
  }
}

nlohmann::ordered_json limits() {
  nlohmann::ordered_json json;
  const std::array<std::pair<const char*, const char*>, 8> files = {{
      {"fs.pipe-max-size", "/proc/sys/fs/pipe-max-size"},
      {"kernel.msgmax", "/proc/sys/kernel/msgmax"},
      {"kernel.msgmnb", "/proc/sys/kernel/msgmnb"},
      {"kernel.sem", "/proc/sys/kernel/sem"},
      {"kernel.shmmax", "/proc/sys/kernel/shmmax"},
      {"net.core.wmem_default", "/proc/sys/net/core/wmem_default"},
      {"net.core.wmem_max", "/proc/sys/net/core/wmem_max"},
      {"vm.overcommit_memory", "/proc/sys/vm/overcommit_memory"},
  }};
  for (const auto& [name, path] : files) set(json, name, first_line(path));
  struct statvfs shm {};
  if (::statvfs("/dev/shm", &shm) == 0) json["dev_shm_bytes"] = shm.f_frsize * shm.f_blocks;
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

}  // namespace

nlohmann::ordered_json machine_facts() {
  nlohmann::ordered_json json;
  set(json, "cpu", value_of("/proc/cpuinfo", "model name", ':'));
  json["cores"] = ::sysconf(_SC_NPROCESSORS_ONLN);
  json["cores_usable"] = pipeline::usable_cpus();
  json["caches"] = caches();
  struct sysinfo info {};
  if (::sysinfo(&info) == 0) json["ram_bytes"] = static_cast<std::uint64_t>(info.totalram) * info.mem_unit;
  utsname kernel{};
  if (::uname(&kernel) == 0) {
    json["kernel"] = std::string{kernel.sysname} + " " + kernel.release;
    json["architecture"] = kernel.machine;
  }
  set(json, "distro", value_of("/etc/os-release", "PRETTY_NAME", '='));
  const auto flags = value_of("/proc/cpuinfo", "flags", ':');
  json["virtual"] = flags && (" " + *flags + " ").find(" hypervisor ") != std::string::npos;
  set(json, "governor", first_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"));
  set(json, "transparent_hugepages", first_line("/sys/kernel/mm/transparent_hugepage/enabled"));
  json["page_bytes"] = ::sysconf(_SC_PAGESIZE);
  json["limits"] = limits();
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

}  // namespace ipcsort::driver
