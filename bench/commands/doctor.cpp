#include <unistd.h>

#include <iostream>

#include "bench/cli/options.hpp"
#include "bench/cli/output.hpp"
#include "bench/cli/parse.hpp"
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

doctor::Report examine(const Registry& registry, const datagen::CacheOptions& cache, sys::Nanoseconds time_ns,
                       text::Progress& progress, sys::Interrupts& interrupts) {
  const datagen::Stop stop = [&] { return interrupts.signal() != 0; };
  doctor::Report report;
  report.build = host::build_facts();
  report.facts = host::machine_facts();
  examine_noise(report, time_ns / noise_share, stop);
  const cell::Cell pilot = doctor::pilot_cell(registry);
  report.pilot = describe(pilot);
  report.no_ways_reason = pilot.skip_reason;
  if (pilot.skip_reason.empty()) {
    report.ways =
        doctor::probe_with_pilot(registry, cache, time_ns - time_ns / noise_share, progress, interrupts);
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
    case cli::Format::junit: return;
  }
}

struct DoctorRequest {
  sys::Nanoseconds time_ns = 0;
  cli::Format format{};
  datagen::CacheOptions cache;
};

cli::OptionTable<DoctorRequest> doctor_options() {
  using namespace cli;
  return {
      {{"Options", joined<DoctorRequest>({{{help_option()},
                                           {{"time", "TIME", "how long to probe, e.g. 1s, 30s, 5m", "10s"},
                                            to(&DoctorRequest::time_ns, parse_duration)},
                                           format_row(&DoctorRequest::format)},
                                          part(&DoctorRequest::cache, cache_rows())})}}};
}

}  // namespace

Usage doctor_usage() {
  return {.examples = {{"ipcsort doctor", "what is this machine like?"},
                       {"ipcsort doctor --time 30s", "longer: more pairs, surer figures"},
                       {"ipcsort doctor --format json", "for programs"}},
          .description =
              "What this machine is, how evenly it does the same thing twice, which way of measuring suits "
              "it, and what stands in the way. Changes nothing; a few megabytes of numbers go to the cache "
              "of all commands.",
          .groups = doctor_options().shown(),
          .silent = {},
          .operands = {},
          .exits = cli::measuring_exits(),
          .interrupted = "; nothing is reported"};
}

int doctor(const Arguments& arguments) {
  const DoctorRequest request = doctor_options().read(arguments.values);
  sys::clean_dead_logs();
  sys::Interrupts& interrupts = arguments.interrupts();
  text::Progress progress(text::Progress::detect(request.format != cli::Format::table));
  progress.note("probing this machine for about " + text::duration_text(static_cast<double>(request.time_ns) /
                                                                        static_cast<double>(sys::second_ns)));
  print(examine(arguments.registry, request.cache, request.time_ns, progress, interrupts), request.format);
  return exit_done;
}

}  // namespace ipcsort::commands
