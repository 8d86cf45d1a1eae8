// What makes figures on this machine wrong or noisy, and what can be done about it. Pure.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bench/doctor/noise.hpp"
#include "bench/host/activity.hpp"

namespace ipcsort::doctor {

enum class Severity {
  spoils,  // figures cannot be trusted until it is gone
  noisy    // figures vary more, or mean less, than they could
};
std::string_view to_string(Severity severity) noexcept;

struct Warning {
  std::string about;  // "governor": unique within a list
  Severity severity;
  std::string what;
  std::string remedy;
};

// `facts` as host::machine_facts has them, what is missing there warns of nothing; `build_type` as in
// host::build_info; `noise` is null where no probes were made. Those that spoil come first.
std::vector<Warning> warnings_for(const nlohmann::ordered_json& facts, const host::Activity& activity,
                                  std::string_view build_type, const Noise* noise = nullptr);

// [{about, severity, what, remedy}]
nlohmann::ordered_json to_json(std::span<const Warning> warnings);

}  // namespace ipcsort::doctor
