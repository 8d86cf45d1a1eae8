#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iostream>
#include <limits>
#include <map>
#include <optional>
#include <system_error>

#include <nlohmann/json.hpp>

#include "bench/cell/memory.hpp"
#include "bench/cell/preflight.hpp"
#include "bench/cli/catalogue.hpp"
#include "bench/cli/options.hpp"
#include "bench/cli/output.hpp"
#include "bench/cli/parse.hpp"
#include "bench/cli/presets.hpp"
#include "bench/cli/profiles.hpp"
#include "bench/commands/commands.hpp"
#include "bench/commands/printing.hpp"
#include "bench/commands/sweeping.hpp"
#include "bench/doctor/warnings.hpp"
#include "bench/host/build_info.hpp"
#include "bench/host/kernel_costs.hpp"
#include "bench/host/machine.hpp"
#include "bench/results/directory.hpp"
#include "bench/sweep/cost.hpp"
#include "bench/sweep/loop.hpp"
#include "bench/sweep/schedule.hpp"
#include "bench/text/units.hpp"
#include "sys/error.hpp"
#include "sys/random.hpp"
#include "sys/text.hpp"

namespace ipcsort::commands {
namespace {

struct SweepRequest {
  bool print_config = false;
  sys::Nanoseconds deadline_ns = 0;
  bool dry_run = false;
  cli::Verbosity verbosity;
  std::optional<std::string> profiles;
  sweep::Schedule schedule;
  datagen::CacheOptions cache;
  std::string output;  // "" for a new one below results/
  bool fresh = false;
  bool no_charts = false;
  cli::Format format{};
};

cli::OptionTable<SweepRequest> sweep_options() {
  using namespace cli;
  // clang-format off
  return {{
      {"General", joined<SweepRequest>({{
          {help_option()},
          {{"preset", "WORD", preset_names() + "; quick unless --config is given"}},
          {{"config", "FILE", "file with lines OPTION = VALUE; the command line goes over it, it goes over the preset"}},
          {{"print-config", "", "print all options as such a file and stop"}, to(&SweepRequest::print_config)},
          {{"deadline", "TIME", "after this a run is ended and the sweep goes on", "5m"}, to(&SweepRequest::deadline_ns, parse_duration)},
          {{"dry-run", "", "print what would be measured and stop"}, to(&SweepRequest::dry_run)}},
          part(&SweepRequest::verbosity, verbosity_rows("nothing on standard error but errors", "a line for each run; all warnings in full")),
          {{profile_option(), to(&SweepRequest::profiles)}}})},
      unread<SweepRequest>(axis_options()), schedule_group(&SweepRequest::schedule), unread<SweepRequest>(setting_options()), data_group(&SweepRequest::cache),
      {"Where to", {
          {{"output", "DIR", "result directory; otherwise a new one below results/"}, to(&SweepRequest::output, result_directory)},
          {{"fresh", "", "discard what an interrupted sweep recorded, begin anew"}, to(&SweepRequest::fresh)},
          {{"no-charts", "", "rows and summary only"}, to(&SweepRequest::no_charts)},
          format_row(&SweepRequest::format)}}}};
  // clang-format on
}

// What the user's files are, for the plan's hash: other content, other sweep.
std::string inputs_text(const cell::Datasets& datasets) {
  std::string text;
  for (const auto& [key, dataset] : datasets) {
    for (const datagen::InputFile& file : dataset.files) {
      text += fmt::format("{} {}\n", file.bytes, file.fingerprint.checksum);
    }
  }
  return text;
}

std::string blocks_text(const sweep::Schedule& schedule) {
  return schedule.blocks_max > schedule.blocks ? fmt::format("{} to {}", schedule.blocks, schedule.blocks_max)
                                               : std::to_string(schedule.blocks);
}

// What an earlier sweep recorded; nothing when that is of another version, or no sweep after all.
std::vector<results::RunRow> rows_if_readable(const std::string& directory) {
  try {
    return results::load_runs(directory);
  } catch (const UsageError&) {
    return {};
  }
}

// How long it would take, by what was recorded here before.
struct TimeAhead {
  std::optional<sweep::SweepCost> cost;
  std::string source;  // the directory that says so
};

TimeAhead time_ahead(const PlannedSweep& sweep) {
  const auto newest = results::newest_result("results");
  if (!newest) return {};
  return {sweep::estimated_cost(sweep.plan, sweep.schedule, rows_if_readable(*newest)), *newest};
}

// For a budget that cannot be kept; "" for one that can, or of which that is not known.
std::string short_budget_text(const sweep::Schedule& schedule, const TimeAhead& ahead) {
  if (schedule.time_budget_s == 0 || !ahead.cost || ahead.cost->least_s <= schedule.time_budget_s) return {};
  return fmt::format(
      "the time budget of {} is exceeded: warm-up and one counted block of all cells are measured in any "
      "case and take about {}",
      text::duration_text(schedule.time_budget_s), text::duration_text(ahead.cost->least_s));
}

std::string time_text(const PlannedSweep& sweep) {
  const TimeAhead ahead = time_ahead(sweep);
  if (ahead.cost) {
    const std::string short_budget = short_budget_text(sweep.schedule, ahead);
    return fmt::format("Time: about {}, going by what runs cost in {}{}",
                       text::duration_text(ahead.cost->total_s), ahead.source,
                       short_budget.empty() ? "" : "; " + short_budget);
  }
  const double budget_s = sweep.schedule.time_budget_s;
  return "Time: unknown until a sweep below results/ says what runs of this size cost here" +
         (budget_s > 0 ? "; the budget ends it after " + text::duration_text(budget_s) +
                             " or one counted block, whichever is later"
                       : std::string{});
}

void print_dry_run(const PlannedSweep& sweep, const datagen::CacheOptions& cache) {
  std::size_t skipped = 0;
  for (const cell::Cell& cell : sweep.plan.cells) skipped += cell.skip_reason.empty() ? 0 : 1;
  std::string text = fmt::format(
      "{} cells in {} condition{}, {} skipped; {} warm-up + {} counted blocks, {} rows{}; plan {}\n{}\n",
      sweep.plan.cells.size(), sweep.plan.conditions, sweep.plan.conditions == 1 ? "" : "s", skipped,
      sweep.schedule.warmup_blocks, blocks_text(sweep.schedule), certain_rows(sweep.plan, sweep.schedule),
      sweep.schedule.blocks_max > sweep.schedule.blocks ? " or more" : "", sweep.hash, time_text(sweep));
  for (const cell::Cell& cell : sweep.plan.cells) {
    text += fmt::format("  {}{}{}\n", cell::describe(cell),
                        cell.skip_reason.empty() ? "" : "   skipped: ", cell.skip_reason);
  }
  const std::string memory = memory_text(sweep.plan, sweep.datasets, host::memory_available());
  if (!memory.empty()) text += memory + "\n";
  if (sweep.datasets.empty()) {  // otherwise the user's own files are there
    double bytes = 0;
    for (const datagen::DataSpec& spec : data_needed(sweep.plan))
      bytes += static_cast<double>(datagen::estimated_bytes(spec));
    text += fmt::format("Input files: up to {} in {}; what is there already is used again.\n",
                        text::bytes_text(bytes), cache.directory);
  }
  std::cout << text::fitted(text, text::look_of(STDOUT_FILENO));
}

nlohmann::ordered_json meta_of(const PlannedSweep& sweep, std::string_view command,
                               const Arguments& arguments, const std::string& config,
                               const std::vector<doctor::Warning>& warnings) {
  nlohmann::ordered_json meta;
  meta["schema"] = results::meta_schema;
  meta.update(host::build_facts());
  meta["started_utc"] = host::utc_now();
  meta["argv"] = nlohmann::ordered_json::array({"ipcsort", command});
  for (const std::string& word : arguments.words) meta["argv"].push_back(sys::printable(word));
  meta["plan"] = {{"hash", sweep.hash},
                  {"cells_hash", sweep.cells_hash},
                  {"seed", sweep.schedule.seed},
                  {"blocks", sweep.schedule.blocks},
                  {"blocks_max", sweep.schedule.blocks_max},
                  {"warmup", sweep.schedule.warmup_blocks},
                  {"decide", pipeline::to_string(sweep.schedule.decide)},
                  {"precision", sweep.schedule.precision},
                  {"time_budget_s", sweep.schedule.time_budget_s},
                  {"run_time_s", sweep.schedule.run_time_s},
                  {"attempts_max", sweep.schedule.attempts_max},
                  {"cells", sweep.plan.cells.size()},
                  {"rows", certain_rows(sweep.plan, sweep.schedule)},
                  {"config", config}};
  if (!sweep.profile.is_null()) meta["profile"] = sweep.profile;
  meta["machine"] = host::machine_facts();
  meta["kernel_costs"] = host::to_json(host::measure_kernel_costs());
  meta["warnings"] = doctor::to_json(warnings);
  return meta;
}

// Also of a sweep that is taken up: its rows from now on are such.
void note_faults(nlohmann::ordered_json& meta) {
  nlohmann::ordered_json& known = meta["warnings"];
  if (!known.is_array()) known = nlohmann::ordered_json::array();
  for (const nlohmann::ordered_json& warning : doctor::to_json(cli::warnings_of_faults())) {
    if (std::ranges::find(known, warning) == known.end()) known.push_back(warning);
  }
}

// An unfinished sweep of the same cells that is not taken up because how often they were to be measured was
// said otherwise, or by whom and where: easily overlooked, so it is pointed out.
std::string passed_over_text(const PlannedSweep& sweep, const nlohmann::ordered_json& surroundings) {
  const auto newest = results::newest_result("results");
  if (!newest) return {};
  const nlohmann::ordered_json meta = results::load_meta(*newest);
  const nlohmann::ordered_json plan = meta.value("plan", nlohmann::ordered_json::object());
  if (plan.value("cells_hash", "") != sweep.cells_hash || meta.contains("finished_utc")) return {};
  if (plan.value("hash", "") != sweep.hash)
    return *newest +
           " is an unfinished sweep of the same cells with another schedule (blocks, precision, time budget, "
           "seed ...); it is not taken up";
  const std::vector<std::string> differences = results::differing_surroundings(meta, surroundings);
  if (differences.empty()) return {};
  return *newest + " is an unfinished sweep of this plan that was begun otherwise (" +
         sys::join(differences, "; ") + "); it is not taken up";
}

// A path that cannot be is the user's mistake; a disk that is full is not.
results::ResultDirectory open_results(const results::ResultDirectory::Request& request) {
  try {
    return results::ResultDirectory(request);
  } catch (const std::system_error& error) {
    for (const int wrong : {ENOTDIR, ENOENT, EEXIST, EACCES, EPERM, EROFS, ELOOP, ENAMETOOLONG}) {
      if (error.code().value() == wrong)
        throw UsageError(fmt::format(
            "the result directory cannot be used: {}; name another one with --output", error.what()));
    }
    throw;
  }
}

// A row of another cell was put there by hand: the plan is the one that the rows were begun with.
void require_cells_of(const cell::Plan& plan, const results::ResultDirectory& results) {
  const std::map<cell::CellId, std::size_t> cells = results::cell_numbers(plan);
  for (const results::RunRow& row : results.rows()) {
    if (!cells.contains(row.cell))
      throw UsageError(fmt::format(
          "{}/runs.csv: the row with seq {} is of a cell that its sweep does not have; the file has "
          "been changed: take the row out, or give another --output",
          results.path(), row.seq));
  }
}

int measure(const Arguments& arguments, const cli::Values& values, const SweepRequest& wanted,
            PlannedSweep& sweep) {
  const Recorded recorded = record(
      arguments, values,
      {"sweep", wanted.output, wanted.fresh, wanted.deadline_ns, wanted.cache, wanted.verbosity}, sweep);
  sys::Interrupts& interrupts = arguments.interrupts();
  const sweep::SweepCounts& counts = recorded.counts;
  if (counts.interrupted) return exit_interrupted(interrupts.signal());
  const std::string& path = recorded.directory.path();
  print_results(path, recorded.summary, recorded.findings, wanted.format, wanted.verbosity);
  bool page_is_broken = false;
  if (!wanted.no_charts) {
    page_is_broken = print_page({.directories = {path}, .output = path, .stop_fd = interrupts.fd()},
                                wanted.format, wanted.verbosity)
                         .broken;
    if (interrupts.signal() != 0) return exit_interrupted(interrupts.signal());
  }
  if (counts.failed > 0)
    std::cerr << fmt::format("ipcsort: {} of {} failed; their rows say why, and --fresh measures anew\n",
                             counts.failed,
                             text::count_text(results::finished_runs(recorded.directory.rows()), "run"));
  // References alone answer nothing when transports were asked for.
  const bool asked = std::ranges::any_of(
      recorded.summary, [](const results::SummaryRow& row) { return row.cell.is_transport(); });
  const bool nothing = asked && !results::any_transport_measured(recorded.summary);
  return counts.failed > 0 || counts.ok == 0 || nothing || page_is_broken ? exit_failed : exit_done;
}

}  // namespace

std::string result_directory(const std::string& text, std::string_view) {
  if (text.empty())
    throw UsageError(
        "--output is empty; name a directory, or leave the option out for a new one below results/");
  return text;
}

PlannedSweep plan_sweep(const Registry& registry, const cli::Values& values, const sweep::Schedule& schedule,
                        const std::optional<std::string>& profiles, const datagen::CacheOptions& cache,
                        sys::Interrupts& interrupts) {
  PlannedSweep sweep;
  sweep.schedule = schedule;
  sweep.grid = cli::grid_from(registry, values);
  if (!sweep.grid.data.inputs.empty()) sweep.datasets = input_data(sweep.grid, cache, interrupts);
  const std::vector<tune::Source> sources = cli::profiles_named(profiles);
  tune::Applied applied = cli::with_profiles(sources, make_plan(sweep.grid));
  if (!sources.empty()) sweep.profile = to_json(applied, sources);
  sweep.plan = std::move(applied.plan);
  cell::require_chunks_that_fit(sweep.plan);
  sweep.hash = sys::hash_text(canonical_text(sweep.plan) + canonical_text(sweep.schedule) +
                              inputs_text(sweep.datasets));
  sweep.cells_hash = sys::hash_text(canonical_text(sweep.plan) + inputs_text(sweep.datasets));
  // Behind the hash: what is free today does not make it another sweep.
  skip_what_does_not_fit(sweep.plan, sweep.datasets, host::memory_available());
  return sweep;
}

Recorded record(const Arguments& arguments, const cli::Values& values, const Recording& wanted,
                PlannedSweep& sweep) {
  const results::FaultInjection faults = cli::faults_from_environment(sweep.grid.workers);
  cli::tidy_up(wanted.verbosity);
  sys::Interrupts& interrupts = arguments.interrupts();
  const cli::Verbosity& verbosity = wanted.verbosity;
  const auto say = [&](const std::string& sentence) {
    if (!verbosity.is_quiet && !sentence.empty()) cli::print_note(sentence);
  };
  for (const std::string& sentence : cell::idle_options(sweep.plan)) say(sentence);
  results::ResultDirectory::Request request;
  request.path = wanted.output;
  request.plan_hash = sweep.hash;
  request.cells_hash = sweep.cells_hash;
  request.fresh = wanted.fresh;
  nlohmann::ordered_json surroundings = host::build_facts();
  surroundings["machine"] = host::machine_facts();
  request.surroundings = &surroundings;
  if (request.path.empty() && !request.fresh) say(passed_over_text(sweep, surroundings));
  results::ResultDirectory results = open_results(request);
  require_cells_of(sweep.plan, results);
  const bool complete = results.finished() && next_slots(sweep.plan, sweep.schedule, results.rows()).empty();
  if (complete) {
    say(results.path() + " holds this very sweep, complete; --fresh measures it anew");
  } else if (!results.rows().empty()) {
    say(fmt::format("taking up {} after {}", results.path(),
                    text::count_text(results::finished_runs(results.rows()), "row")));
  }
  std::vector<doctor::Warning> warnings = cli::warnings_of_faults();
  std::ranges::move(
      doctor::warnings_for(surroundings["machine"], host::current_activity(), host::build_info::build_type),
      std::back_inserter(warnings));
  if (!complete) {
    cli::print_warnings(warnings, verbosity);
    if (results.rows().empty()) say(short_budget_text(sweep.schedule, time_ahead(sweep)));
  }

  nlohmann::ordered_json meta =
      results.finished() || !results.rows().empty()
          ? results::load_meta(results.path())
          : meta_of(sweep, wanted.command, arguments, cli::print_config(values), warnings);
  sweep::SweepCounts counts;
  {
    text::Progress progress(text::Progress::detect(verbosity.is_quiet, verbosity.is_verbose));
    if (!complete) {
      meta.erase("finished_utc");
      note_faults(meta);
      results.write_meta(meta);
      if (sweep.datasets.empty())
        sweep.datasets = prepare_data(sweep.plan, wanted.cache, progress, interrupts);
    }
    results::ForkingRunner runner(sweep.datasets, interrupts, wanted.deadline_ns, faults);
    counts = run_sweep(sweep.plan, sweep.schedule, runner, results, progress);
  }
  Recorded recorded{std::move(results), {}, {}, counts};
  const std::string& path = recorded.directory.path();
  const std::vector<results::RunRow>& rows = recorded.directory.rows();
  recorded.summary = results::summarize(rows, sweep.schedule.precision);
  const results::Overall overall = results::overall_of(rows);
  recorded.findings =
      results::findings_of(recorded.summary, overall, rows, cli::transport_families(arguments.registry),
                           host::kernel_costs_from(meta.value("kernel_costs", nlohmann::ordered_json())));
  results::write_summary(path, recorded.summary, overall);
  write_texts(path, decisions_of(recorded.findings));
  if (counts.interrupted) {
    std::cerr << fmt::format("ipcsort: interrupted; {} holds {}, the same command{} takes it up again\n",
                             path, text::count_text(results::finished_runs(rows), "row"),
                             request.fresh ? " without --fresh" : "");
  } else if (!complete) {
    meta["finished_utc"] = host::utc_now();
    recorded.directory.write_meta(meta);
  }
  return recorded;
}

Usage sweep_usage() {
  return {
      .examples = {{"ipcsort sweep", "which transport is best here? the quick preset, a few minutes"},
                   {"ipcsort sweep --preset lecture", "the program it all began with"},
                   {"ipcsort sweep --transports pipe,pipe:capacity=1M --numbers 1M,10M --workers 1,2,4 "
                    "--transfer barrier",
                    "what a larger buffer is worth"},
                   {"ipcsort sweep --input a.txt b.txt --workers 2", "your own numbers"},
                   {"ipcsort sweep --preset full --dry-run", "what would be measured, and for how long"}},
      .description =
          "Measures every transport over a grid of files, numbers and workers; writes rows, a summary and "
          "charts. The same command again takes up a sweep that was interrupted.",
      .groups = sweep_options().shown(),
      .exits = cli::with_profile_exits(),
      .interrupted = " before the first run; nothing was recorded",
  };
}

int sweep(const Arguments& arguments) {
  cli::Values values = arguments.values;
  const std::string preset = values.has("preset") ? values.text("preset") : "quick";
  const bool config_alone = values.has("config") && !values.has("preset");
  // Who says how often, and nothing of a most, means just that often.
  const bool exactly = values.has("blocks") && !values.has("blocks-max");
  const bool most_is_given = values.has("blocks-max");
  cli::layer(values, cli::taken_options(sweep_usage()),
             {config_alone ? "" : cli::preset_text(preset), "references = all\n", cli::default_text()});
  if (exactly) values.put("blocks-max", {values.text("blocks")});
  const std::vector<std::string> transfers = sys::split(values.text("transfer"), ',');
  pipeline::Settings steady;
  steady.transfer = pipeline::TransferMode::steady;
  // What is printed is what is meant: how often all is sent if nobody says.
  if (values.text("rounds") == to_string(steady.rounds) &&
      std::ranges::find(transfers, to_string(steady.transfer)) != transfers.end())
    values.put("rounds", {std::string{to_string(steady.settled().rounds)}});
  const SweepRequest request = [&] {
    SweepRequest all = sweep_options().read(values);
    if (most_is_given && all.schedule.blocks_max < all.schedule.blocks) {
      throw UsageError(fmt::format("--blocks-max {} is less than --blocks {}; give a lower --blocks, too",
                                   values.text("blocks-max"), values.text("blocks")));
    }
    all.schedule.blocks_max = std::max(all.schedule.blocks, all.schedule.blocks_max);
    return all;
  }();
  if (request.print_config) {
    std::cout << cli::print_config(values);
    return exit_done;
  }
  PlannedSweep sweep = plan_sweep(arguments.registry, values, request.schedule, request.profiles,
                                  request.cache, arguments.interrupts());
  if (request.dry_run) {
    print_dry_run(sweep, request.cache);
    return exit_done;
  }
  return measure(arguments, values, request, sweep);
}

}  // namespace ipcsort::commands
