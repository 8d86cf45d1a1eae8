#include <unistd.h>

#include <iostream>

#include "bench/cli/options.hpp"
#include "bench/cli/output.hpp"
#include "bench/commands/commands.hpp"
#include "bench/doctor/pilot.hpp"
#include "bench/doctor/report.hpp"
#include "bench/host/build_info.hpp"
#include "bench/host/machine.hpp"
#include "bench/text/json.hpp"
#include "bench/text/units.hpp"
#include "sys/error.hpp"
#include "sys/text.hpp"

namespace ipcsort::commands {
namespace {

// Of the time; the rest is for the pilot's runs, whose figures need it more.
constexpr sys::Nanoseconds noise_share = 3;  // a third
constexpr std::size_t busy_processes_max = 3;

void examine_noise(doctor::Report& report, sys::Nanoseconds budget_ns, const datagen::Stop& stop) {
  report.activity = host::current_activity();
  const host::ProcessTimes before = host::process_times();
  const sys::Nanoseconds begin = sys::now_ns();
  report.noise = doctor::probe_noise(budget_ns, stop);
  const double elapsed_s = static_cast<double>(sys::now_ns() - begin) / static_cast<double>(sys::second_ns);
  report.activity.busy =
      host::busiest(before, host::process_times(), elapsed_s, ::getpid(), busy_processes_max);
}

doctor::Report examine(const Arguments& arguments, const datagen::CacheOptions& cache,
                       sys::Nanoseconds time_ns, text::Progress& progress, sys::Interrupts& interrupts) {
  const datagen::Stop stop = [&] { return interrupts.signal() != 0; };
  doctor::Report report;
  report.build = host::build_facts();
  report.facts = host::machine_facts();
  examine_noise(report, time_ns / noise_share, stop);
  const cell::Cell pilot = doctor::pilot_cell(arguments.registry);
  report.pilot = describe(pilot);
  report.no_ways_reason = pilot.skip_reason;
  if (pilot.skip_reason.empty()) {
    report.ways = doctor::probe_with_pilot(arguments.registry, cache, time_ns - time_ns / noise_share,
                                           progress, interrupts);
  }
  report.warnings = warnings_for(report.facts, report.activity, host::build_info::build_type, &report.noise);
  return report;
}

void print(const doctor::Report& report, cli::Format format) {
  switch (format) {
    case cli::Format::table: std::cout << text::fitted(text_of(report), text::look_of(STDOUT_FILENO)); return;
    case cli::Format::csv:
      std::cout << text::csv_text(doctor::fact_columns(), doctor::facts_of(report));
      return;
    case cli::Format::json: std::cout << text::json_text(to_json(report)); return;
    case cli::Format::markdown: std::cout << doctor::markdown_of(report); return;
  }
}

}  // namespace

Usage doctor_usage() {
  // clang-format off
  cli::OptionGroup options{"Options", {
      cli::help_option(),
      {"time", "TIME", "how long to probe, e.g. 1s, 30s, 5m", "10s"}}};
  // clang-format on
  cli::add_format_option(options);
  cli::add_cache_options(options);
  return {.examples = {{"ipcsort doctor", "what is this machine like?"},
                       {"ipcsort doctor --time 30s", "longer: more pairs, surer figures"},
                       {"ipcsort doctor --format json", "for programs"}},
          .description =
              "What this machine is, how evenly it does the same thing twice, which way of measuring suits "
              "it, and what stands in the way. Changes nothing; a few megabytes of numbers go to the cache "
              "of all commands.",
          .groups = {options},
          .silent = {},
          .operands = {},
          .exits = cli::measuring_exits()};
}

int doctor(const Arguments& arguments) {
  const cli::Values& values = arguments.values;
  const cli::Format format = cli::format_from(values);
  const sys::Nanoseconds time_ns = cli::parse_duration(values.text("time"), "time");
  const datagen::CacheOptions cache = cli::cache_from(values);

  sys::clean_dead_logs();
  sys::Interrupts interrupts;
  try {
    text::Progress progress(text::Progress::detect(format != cli::Format::table));
    progress.note("probing this machine for about " +
                  text::duration_text(static_cast<double>(time_ns) / static_cast<double>(sys::second_ns)));
    const doctor::Report report = examine(arguments, cache, time_ns, progress, interrupts);
    print(report, format);
    return exit_done;
  } catch (const datagen::Interrupted&) {
    std::cerr << "ipcsort: interrupted; nothing is reported\n";
    return exit_interrupted(interrupts.signal());
  }
}

}  // namespace ipcsort::commands
