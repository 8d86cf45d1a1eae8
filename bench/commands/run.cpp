#include <fmt/core.h>
#include <unistd.h>

#include <filesystem>
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
#include "sys/file.hpp"
#include "sys/text.hpp"

namespace ipcsort::commands {
namespace {

constexpr int repeats_max = 100'000;

// All that is known of a run: a row has too many columns to be read across.
text::Table facts_of(const results::RunRow& row) {
  text::Table table;
  for (const auto& column : results::run_columns()) {
    const std::string value = column.get(row), unit{column.unit};
    if (!value.empty())
      table.add({{{"column", true}, {column.name}}, {{"value"}, {value}}, {{"unit", true}, {unit}}});
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
  std::cout << fmt::format(
      "total {}, of which merge {}{}; verified in {}, set up in {}\n", time(row.total_s), time(row.merge_s),
      merged_on_the_fly ? " behind the last byte (it was merged while it was received)" : "",
      time(row.verify_s), time(row.setup_s));
  std::vector<std::vector<std::string>> lines = {
      {"phase of the workers", "slowest", "mean", "last to finish"}};
  for (const results::Phase& phase : results::phases) {
    lines.push_back({fmt::format("  {}", phase.name), time(row.max.*phase.time_s),
                     time(row.mean.*phase.time_s), time(row.path.*phase.time_s)});
  }
  std::cout << text::aligned(lines);
  if (row.transfer_bytes_per_s) {
    std::cout << text::bytes_text(row.payload_bytes.value_or(0)) << " moved at "
              << text::rate_text(*row.transfer_bytes_per_s);
    if (row.steps) std::cout << " in " << static_cast<std::uint64_t>(*row.steps) << " steps";
    std::cout << "\n";
  } else if (row.cell.lends()) {
    std::cout << text::bytes_text(row.payload_bytes.value_or(0)) << " lent and handed over in "
              << time(row.transfer_window_s) << "; nothing was moved\n";
  }
  if (row.first_window_s) {
    std::cout << fmt::format(
        "that is the median of all of {} rounds but the first, {} each (middle half within {}); the first, "
        "which the phases above are of, took {}, and {:.0f} page faults instead of {:.1f}\n",
        to_string(row.cell.settings.rounds), time(row.transfer_window_s),
        text::percent_text(row.window_spread.value_or(0)), time(row.first_window_s),
        row.faults_first.value_or(0), row.faults_steady.value_or(0));
  }
  std::cout << fmt::format("CPU time: parent {} user {} system, workers {} user {} system\n",
                           time(row.parent_user_s), time(row.parent_system_s), time(row.workers_user_s),
                           time(row.workers_system_s));
}

void print_row(const results::RunRow& row, cli::Format format) {
  const text::Columns<results::RunRow>& columns = results::run_columns();
  if (format == cli::Format::table) {
    print_table(row);
  } else if (format == cli::Format::json) {
    std::cout << text::json_text(text::described(columns), text::fields_of(columns, row));
  } else if (format == cli::Format::markdown) {
    std::cout << text::markdown_text(facts_of(row));
  } else {
    cli::print_rows(columns, std::vector{row}, format);
  }
}

const cell::Cell& only_cell(const cell::Plan& plan) {
  if (plan.cells.size() == 1) return plan.cells.front();
  std::string cells;
  for (std::size_t i = 0; i < std::min<std::size_t>(plan.cells.size(), 3); ++i)
    cells += "\n  " + cell::describe(plan.cells[i]);
  throw UsageError(
      fmt::format("run measures one cell, these options describe {}; give one value each, or use sweep:{}{}",
                  plan.cells.size(), cells, plan.cells.size() > 3 ? "\n  ..." : ""));
}

struct RunRequest {
  sys::Nanoseconds deadline_ns = 0;
  int repeats = 1;
  cli::Format format{};
  cli::Verbosity verbosity;
  std::optional<std::string> profiles;
  std::string write;  // "": nothing, "-": to standard output
  datagen::CacheOptions cache;
  sweep::Schedule schedule;  // of no use here, but a preset or a sweep's file may say it
};

cli::OptionTable<RunRequest> run_options() {
  using namespace cli;
  const auto writable = [](const std::string& path, std::string_view option) {
    (void)output_file(path, option);
    return path;
  };
  // clang-format off
  return {{
      {"General", joined<RunRequest>({{
          {help_option()},
          {{"preset", "WORD", preset_names()}},
          {{"config", "FILE", "file with lines OPTION = VALUE"}},
          {{"deadline", "TIME", "after this a run is ended, e.g. 500ms, 90s, 5m", "5m"}, to(&RunRequest::deadline_ns, parse_duration)},
          {{"write", "FILE", "file for the merged numbers, one a line, which are written once they are verified; standard output, -, then has nothing else"}, to(&RunRequest::write, writable)},
          {{"repeat", "COUNT", "runs one after the other; the figures are their means", "1"}, to(&RunRequest::repeats, whole_number(1, repeats_max))},
          format_row(&RunRequest::format)},
          part(&RunRequest::verbosity, verbosity_rows("nothing on standard error but errors", "where the time went in a line; all warnings in full")),
          {{profile_option(), to(&RunRequest::profiles)}}})},
      unread<RunRequest>(axis_options()), unread<RunRequest>(setting_options()), data_group(&RunRequest::cache)},
      part(&RunRequest::schedule, schedule_rows())};
  // clang-format on
}

// What has no numbers that are merged into one array cannot write them.
void require_merged_numbers(const cell::Cell& cell) {
  if (pipeline::kind_name(cell.subject.kind) == "calibration")
    throw UsageError(
        fmt::format("--write: {} copies numbers of its own, none of the input's", cell.subject.name));
  if (cell.settings.merge == pipeline::Merge::concat)
    throw UsageError(
        "--write: with --merge concat there is no merged array, but sorted runs end to end; give --merge "
        "multiway or streaming");
}

}  // namespace

Usage run_usage() {
  return {.examples = {{"ipcsort run --transports pipe --workers 4 --numbers 10M", "where does its time go?"},
                       {"ipcsort run --transports pipe:capacity=1M --workers 4 --input a.txt b.txt",
                        "an option of the transport, your own numbers"},
                       {"ipcsort run --transports pipe --input a.txt b.txt --write sorted.txt",
                        "the numbers themselves, in order: sort -n a.txt b.txt | cmp - sorted.txt"},
                       {"ipcsort run --transports serial --preset lecture --format json",
                        "the lecture's work in one process, for programs"}},
          .description =
              "One verified run of one transport. The options are those of sweep, with one value each.",
          .groups = run_options().shown(),
          .silent = run_options().silently_taken(),
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
  const results::FaultInjection faults = cli::faults_from_environment(grid.workers);
  const cli::Verbosity& verbosity = request.verbosity;

  cli::tidy_up(verbosity);
  sys::Interrupts& interrupts = arguments.interrupts();
  text::Progress progress(text::Progress::detect(request.format != cli::Format::table || verbosity.is_quiet,
                                                 verbosity.is_verbose));
  cell::Datasets datasets;
  if (!grid.data.inputs.empty()) datasets = input_data(grid, request.cache, interrupts);
  cell::Plan plan = cli::with_profiles(cli::profiles_named(request.profiles), make_plan(grid)).plan;
  const cell::Cell& cell = only_cell(plan);
  if (!request.write.empty()) require_merged_numbers(cell);
  for (const std::string& input : grid.data.inputs) {
    std::error_code none;
    if (std::filesystem::equivalent(input, request.write, none))
      throw UsageError(fmt::format(
          "--write {} is one of the files of --input, whose numbers would be lost; name another file",
          sys::printable(request.write)));
  }
  cell::require_chunks_that_fit(plan);
  if (!verbosity.is_quiet) {
    for (const std::string& sentence : cell::idle_options(plan)) cli::print_note(sentence);
  }
  if (verbosity.is_verbose) {
    cli::print_warnings(
        doctor::warnings_for(host::machine_facts(), host::current_activity(), host::build_info::build_type),
        verbosity);
  }
  skip_what_does_not_fit(plan, datasets, host::memory_available());
  results::RunRow row = results::row_for(cell, {});
  if (!cell.skip_reason.empty()) {
    row.status = results::RunStatus::skipped;
    row.error = cell.skip_reason;
  } else {
    if (datasets.empty()) datasets = prepare_data(plan, request.cache, progress, interrupts);
    results::ForkingRunner runner(datasets, interrupts, request.deadline_ns, faults);
    std::optional<sys::NewContent> file;
    if (request.write == "-") {
      runner.write_result_to(STDOUT_FILENO, "standard output");
      std::cout.rdbuf(std::cerr.rdbuf());  // where whatever else is to be said goes
    } else if (!request.write.empty()) {
      file.emplace(request.write);
      runner.write_result_to(file->fd(), request.write);
    }
    row = measure(cell, {}, runner, {});
    if (file && row.is_ok()) file->keep();
  }
  if (verbosity.is_verbose) cli::print_note(results::run_text(row, false));
  print_row(row, request.format);
  if (row.status == results::RunStatus::interrupted) return exit_interrupted(interrupts.signal());
  return row.is_ok() ? exit_done : exit_failed;
}

}  // namespace ipcsort::commands
