#include "bench/commands/paired_session.hpp"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "bench/cell/memory.hpp"
#include "bench/cli/parse.hpp"
#include "bench/cli/presets.hpp"
#include "bench/doctor/measuring.hpp"
#include "bench/host/machine.hpp"
#include "bench/pipeline/settings.hpp"
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

// A setting, or auto.
template <typename Setting>
cli::Reader<PairedRequest> setting_or_auto(std::optional<Setting> PairedRequest::*member) {
  return [member](PairedRequest& request, const std::string& option, const std::vector<std::string>& words) {
    if (words.front() == automatic) return;
    try {
      request.*member = pipeline::parse_word<Setting>(option, words.front());
    } catch (const UsageError& error) {
      throw UsageError(std::string{error.what()} + ", or auto");
    }
  };
}

// `how`, except for what was asked for.
doctor::Measuring as_asked(const PairedRequest& request, const doctor::Measuring& how) {
  return {request.placement.value_or(how.placement), request.memory.value_or(how.memory),
          request.metric.value_or(how.metric)};
}

struct Chosen {
  doctor::Measuring how;
  std::string sentence;  // what was found; "" when nothing was left open
};

// The way of measuring that varies least on this machine, of those that were left open.
Chosen choose(const PairedRequest& request, const Registry& registry, text::Progress& progress,
              sys::Interrupts& interrupts) {
  if (request.placement && request.memory && request.metric) return {as_asked(request, {}), {}};
  const sys::Nanoseconds probe_ns = std::min(probe_ns_max, request.budget_ns / probe_share);
  progress.note("probing which way of measuring varies least here");
  std::vector<doctor::MeasuringNoise> ways;
  if (doctor::pilot_cell(registry).skip_reason.empty())
    ways = doctor::probe_with_pilot(registry, request.cache, probe_ns, progress, interrupts);
  std::erase_if(ways,
                [&](const doctor::MeasuringNoise& way) { return as_asked(request, way.how) != way.how; });
  const auto chosen = doctor::choose_measuring(ways);
  // Where the machine does not tell, what is quietest on most.
  if (!chosen)
    return {as_asked(request, {pipeline::Placement::one}),
            "A probe did not tell which way of measuring varies least here: "};
  const auto noise = std::ranges::find(ways, *chosen, &doctor::MeasuringNoise::how);
  return {*chosen, "A probe found the spread of a pair (sd) to be " + text::percent_text(noise->log_sd, 1) +
                       " this way, for which a change of 5 % takes about " +
                       std::to_string(noise->pairs_needed) + " pairs: "};
}

// As the placement was chosen, and, unless it is that already, each transport once over several CPUs as well; and what
// all of them share, unless the user said which time is compared.
cell::Plan plan_of(const cell::Grid& grid, bool placement_is_ours, bool metric_is_ours) {
  cell::Plan plan = make_plan(grid);
  const std::optional<cell::Cell> whole = metric_is_ours ? gate::whole_run_cell(plan) : std::nullopt;
  if (placement_is_ours && grid.settings.placement != pipeline::Placement::spread && sys::usable_cpus() > 1) {
    const std::vector<cell::Cell> crossing = gate::cross_core_cells(plan);
    plan.cells.insert(plan.cells.end(), crossing.begin(), crossing.end());
  }
  if (whole) plan.cells.push_back(*whole);
  return plan;
}

std::string machine_note() {
  const nlohmann::ordered_json facts = host::machine_facts();
  const auto text = [&](const char* name) { return sys::printable(facts.value(name, "unknown")); };
  return "Machine: " + text("cpu") + ", " + std::to_string(facts.value("cores_usable", 0U)) +
         " usable CPUs, " + text("kernel") + (facts.value("virtual", false) ? ", virtual." : ".");
}

}  // namespace

cli::OptionTable<PairedRequest> paired_table() {
  using namespace cli;
  using R = PairedRequest;
  OptionTable<R>::Group settings = unread<R>(setting_options());
  for (Row<R>& row : settings.rows) {
    if (row.option.name == "placement") row.read = setting_or_auto(&R::placement);
    if (row.option.name == "memory") row.read = setting_or_auto(&R::memory);
  }
  std::vector<Row<R>> used, unused;  // a preset or a sweep's file may say them
  for (Row<R>& row : part(&R::schedule, schedule_rows())) {
    const std::string& name = row.option.name;
    (name == "run-time" || name == "attempts" || name == "seed" ? used : unused).push_back(std::move(row));
  }
  // clang-format off
  return {{
      {"General", {
          {help_option()},
          {{"preset", "WORD", preset_names() + "; ci unless --config is given"}},
          {{"config", "FILE", "file with lines OPTION = VALUE; the command line goes over it, it goes over the preset"}},
          {{"quiet", "", "no progress", "", "q"}, to(&R::is_quiet)}}},
      unread<R>(axis_options()),
      {"How it is measured", joined<R>({{
          {{"metric", "WORD", "auto|" + pipeline::all_words<pipeline::Metric>() + ": which time is compared", std::string{automatic}}, setting_or_auto(&R::metric)},
          {{"budget", "TIME", "cells undecided after this are inconclusive", "6m"}, to(&R::budget_ns, parse_duration)},
          {{"deadline", "TIME", "after this a run is ended and its cell has failed", "60s"}, to(&R::deadline_ns, parse_duration)}},
          used})},
      std::move(settings), data_group(&R::cache)},
      unused};
  // clang-format on
}

cli::Values paired_values(const Arguments& arguments, const Usage& usage) {
  cli::Values values = arguments.values;
  const bool config_alone = values.has("config") && !values.has("preset");
  const std::string preset = values.has("preset") ? values.text("preset") : "ci";
  cli::layer(values, cli::taken_options(usage),
             {config_alone ? "" : cli::preset_text(preset),
              "references = none\nplacement = auto\nmemory = auto\n", cli::default_text()});
  return values;
}

std::string own_path() { return std::filesystem::read_symlink("/proc/self/exe").string(); }

PairedSession::PairedSession(const Registry& registry, const cli::Values& values,
                             const PairedRequest& request, const Programs& programs,
                             sys::Interrupts& interrupts, text::Progress& progress)
    : progress_(progress),
      names_(programs.baseline, programs.candidate),
      candidate_slowdown_(programs.candidate_slowdown),
      schedule_(request.schedule) {
  // Whatever can be refused is, before the machine is probed.
  cli::Values settled = values;
  const doctor::Measuring provisional = as_asked(request, {});
  settled.put("placement", {std::string{to_string(provisional.placement)}});
  settled.put("memory", {std::string{to_string(provisional.memory)}});
  cell::Grid grid = cli::grid_from(registry, settled);
  const datagen::CacheOptions& cache = request.cache;
  const sys::Nanoseconds deadline_ns = request.deadline_ns;
  const bool placement_is_ours = !request.placement, metric_is_ours = !request.metric;
  const auto ask = [&](const std::string& option, const std::string& path, const std::string& name) {
    return gate::Program({option, path, name, deadline_ns, interrupts.fd()});
  };
  baseline_.emplace(ask(programs.baseline_option, programs.baseline, names_.baseline()));
  candidate_.emplace(ask(programs.candidate_option, programs.candidate, names_.candidate()));
  if (!grid.data.inputs.empty()) datasets_ = cell::input_data(grid, cache, interrupts);
  const auto memory = host::memory_available();
  cell::Plan at_first = plan_of(grid, placement_is_ours, metric_is_ours);
  skip_what_does_not_fit(at_first, datasets_, memory);

  PairedRequest asked = request;
  const auto is_steady = [](const cell::Cell& cell) { return cell.settings.is_steady(); };
  // The rounds after the first are in no other time.
  const bool by_rounds = metric_is_ours && std::ranges::all_of(make_plan(grid).cells, is_steady);
  if (by_rounds) asked.metric = pipeline::Metric::transfer;
  const auto [how, found] = choose(asked, registry, progress, interrupts);
  grid.settings.placement = how.placement;
  grid.settings.memory = how.memory;
  gate::CellListRequest wanted;
  wanted.metric = by_rounds ? pipeline::Metric::total : how.metric;
  if (!metric_is_ours) wanted.steady_metric = how.metric;
  wanted.more_words = {"--deadline",    std::to_string(deadline_ns / 1'000'000) + "ms",
                       "--cache-dir",   cache.directory,
                       "--cache-limit", std::to_string(cache.bytes_max)};
  const std::vector<std::string> names = sys::split(values.text("transports"), ',');
  wanted.all_transports = std::ranges::find(names, "all") != names.end();
  wanted.baseline_transports = baseline_->transports();
  wanted.candidate_transports = candidate_->transports();

  cell::Plan plan = plan_of(grid, placement_is_ours, metric_is_ours);
  skip_what_does_not_fit(plan, datasets_, memory);
  if (datasets_.empty()) datasets_ = prepare_data(plan, cache, progress, interrupts);
  cell_list_ = list_cells(plan, wanted);
  const auto is_crossing = [&](const cell::Cell& cell) {
    return cell.settings.placement != grid.settings.placement;
  };
  settings_note_ =
      found + "metric " + std::string{to_string(how.metric)} + ", memory " +
      std::string{to_string(how.memory)} + ", placement " + std::string{to_string(how.placement)} +
      (std::ranges::any_of(plan.cells, is_crossing) ? ", and one cell per transport spread" : "") +
      (by_rounds ? "; of one cell the whole run, metric total" : "");
}

Round PairedSession::compare(std::uint64_t seed, sys::Nanoseconds budget_ns, const std::string& label) {
  Round round;
  for (const gate::PairedCell& cell : cell_list_.cells)
    round.tests.emplace_back(cell.name, std::string{to_string(cell.metric)});
  gate::ProgramPair pair(cell_list_.cells, *baseline_, *candidate_, schedule_.run_time_s, seed,
                         candidate_slowdown_);
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
                        text::duration_text(left_s) + " left  " + cell_list_.cells[state.next].name);
  };
  round.result = run_pairs(
      round.tests, [&](std::size_t cell, gate::Side side) { return pair.run(cell, side); }, request);
  round.repeats = pair.repeats();
  return round;
}

std::vector<std::string> PairedSession::notes(const Round& round) const {
  const auto& [fewest, most] = round.repeats;
  std::vector<std::string> notes = {
      machine_note(), settings_note_ + ". A run takes " + text::seconds_text(schedule_.run_time_s) +
                          " or more: " + (fewest == most ? "" : std::to_string(fewest) + " to ") +
                          text::count_text(static_cast<std::size_t>(most), "repeat") + " in one process."};
  if (round.result.repeated + round.result.disturbed > 0) {
    notes.push_back("Other processes used the CPUs meanwhile: " + std::to_string(round.result.repeated) +
                    " pairs were made again, and " + std::to_string(round.result.disturbed) +
                    " count although they were disturbed.");
  }
  if (!cell_list_.left_out.empty())
    notes.push_back("Left out: " + sys::join(cell_list_.left_out, "; ") + ".");
  return notes;
}

}  // namespace ipcsort::commands
