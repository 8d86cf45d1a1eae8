#include "bench/commands/contest.hpp"

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>

#include "bench/cell/memory.hpp"
#include "bench/cli/presets.hpp"
#include "bench/doctor/pilot.hpp"
#include "bench/host/machine.hpp"
#include "bench/pipeline/metric.hpp"
#include "bench/text/units.hpp"
#include "sys/affinity.hpp"
#include "sys/error.hpp"
#include "sys/text.hpp"

namespace ipcsort::commands {
namespace {

constexpr std::string_view automatic = "auto";

// How long the machine is probed for the values of options that are left to the program: of the budget, and
// at most.
constexpr sys::Nanoseconds probe_share = 8;
constexpr sys::Nanoseconds probe_ns_max = 6 * sys::second_ns;

bool is_automatic(const cli::Values& values, const char* option) { return values.text(option) == automatic; }

// Refuses what is neither auto nor a word of the option.
void require_word(const cli::Values& values, const char* option, std::span<const std::string_view> words) {
  if (is_automatic(values, option)) return;
  try {
    (void)pipeline::index_of_word(option, words, values.text(option));
  } catch (const UsageError& error) {
    throw UsageError(std::string{error.what()} + ", or auto");
  }
}

// Whether the user's words leave room for measuring in this way.
bool is_allowed(const doctor::Measuring& how, const cli::Values& values) {
  const auto fits = [&](const char* option, std::string_view value) {
    return is_automatic(values, option) || values.text(option) == value;
  };
  return fits("placement", to_string(how.placement)) && fits("memory", to_string(how.memory)) &&
         fits("metric", to_string(how.metric));
}

// Puts `how` in the place of each "auto".
void settle_on(cli::Values& values, const doctor::Measuring& how) {
  const auto settle_option = [&](const char* option, std::string_view value) {
    if (is_automatic(values, option)) values.put(option, {std::string{value}});
  };
  settle_option("placement", to_string(how.placement));
  settle_option("memory", to_string(how.memory));
  settle_option("metric", to_string(how.metric));
}

// Puts the way of measuring that varies least on this machine in the place of each "auto". Returns what was
// found, as a sentence; "" when nothing was left open.
std::string settle(cli::Values& values, const Registry& registry, text::Progress& progress,
                   sys::Interrupts& interrupts) {
  const auto open = {"placement", "memory", "metric"};
  if (std::ranges::none_of(open, [&](const char* option) { return is_automatic(values, option); })) return {};
  const sys::Nanoseconds budget_ns = cli::parse_duration(values.text("budget"), "budget");
  const sys::Nanoseconds probe_ns = std::min(probe_ns_max, budget_ns / probe_share);
  progress.note("probing which way of measuring varies least here");
  std::vector<doctor::MeasuringNoise> ways;
  if (doctor::pilot_cell(registry).skip_reason.empty())
    ways = doctor::probe_with_pilot(registry, cli::cache_from(values), probe_ns, progress, interrupts);
  std::erase_if(ways, [&](const doctor::MeasuringNoise& way) { return !is_allowed(way.how, values); });
  const auto chosen = doctor::choose_measuring(ways);
  // Where the machine does not tell, what is quietest on most.
  const doctor::Measuring how = chosen.value_or(doctor::Measuring{pipeline::Placement::one});
  settle_on(values, how);
  if (!chosen) return "A probe did not tell which way of measuring varies least here: ";
  const auto noise = std::ranges::find(ways, how, &doctor::MeasuringNoise::how);
  return "A probe found the spread of a pair (sd) to be " + text::fixed(noise->log_sd * 100, 1) +
         " % this way, for which a change of 5 % takes about " + std::to_string(noise->pairs_needed) +
         " pairs: ";
}

// As the placement was chosen, and, unless it is that already, each transport once over several CPUs as well.
cell::Plan plan_of(const cell::Grid& grid, bool placement_is_ours) {
  cell::Plan plan = make_plan(grid);
  if (placement_is_ours && grid.settings.placement != pipeline::Placement::spread && sys::usable_cpus() > 1) {
    const std::vector<cell::Cell> crossing = gate::cross_core_cells(plan);
    plan.cells.insert(plan.cells.end(), crossing.begin(), crossing.end());
  }
  return plan;
}

std::string machine_note() {
  const nlohmann::ordered_json facts = host::machine_facts();
  const auto text = [&](const char* name) { return sys::printable(facts.value(name, "unknown")); };
  return "Machine: " + text("cpu") + ", " + std::to_string(facts.value("cores_usable", 0U)) +
         " usable CPUs, " + text("kernel") + (facts.value("virtual", false) ? ", virtual." : ".");
}

std::string milliseconds_text(sys::Nanoseconds time) { return std::to_string(time / 1'000'000) + "ms"; }

gate::Program ask_program(const std::string& option, const std::string& path, const std::string& name,
                          const std::vector<std::string>& environment, sys::Nanoseconds deadline_ns,
                          int stop_fd) {
  return gate::Program({option, path, name, environment, deadline_ns, stop_fd});
}

cli::OptionGroup general_options() {
  // clang-format off
  cli::OptionGroup options{"General", {
      cli::help_option(),
      {"preset", "WORD", cli::preset_names() + "; ci unless --config is given"},
      {"config", "FILE", "file with lines OPTION = VALUE; the command line goes over it, it goes over the preset"},
      {"quiet", "", "no progress", "", "q"}}};
  // clang-format on
  return options;
}

cli::OptionGroup measuring_options() {
  // clang-format off
  cli::OptionGroup options{"How it is measured", {
      {"metric", "WORD",
       "auto|" + pipeline::all_words<pipeline::Metric>() + ": which time is compared", std::string{automatic}},
      {"budget", "TIME", "cells undecided after this are inconclusive", "6m"},
      {"deadline", "TIME", "after this a run is ended and its cell has failed", "60s"}}};
  // clang-format on
  return options;
}

}  // namespace

cli::Usage contest_usage(cli::Usage own) {
  cli::OptionGroup measuring = measuring_options();
  for (const cli::Option& option : cli::schedule_options().options) {
    const bool used = option.name == "run-time" || option.name == "attempts" || option.name == "seed";
    (used ? measuring.options : own.silent).push_back(option);  // a preset or a sweep's file may say them
  }
  for (const cli::OptionGroup& group :
       {general_options(), cli::axis_options(), measuring, cli::setting_options(), cli::data_options()})
    own.groups.push_back(group);
  return own;
}

cli::Values contest_values(const Arguments& arguments, const Usage& usage) {
  cli::Values values = arguments.values;
  const bool config_alone = values.has("config") && !values.has("preset");
  const std::string preset = values.has("preset") ? values.text("preset") : "ci";
  cli::layer(values, cli::taken_options(usage),
             {config_alone ? "" : cli::preset_text(preset),
              "references = none\nplacement = auto\nmemory = auto\n", cli::default_text()});
  return values;
}

int with_interrupts(const std::function<int(sys::Interrupts&)>& work) {
  sys::Interrupts interrupts;
  try {
    return work(interrupts);
  } catch (const NotComparable& error) {
    std::cerr << "ipcsort: " << error.what() << "\n";
    return exit_not_comparable;
  } catch (const datagen::Interrupted&) {
    std::cerr << "ipcsort: interrupted before the first run\n";
    return exit_interrupted(interrupts.signal());
  }
}

std::string own_path() { return std::filesystem::read_symlink("/proc/self/exe").string(); }

ContestSession::ContestSession(const Arguments& arguments, cli::Values& values,
                               const Contestants& contestants, sys::Interrupts& interrupts,
                               text::Progress& progress)
    : progress_(progress),
      names_(contestants.baseline, contestants.candidate),
      schedule_(cli::schedule_from(values)) {
  const sys::Nanoseconds deadline_ns = cli::parse_duration(values.text("deadline"), "deadline");
  const bool placement_is_ours = is_automatic(values, "placement");
  // Whatever can be refused is, before the machine is probed.
  require_word(values, "placement", pipeline::words<pipeline::Placement>);
  require_word(values, "memory", pipeline::words<pipeline::Memory>);
  require_word(values, "metric", pipeline::words<pipeline::Metric>);
  cli::Values provisional = values;
  settle_on(provisional, {});
  cell::Grid grid = cli::grid_from(arguments.registry, provisional);
  const datagen::CacheOptions cache = cli::cache_from(values);
  baseline_.emplace(ask_program(contestants.baseline_option, contestants.baseline, names_.baseline(), {},
                                deadline_ns, interrupts.fd()));
  const auto ask_candidate = [&](const std::vector<std::string>& environment) {
    candidate_.emplace(ask_program(contestants.candidate_option, contestants.candidate, names_.candidate(),
                                   environment, deadline_ns, interrupts.fd()));
  };
  ask_candidate({});
  if (!grid.data.inputs.empty()) datasets_ = cell::input_data(grid, interrupts);
  const auto memory = host::memory_available();
  cell::Plan at_first = plan_of(grid, placement_is_ours);
  skip_what_does_not_fit(at_first, datasets_, memory);

  const std::string found = settle(values, arguments.registry, progress, interrupts);
  for (const char* name : {"placement", "memory"})
    pipeline::setting(name).set_word(grid.settings, values.text(name));
  const std::string metric = values.text("metric");
  if (!contestants.candidate_slowdown.empty())
    ask_candidate({"IPCSORT_SLOWDOWN=" + metric + ":" + contestants.candidate_slowdown});

  gate::LineupRequest request;
  request.metric = pipeline::parse_word<pipeline::Metric>("metric", metric);
  request.more_words = {"--deadline",    milliseconds_text(deadline_ns), "--cache-dir", cache.directory,
                        "--cache-limit", values.text("cache-limit")};
  for (const std::string& name : sys::split(values.text("transports"), ','))
    request.all_transports = request.all_transports || name == "all";
  request.baseline_transports = baseline_->transports();
  request.candidate_transports = candidate_->transports();

  cell::Plan plan = plan_of(grid, placement_is_ours);
  skip_what_does_not_fit(plan, datasets_, memory);
  if (datasets_.empty()) datasets_ = prepare_data(plan, cache, progress, interrupts);
  lineup_ = line_up(plan, request);
  settings_note_ =
      found + "metric " + metric + ", memory " + values.text("memory") + ", placement " +
      values.text("placement") +
      (plan.cells.size() > make_plan(grid).cells.size() ? ", and one cell per transport spread" : "");
}

Round ContestSession::compare(std::uint64_t seed, sys::Nanoseconds budget_ns, const std::string& label) {
  Round round;
  for (const gate::ContestCell& cell : lineup_.cells) {
    round.trials.emplace_back(cell.name, std::string{to_string(cell.metric)}, stats::GateRule{});
  }
  gate::Contest contest(lineup_.cells, *baseline_, *candidate_, schedule_.run_time_s, seed);
  const sys::Nanoseconds end_at = sys::now_ns() + budget_ns;
  gate::PairsRequest request;
  request.seed = seed;
  request.attempts_max = schedule_.attempts_max;
  request.out_of_time = [&] { return sys::now_ns() >= end_at; };
  request.on_pair = [&](const gate::PairsState& state) {
    const double left_s = static_cast<double>(end_at - sys::now_ns()) / 1e9;
    progress_.state(static_cast<double>(state.decided) / static_cast<double>(state.cells),
                    label + std::to_string(state.decided) + "/" + std::to_string(state.cells) +
                        " cells decided, " + std::to_string(state.pairs) + " pairs, at most " +
                        text::duration_text(left_s) + " left  " + lineup_.cells[state.next].name);
  };
  round.result = run_pairs(round.trials, contest, request);
  round.repeats = contest.repeats();
  return round;
}

std::vector<std::string> ContestSession::notes(const Round& round) const {
  const auto& [fewest, most] = round.repeats;
  std::vector<std::string> notes = {
      machine_note(), settings_note_ + ". A run takes " + text::seconds_text(schedule_.run_time_s) +
                          " or more: " + std::to_string(fewest) +
                          (fewest == most ? "" : " to " + std::to_string(most)) +
                          (most == 1 ? " repeat" : " repeats") + " in one process."};
  if (round.result.repeated + round.result.disturbed > 0) {
    notes.push_back("Other processes used the CPUs meanwhile: " + std::to_string(round.result.repeated) +
                    " pairs were made again, and " + std::to_string(round.result.disturbed) +
                    " count although they were disturbed.");
  }
  if (!lineup_.left_out.empty()) notes.push_back("Left out: " + sys::join(lineup_.left_out, "; ") + ".");
  return notes;
}

}  // namespace ipcsort::commands
