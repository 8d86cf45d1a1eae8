// The verbs, each in a file of its name.
#pragma once

#include "bench/cli/command.hpp"

namespace ipcsort::commands {

using cli::Arguments;
using cli::Usage;

cli::Verb ab, clean, compare, doctor, export_results, gen, list, micro, recommend, report, run, selftest,
    sweep, tune;

cli::Description ab_usage, clean_usage, compare_usage, doctor_usage, export_usage, gen_usage, list_usage,
    micro_usage, recommend_usage, report_usage, run_usage, selftest_usage, sweep_usage, tune_usage;

}  // namespace ipcsort::commands
