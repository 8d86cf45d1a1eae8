#include <iostream>
#include <optional>
#include <span>
#include <vector>

#include "bench/cell/data.hpp"
#include "bench/cell/memory.hpp"
#include "bench/cell/preflight.hpp"
#include "bench/cli/options.hpp"
#include "bench/cli/output.hpp"
#include "bench/cli/parse.hpp"
#include "bench/cli/presets.hpp"
#include "bench/cli/profiles.hpp"
#include "bench/commands/commands.hpp"
#include "bench/host/build_info.hpp"
#include "bench/host/machine.hpp"
#include "bench/results/measure.hpp"
#include "bench/results/run_row.hpp"
#include "bench/results/wording.hpp"
#include "bench/text/json.hpp"
#include "bench/text/table.hpp"
#include "sys/error.hpp"
#include "sys/text.hpp"

namespace ipcsort::commands {
namespace {

constexpr int repeats_max = 100'000;

// All that is known of a run: a row has too many columns to be read across.
text::Table facts_of(const results::RunRow& row) {
  text::Table table{"", {{"column", true}, {"value"}, {"unit", true}}, {}};
  for (const auto& column : results::run_columns()) {
    const std::string value = column.get(row);
    if (!value.empty())
      table.rows.push_back({{std::string{column.name}}, {value}, {std::string{column.unit}}});
  }
  return table;
}

void print_table(const results::RunRow& row) {
  using text::seconds_text;
  const auto time = [](const std::optional<double>& seconds) {
    return seconds ? seconds_text(*seconds) : "-";
  };
  std::cout << to_string(row.status) << (row.error.empty() ? "" : ": " + row.error) << "\n";
  if (!row.is_ok()) return;
  const bool merged_on_the_fly =
      row.cell.settings.merge == pipeline::Merge::streaming && row.cell.is_transport() && !row.cell.lends();
  std::cout << "total " << time(row.total_s) << ", of which merge " << time(row.merge_s)
            << (merged_on_the_fly ? " behind the last byte (it was merged while it was received)" : "")
            << "; verified in " << time(row.verify_s) << ", set up in " << time(row.setup_s) << "\n";
  std::cout << text::aligned(
      {{"phase of the workers", "slowest", "mean", "last to finish"},
       {"  spawn", time(row.max.spawn_s), time(row.mean.spawn_s), time(row.path.spawn_s)},
       {"  read", time(row.max.read_s), time(row.mean.read_s), time(row.path.read_s)},
       {"  parse", time(row.max.parse_s), time(row.mean.parse_s), time(row.path.parse_s)},
       {"  sort", time(row.max.sort_s), time(row.mean.sort_s), time(row.path.sort_s)},
       {"  wait", time(row.max.wait_s), time(row.mean.wait_s), time(row.path.wait_s)},
       {"  transfer", time(row.max.transfer_s), time(row.mean.transfer_s), time(row.path.transfer_s)}});
  if (row.transfer_bytes_per_s) {
    std::cout << text::bytes_text(row.payload_bytes.value_or(0)) << " moved at "
              << text::rate_text(*row.transfer_bytes_per_s);
    if (row.steps) std::cout << " in " << static_cast<std::uint64_t>(*row.steps) << " steps";
    std::cout << "\n";
  } else if (row.cell.lends()) {
    std::cout << text::bytes_text(row.payload_bytes.value_or(0)) << " lent and handed over in "
              << time(row.transfer_window_s) << "; nothing was moved\n";
  }
  std::cout << "CPU time: parent " << time(row.parent_user_s) << " user " << time(row.parent_system_s)
            << " system, workers " << time(row.workers_user_s) << " user " << time(row.workers_system_s)
            << " system\n";
}

void print_row(const results::RunRow& row, cli::Format format) {
  const text::Columns<results::RunRow>& columns = results::run_columns();
  switch (format) {
    case cli::Format::table: return print_table(row);
    case cli::Format::csv: std::cout << text::csv_text(columns, std::vector{row}); return;
    case cli::Format::json: std::cout << text::json_text(text::json_fields(columns, row)); return;
    case cli::Format::markdown: std::cout << text::markdown_text(facts_of(row)); return;
    case cli::Format::junit: return;
  }
}

const cell::Cell& only_cell(const cell::Plan& plan) {
  if (plan.cells.size() == 1) return plan.cells.front();
  std::string cells;
  for (std::size_t i = 0; i < std::min<std::size_t>(plan.cells.size(), 3); ++i) {
    cells += "\n  " + cell::describe(plan.cells[i]);
  }
  throw UsageError("run measures one cell, these options describe " + std::to_string(plan.cells.size()) +
                   "; give one value each, or use sweep:" + cells + (plan.cells.size() > 3 ? "\n  ..." : ""));
}

struct RunRequest {
  sys::Nanoseconds deadline_ns = 0;
  int repeats = 1;
  cli::Format format{};
  cli::Talk talk;
  std::optional<std::string> profiles;
  datagen::CacheOptions cache;
  sweep::Schedule schedule;  // of no use here, but a preset or a sweep's file may say it
};

cli::OptionTable<RunRequest> run_options() {
  using namespace cli;
  // clang-format off
  return {{
      {"General", joined<RunRequest>({{
          {help_option()},
          {{"preset", "WORD", preset_names()}},
          {{"config", "FILE", "file with lines OPTION = VALUE"}},
          {{"deadline", "TIME", "after this a run is ended, e.g. 500ms, 90s, 5m", "5m"}, to(&RunRequest::deadline_ns, parse_duration)},
          {{"repeat", "COUNT", "runs one after the other; the figures are their means", "1"}, to(&RunRequest::repeats, whole_number(1, repeats_max))},
          format_row(&RunRequest::format)},
          part(&RunRequest::talk, talk_rows("nothing on standard error but errors", "where the time went in a line; all warnings in full")),
          {{profile_option(), to(&RunRequest::profiles)}}})},
      axis_group<RunRequest>(), setting_group<RunRequest>(), data_group(&RunRequest::cache)},
      part(&RunRequest::schedule, schedule_rows())};
  // clang-format on
}

}  // namespace

Usage run_usage() {
  return {.examples = {{"ipcsort run --transports pipe --workers 4 --numbers 10M", "where does its time go?"},
                       {"ipcsort run --transports pipe:capacity=1M --workers 4 --input a.txt b.txt",
                        "an option of the transport, your own numbers"},
                       {"ipcsort run --transports serial --preset lecture --format json",
                        "the lecture's work in one process, for programs"}},
          .description =
              "One verified run of one transport. The options are those of sweep, with one value each.",
          .groups = run_options().shown(),
          .silent = run_options().silently_taken(),
          .operands = {},
          .exits = cli::with_profile_exits(),
          .interrupted = " before the run"};
}

int run(const Arguments& arguments) {
  cli::Values values = arguments.values;
  if (!values.has("transports") && !values.has("config")) {
    throw UsageError("run needs --transports NAME; ipcsort list shows the names");
  }
  cli::layer(values, cli::taken_options(run_usage()),
             {values.has("preset") ? cli::preset_text(values.text("preset")) : "", "references = none\n",
              cli::default_text()});
  const RunRequest request = run_options().read(values);
  cell::Grid grid = cli::grid_from(arguments.registry, values);
  grid.repeats = request.repeats;
  const results::Sabotage sabotage = cli::sabotage_from_environment(grid.workers);
  const cli::Talk& talk = request.talk;

  sys::clean_dead_logs();
  sys::Interrupts& interrupts = arguments.interrupts();
  text::Progress progress(
      text::Progress::detect(request.format != cli::Format::table || talk.is_quiet, talk.is_verbose));
  cell::Datasets datasets;
  if (!grid.data.inputs.empty()) datasets = input_data(grid, interrupts);
  cell::Plan plan = cli::with_profiles(cli::profiles_named(request.profiles), make_plan(grid)).plan;
  const cell::Cell& cell = only_cell(plan);
  cell::require_chunks_that_fit(plan);
  if (!talk.is_quiet) {
    for (const std::string& sentence : cell::idle_options(plan)) cli::print_note(sentence);
  }
  if (talk.is_verbose) {
    cli::print_warnings(
        doctor::warnings_for(host::machine_facts(), host::current_activity(), host::build_info::build_type),
        talk);
  }
  skip_what_does_not_fit(plan, datasets, host::memory_available());
  results::RunRow row = results::row_for(cell, {});
  if (!cell.skip_reason.empty()) {
    row.status = results::RunStatus::skipped;
    row.error = cell.skip_reason;
  } else {
    if (datasets.empty()) datasets = prepare_data(plan, request.cache, progress, interrupts);
    results::ForkingRunner runner(datasets, interrupts, request.deadline_ns, sabotage);
    row = measure(cell, {}, runner, {});
  }
  if (talk.is_verbose) cli::print_note(results::run_text(row, false));
  print_row(row, request.format);
  if (row.status == results::RunStatus::interrupted) return exit_interrupted(interrupts.signal());
  return row.is_ok() ? exit_done : exit_failed;
}

}  // namespace ipcsort::commands
