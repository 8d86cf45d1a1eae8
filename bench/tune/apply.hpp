// A plan whose transports take their options from profiles. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bench/cell/plan.hpp"
#include "bench/tune/profile.hpp"

namespace ipcsort::tune {

// Where options come from: "default" has no profile.
struct Source {
  std::string name;  // as the user gave it
  std::optional<Profile> profile;
};

// What a source made of one cell.
struct Application {
  std::string source;
  std::string transport;
  std::uint64_t numbers = 0;
  std::string options;     // as the CSV has them; "" for the defaults
  bool has_entry = false;  // the profile knows the transport
  bool again = false;      // an earlier source asks for the same: measured once
};

struct Applied {
  cell::Plan plan;
  std::vector<Application> applications;  // of profiles, each (source, transport, numbers) once
};

// Each cell of a transport that copies and for which the user gave no options appears once for each source,
// with the options that the profile has for the nearest size; what would be the same cell again is left out.
// All other cells stay as they are. Throws UsageError for options that the transport does not have.
Applied apply_profiles(const cell::Plan& plan, const std::vector<Source>& sources);

// What to say about it, a sentence each: cells measured once, transports without an entry.
std::vector<std::string> remarks(const Applied& applied);

// For meta.json: which cells are tuned, and by what.
nlohmann::ordered_json to_json(const Applied& applied, const std::vector<Source>& sources);

}  // namespace ipcsort::tune
