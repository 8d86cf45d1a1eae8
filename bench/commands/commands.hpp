// The verbs, each in a file of its name.
#pragma once

#include "bench/cli/command.hpp"

namespace ipcsort::commands {

using cli::Arguments;
using cli::Usage;

// Each returns an exit status.
int ab(const Arguments& arguments);
int clean(const Arguments& arguments);
int compare(const Arguments& arguments);
int doctor(const Arguments& arguments);
int export_results(const Arguments& arguments);
int gen(const Arguments& arguments);
int list(const Arguments& arguments);
int micro(const Arguments& arguments);
int report(const Arguments& arguments);
int run(const Arguments& arguments);
int selftest(const Arguments& arguments);
int sweep(const Arguments& arguments);
int tune(const Arguments& arguments);

Usage ab_usage();
Usage clean_usage();
Usage compare_usage();
Usage doctor_usage();
Usage export_usage();
Usage gen_usage();
Usage list_usage();
Usage micro_usage();
Usage report_usage();
Usage run_usage();
Usage selftest_usage();
Usage sweep_usage();
Usage tune_usage();

}  // namespace ipcsort::commands
