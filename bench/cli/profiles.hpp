// --profile: options for transports from what `ipcsort tune` found.
#pragma once

#include <string>
#include <vector>

#include "bench/cli/options.hpp"
#include "bench/tune/apply.hpp"

namespace ipcsort::cli {

void add_profile_option(OptionGroup& group);

// What --profile names, in that order; none when it was not given. A profile of another class of machine is
// warned of on standard error; `tuned`, which stands for this machine, then throws NotComparable.
// Throws UsageError for what is no profile.
std::vector<tune::Source> profiles_from(const Values& values);

// tune::apply_profiles, with its remarks on standard error; the plan as it is without sources.
tune::Applied with_profiles(const std::vector<tune::Source>& sources, const cell::Plan& plan);

}  // namespace ipcsort::cli
