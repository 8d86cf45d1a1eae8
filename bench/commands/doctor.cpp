#include <unistd.h>

#include <iostream>

#include "bench/commands/command.hpp"
#include "bench/commands/options.hpp"
#include "bench/commands/output.hpp"
#include "bench/commands/pilot.hpp"
#include "bench/doctor/report.hpp"
#include "bench/driver/build_info.hpp"
#include "bench/driver/columns_json.hpp"
#include "bench/driver/figures.hpp"
#include "bench/driver/machine.hpp"
#include "sys/error.hpp"
#include "sys/text.hpp"

namespace ipcsort::commands {
namespace {

// Of the time; the rest is for the pilot's runs, whose figures need it more.
constexpr sys::Nanoseconds noise_share = 3;  // a third
constexpr std::size_t busy_processes_max = 3;

void examine_noise(doctor::Report& report, sys::Nanoseconds budget_ns, const datagen::Stop& stop) {
  report.activity = doctor::current_activity();
  const doctor::ProcessTimes before = doctor::process_times();
  const sys::Nanoseconds begin = sys::now_ns();
  report.noise = doctor::probe_noise(budget_ns, stop);
  const double elapsed_s = static_cast<double>(sys::now_ns() - begin) / static_cast<double>(sys::second_ns);
  report.activity.busy =
      doctor::busiest(before, doctor::process_times(), elapsed_s, ::getpid(), busy_processes_max);
}

doctor::Report examine(const Arguments& arguments, const datagen::CacheOptions& cache,
                       sys::Nanoseconds time_ns, driver::Progress& progress, sys::Interrupts& interrupts) {
  const datagen::Stop stop = [&] { return interrupts.signal() != 0; };
  doctor::Report report;
  report.build = driver::build_facts();
  report.facts = driver::machine_facts();
  examine_noise(report, time_ns / noise_share, stop);
  const driver::Cell pilot = pilot_cell(arguments.registry);
  report.pilot = describe(pilot);
  report.no_ways_reason = pilot.skip_reason;
  if (pilot.skip_reason.empty()) {
    report.ways =
        probe_with_pilot(arguments.registry, cache, time_ns - time_ns / noise_share, progress, interrupts);
  }
  report.warnings =
      warnings_for(report.facts, report.activity, driver::build_info::build_type, &report.noise);
  return report;
}

void print(const doctor::Report& report, Format format) {
  switch (format) {
    case Format::table: std::cout << driver::fitted(text_of(report), driver::look_of(STDOUT_FILENO)); return;
    case Format::csv: std::cout << driver::csv_text(doctor::fact_columns(), doctor::facts_of(report)); return;
    case Format::json: std::cout << driver::json_text(to_json(report)); return;
    case Format::markdown: std::cout << doctor::markdown_of(report); return;
  }
}

}  // namespace

Usage doctor_usage() {
  OptionGroup options("Options");
  // clang-format off
  options.add_options()
      ("help,h", "this text")
      ("time", one_value("TIME", "10s"), "how long to probe, e.g. 1s, 30s, 5m");
  // clang-format on
  add_format_option(options);
  add_cache_options(options);
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
          .exits = measuring_exits()};
}

int doctor(const Arguments& arguments) {
  const po::variables_map& values = arguments.values;
  const Format format = format_from(values);
  const sys::Nanoseconds time_ns = parse_duration(values["time"].as<std::string>(), "time");
  const datagen::CacheOptions cache = cache_from(values);

  sys::clean_dead_logs();
  sys::Interrupts interrupts;
  try {
    driver::Progress progress(driver::Progress::detect(format != Format::table));
    progress.note("probing this machine for about " +
                  driver::duration_text(static_cast<double>(time_ns) / static_cast<double>(sys::second_ns)));
    const doctor::Report report = examine(arguments, cache, time_ns, progress, interrupts);
    print(report, format);
    return exit_done;
  } catch (const datagen::Interrupted&) {
    std::cerr << "ipcsort: interrupted; nothing is reported\n";
    return exit_interrupted(interrupts.signal());
  }
}

}  // namespace ipcsort::commands
