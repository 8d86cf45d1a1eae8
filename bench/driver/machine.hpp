// What machine this is: the facts that decide if two results may be set side by side.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

namespace ipcsort::driver {

// CPU, cores, caches, memory, kernel, distribution, limits of the IPC mechanisms. What cannot be read is left
// out.
nlohmann::ordered_json machine_facts();

// The program's own: version, git commit of the source it was built from, compiler, flags.
nlohmann::ordered_json build_facts();

std::string host_name();

std::optional<double> load_average_1m();

// "2026-11-22T15:04:05Z" of now, and the form for directory names "20261122T150405Z".
std::string utc_now();
std::string utc_now_compact();

}  // namespace ipcsort::driver
