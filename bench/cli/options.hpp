// The options that commands share; the same names mean the same in every command.
#pragma once

#include <string>
#include <vector>

#include "bench/cell/plan.hpp"
#include "bench/cli/option_table.hpp"
#include "bench/doctor/warnings.hpp"
#include "bench/results/measure.hpp"
#include "bench/sweep/schedule.hpp"
#include "datagen/cache.hpp"
#include "transports/registry.hpp"

namespace ipcsort::cli {

OptionGroup axis_options();                            // transports, references, files, ..., handover
OptionGroup setting_options();                         // sorter, parser, drain, merge, pages, ...
std::vector<Row<sweep::Schedule>> schedule_rows();     // blocks, precision, time-budget, ..., seed
std::vector<Option> data_options();                    // distribution, data-seed, input
std::vector<Row<datagen::CacheOptions>> cache_rows();  // cache-dir, cache-limit

// As groups of a command's table; axes and settings are unread(). What says the grid is read by grid_from, the
// rest into these places.
template <typename Into>
typename OptionTable<Into>::Group schedule_group(sweep::Schedule Into::*schedule) {
  return {"How often", part(schedule, schedule_rows())};
}
template <typename Into>
typename OptionTable<Into>::Group data_group(datagen::CacheOptions Into::*cache) {
  return {"Where the numbers come from",
          joined<Into>({unread<Into>(data_options()), part(cache, cache_rows())})};
}

// "uniform|sorted|..."
std::string distribution_names();

// What axis_options, setting_options and data_options say.
cell::Grid grid_from(const Registry& registry, const Values& values);

// The environment's IPCSORT_FAULT, checked against the most workers of a run, and IPCSORT_SLOWDOWN.
results::FaultInjection faults_from_environment(const std::vector<int>& workers);
// That they are set, for those who read the figures.
std::vector<doctor::Warning> warnings_of_faults();

}  // namespace ipcsort::cli
