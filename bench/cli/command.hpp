// A verb of the command line: one file each, dispatched by main.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bench/cli/usage.hpp"
#include "sys/exit_status.hpp"
#include "transports/registry.hpp"

namespace ipcsort::cli {

struct Arguments {
  const Registry& registry;
  std::vector<std::string> words;  // after the command's name
  po::variables_map values;        // what they say by the command's usage; --help is not among them
};

struct Command {
  std::string_view name;
  std::string_view summary;
  int (*execute)(const Arguments&);
  Usage (*usage)();
};

// In the order in which they are shown.
std::span<const Command> all_commands() noexcept;

// Throws UsageError, with a spelling suggestion, when there is none of that name.
const Command& command_named(const std::string& name);

// Each returns an exit status; errors are thrown: UsageError and ParseError end in exit_usage, the rest in
// exit_failed.
int ab(const Arguments& arguments);
int clean(const Arguments& arguments);
int compare(const Arguments& arguments);
int completion(const Arguments& arguments);
int doctor(const Arguments& arguments);
int export_results(const Arguments& arguments);
int gen(const Arguments& arguments);
int help(const Arguments& arguments);
int list(const Arguments& arguments);
int manual(const Arguments& arguments);
int micro(const Arguments& arguments);
int report(const Arguments& arguments);
int run(const Arguments& arguments);
int selftest(const Arguments& arguments);
int sweep(const Arguments& arguments);
int tune(const Arguments& arguments);

Usage ab_usage();
Usage clean_usage();
Usage compare_usage();
Usage completion_usage();
Usage doctor_usage();
Usage export_usage();
Usage gen_usage();
Usage help_usage();
Usage list_usage();
Usage manual_usage();
Usage micro_usage();
Usage report_usage();
Usage run_usage();
Usage selftest_usage();
Usage sweep_usage();
Usage tune_usage();

// ipcsort without a command.
Usage program_usage();

}  // namespace ipcsort::cli
