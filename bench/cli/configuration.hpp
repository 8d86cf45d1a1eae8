// Options that come from several places, the nearer over the farther: command line, file, preset.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "bench/cli/words.hpp"

namespace ipcsort::cli {

// Layers what the user gave with what was not given: command line over the file of --config over each of
// `texts`, the first over the next, which have the form of a configuration file. Throws UsageError for what
// is in none of `options`, and for axes that contradict --input.
void layer(Values& values, const std::vector<Option>& options, std::initializer_list<std::string_view> texts);

// "name = value" lines that say the same again.
std::string print_config(const Values& values);

}  // namespace ipcsort::cli
