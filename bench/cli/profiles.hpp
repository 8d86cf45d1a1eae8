// --profile: options for transports from what `ipcsort tune` found.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bench/cli/usage.hpp"
#include "bench/tune/apply.hpp"

namespace ipcsort::cli {

// --profile; its value is for profiles_named.
Option profile_option();

// What the value names, in that order; nothing if it was not given. A profile of another class of machine is
// warned of on standard error; `tuned`, which stands for this machine, then throws NotComparable. Throws
// UsageError for what is no profile.
std::vector<tune::Source> profiles_named(const std::optional<std::string>& names);

// tune::apply_profiles, with its remarks on standard error; the plan as it is without sources.
tune::Applied with_profiles(const std::vector<tune::Source>& sources, const cell::Plan& plan);

}  // namespace ipcsort::cli
