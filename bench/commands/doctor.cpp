#include <unistd.h>

#include <iostream>

#include "bench/cli/options.hpp"
#include "bench/cli/output.hpp"
#include "bench/cli/parse.hpp"
#include "bench/commands/commands.hpp"
#include "bench/doctor/diagnosis.hpp"
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

void examine_noise(doctor::Diagnosis& diagnosis, sys::Nanoseconds budget_ns, const datagen::Stop& stop) {
  diagnosis.activity = host::current_activity();
  const host::ProcessTimes before = host::process_times();
  const sys::Nanoseconds begin = sys::now_ns();
  diagnosis.noise = doctor::probe_noise(budget_ns, stop);
  const double elapsed_s = static_cast<double>(sys::now_ns() - begin) / static_cast<double>(sys::second_ns);
  diagnosis.activity.busy =
      host::busiest(before, host::process_times(), elapsed_s, ::getpid(), busy_processes_max);
}

doctor::Diagnosis examine(const Registry& registry, const datagen::CacheOptions& cache,
                          sys::Nanoseconds time_ns, text::Progress& progress, sys::Interrupts& interrupts) {
  const datagen::Stop stop = [&] { return interrupts.signal() != 0; };
  doctor::Diagnosis diagnosis;
  diagnosis.build = host::build_facts();
  diagnosis.facts = host::machine_facts();
  examine_noise(diagnosis, time_ns / noise_share, stop);
  diagnosis.costs = host::measure_kernel_costs();
  const cell::Cell pilot = doctor::pilot_cell(registry);
  diagnosis.pilot = describe(pilot);
  diagnosis.no_ways_reason = pilot.skip_reason;
  if (pilot.skip_reason.empty()) {
    diagnosis.ways =
        doctor::probe_with_pilot(registry, cache, time_ns - time_ns / noise_share, progress, interrupts);
  }
  diagnosis.warnings =
      warnings_for(diagnosis.facts, diagnosis.activity, host::build_info::build_type, &diagnosis.noise);
  return diagnosis;
}

void print(const doctor::Diagnosis& diagnosis, cli::Format format) {
  if (format == cli::Format::table) {
    std::cout << text::fitted(text_of(diagnosis), text::look_of(STDOUT_FILENO));
  } else if (format == cli::Format::json) {
    std::cout << text::json_text(to_json(diagnosis));
  } else {
    cli::print_rows(doctor::fact_columns(), facts_of(diagnosis), format);
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
  return {
      .examples = {{"ipcsort doctor", "what is this machine like?"},
                   {"ipcsort doctor --time 30s", "longer: more pairs, surer figures"},
                   {"ipcsort doctor --format json", "for programs"}},
      .description =
          "What this machine is, how evenly it does the same thing twice, what a page fault and a wake-up "
          "take, which way of measuring suits it, and what stands in the way. Changes nothing; a few "
          "megabytes of numbers go to the cache "
          "of all commands.",
      .groups = doctor_options().shown(),
      .silent = {},
      .operands = {},
      .exits = cli::measuring_exits(),
      .interrupted = "; nothing is reported"};
}

int doctor(const Arguments& arguments) {
  const DoctorRequest request = doctor_options().read(arguments.values);
  cli::tidy_up();
  sys::Interrupts& interrupts = arguments.interrupts();
  text::Progress progress(text::Progress::detect(request.format != cli::Format::table));
  progress.note("probing this machine for about " + text::duration_text(static_cast<double>(request.time_ns) /
                                                                        static_cast<double>(sys::second_ns)));
  print(examine(arguments.registry, request.cache, request.time_ns, progress, interrupts), request.format);
  return exit_done;
}

}  // namespace ipcsort::commands
