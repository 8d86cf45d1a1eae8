// What machine this is: the facts that decide if two results may be set side by side.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

namespace ipcsort::host {

// What stays as it is while the machine runs, and what somebody set:
//   cpu, architecture, cores, cores_usable, cpus_allowed, niceness, scheduler, smt, numa_nodes, caches [{level, type, bytes}]
//   ram_bytes, swap_bytes, page_bytes, transparent_hugepages
//   governor, turbo, clock_source, mitigations {name: state}
//   virtual, hypervisor, kernel, distro
//   cgroup {cpus, memory_bytes}    only what is limited
//   limits {fs.*, kernel.*, net.* as sysctl(8) names them, dev_shm_bytes, rlimit_* ("unlimited" or a number)}
//   fingerprint    of the class that this machine is of, see fingerprint.hpp
// What cannot be read is left out. `root` goes before the path of every file: a directory that imitates
// /proc, /sys and /etc; what system calls say is this machine's all the same.
nlohmann::ordered_json machine_facts(const std::string& root = "");

// The program's own: version, git commit of the source it was built from, compiler, flags.
nlohmann::ordered_json build_facts();

std::string host_name();

std::optional<double> load_average_1m();

// "2026-11-22T15:04:05Z" of now, and the form for directory names "20261122T150405Z".
std::string utc_now();
std::string utc_now_compact();

}  // namespace ipcsort::host
