// Named sets of options, in the same form as a file given with --config.
#pragma once

#include <string>
#include <string_view>

namespace ipcsort::cli {

// Throws UsageError listing the presets when there is none of that name.
std::string_view preset_text(const std::string& name);

// "smoke|quick|ci|full|lecture"
std::string preset_names();

// What no preset says and no user has to.
std::string_view default_text();

}  // namespace ipcsort::cli
