// The options that commands share, and how words become a grid.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/cell/plan.hpp"
#include "bench/cli/usage.hpp"
#include "bench/cli/words.hpp"
#include "bench/results/measure.hpp"
#include "bench/sweep/schedule.hpp"
#include "datagen/cache.hpp"
#include "sys/clock.hpp"
#include "sys/text.hpp"
#include "transports/registry.hpp"

namespace ipcsort::cli {

// ---- option groups; the same names mean the same in every command ----
OptionGroup axis_options();      // transports, references, files, numbers, workers, transfer, handover
OptionGroup setting_options();   // sorter, parser, drain, merge, pages, placement, memory
OptionGroup schedule_options();  // blocks, precision, time-budget, ..., seed
OptionGroup data_options();      // distribution, data-seed, input, cache-dir, cache-limit
void add_cache_options(OptionGroup& group);  // those last two alone, for cache_from

// "uniform|sorted|..."
std::string distribution_names();

// ---- values ----
std::vector<pipeline::Subject> parse_subjects(const Registry& registry, const std::string& transports,
                                              const std::string& references);
std::vector<std::uint64_t> parse_counts(const std::string& text, std::string_view option);

// The one value of an option, `least` to `most`.
std::uint64_t whole_number(const Values& values, const char* option, std::uint64_t least, std::uint64_t most);
double parse_percentage(const std::string& text, std::string_view option);          // "2%" is 0.02
sys::Nanoseconds parse_duration(const std::string& text, std::string_view option);  // "90s" "5m" "1h" "250ms"

// Layers what the user gave with what was not given: command line over the file of --config over each of
// `texts`, the first over the next, which have the form of a configuration file. Throws UsageError for what
// is in none of `options`, and for axes that contradict --input.
void layer(Values& values, const std::vector<Option>& options, std::initializer_list<std::string_view> texts);

// "name = value" lines that say the same again.
std::string print_config(const Values& values);

// Minutes of measuring shall not end at a path that cannot be written: throws UsageError unless --output can
// be a file.
void require_writable(const std::string& path);

cell::Grid grid_from(const Registry& registry, const Values& values);
sweep::Schedule schedule_from(const Values& values);
datagen::CacheOptions cache_from(const Values& values);

// The environment's IPCSORT_FAULT, checked against the most workers of a run, and IPCSORT_SLOWDOWN.
results::Sabotage sabotage_from_environment(const std::vector<int>& workers);

}  // namespace ipcsort::cli
