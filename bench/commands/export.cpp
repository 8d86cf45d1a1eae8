#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>

#include "bench/cli/output.hpp"
#include "bench/commands/commands.hpp"
#include "bench/export/github_action.hpp"
#include "bench/export/google_benchmark.hpp"
#include "bench/results/directory.hpp"
#include "bench/text/json.hpp"
#include "bench/text/units.hpp"
#include "sys/error.hpp"
#include "sys/file.hpp"
#include "sys/text.hpp"

namespace ipcsort::commands {
namespace {

struct RecordedSweep {
  std::vector<results::RunRow> runs;
  std::vector<results::SummaryRow> summary;
  nlohmann::ordered_json meta;
};

std::string text_of(const nlohmann::ordered_json& json) { return text::json_text(json, 1); }

struct Exporter {
  std::string_view name;
  std::string (*write)(const RecordedSweep&);
};

constexpr Exporter exporters[] = {
    {"gbench",
     [](const RecordedSweep& it) { return text_of(exports::google_benchmark_runs(it.runs, it.meta)); }},
    {"gbench-median",
     [](const RecordedSweep& it) { return text_of(exports::google_benchmark_medians(it.summary, it.meta)); }},
    {"github-action", [](const RecordedSweep& it) { return text_of(exports::github_action(it.summary)); }},
    {"csv", [](const RecordedSweep& it) { return text::csv_text(results::summary_columns(), it.summary); }}};

const Exporter* exporter_named(const std::string& name, std::string_view option) {
  std::vector<std::string> known;
  for (const Exporter& exporter : exporters) {
    if (exporter.name == name) return &exporter;
    known.emplace_back(exporter.name);
  }
  throw UsageError("--" + std::string{option} + ": " + sys::is_none_of(name, known));
}

struct ExportRequest {
  std::vector<std::string> directories;
  const Exporter* exporter = nullptr;
  std::optional<std::string> output;
};

cli::OptionTable<ExportRequest> export_options() {
  using namespace cli;
  // clang-format off
  return {{{"Options", {
      {help_option()},
      {{.name = "directory", .value_name = "DIR", .description = "the result directory; may be given without the option's name", .takes = Takes::repeated}, to(&ExportRequest::directories)},
      {{"format", "WORD", "gbench|gbench-median|github-action|csv"}, to(&ExportRequest::exporter, exporter_named)},
      {{"output", "FILE", "file to write; otherwise standard output, -"}, to(&ExportRequest::output, output_file)}}}}};
  // clang-format on
}

}  // namespace

Usage export_usage() {
  return {.examples = {{"ipcsort export results/reference --format gbench --output new.json",
                        "for compare.py of Google Benchmark"},
                       {"ipcsort export results/reference --format github-action",
                        "for a tracker of benchmarks"}},
          .description =
              "Writes a sweep that was recorded in the format of another tool. gbench: JSON of Google "
              "Benchmark, an entry for each run, for its compare.py. gbench-median: likewise with one entry "
              "for each cell, its medians, for trackers. github-action: JSON of github-action-benchmark, "
              "customSmallerIsBetter. csv: the summary, one row for each cell.",
          .groups = export_options().shown(),
          .silent = {},
          .operands = {"directory", "DIR"},
          .exits = {{exit_done, "done"},
                    {exit_usage, "wrong usage or input"},
                    {exit_failed, "no run of the sweep succeeded"}}};
}

int export_results(const Arguments& arguments) {
  const ExportRequest request = export_options().read(arguments.values);
  if (request.exporter == nullptr)
    throw UsageError("export needs --format: gbench, gbench-median, github-action or csv");
  if (request.directories.empty()) throw UsageError("export needs the result directory of a sweep");
  if (request.directories.size() != 1) throw UsageError("export takes one result directory");
  const std::string& directory = request.directories.front();

  RecordedSweep sweep{results::load_runs(directory), {}, results::load_meta(directory)};
  sweep.summary = results::summarize(sweep.runs);
  int ok = 0;
  int failed = 0;
  for (const results::SummaryRow& row : sweep.summary) {
    ok += row.runs_ok;
    failed += row.runs_failed;
  }
  if (failed > 0)
    std::cerr << "ipcsort: " << text::count_text(static_cast<std::size_t>(failed), "run")
              << " failed and cannot be exported\n";
  if (ok == 0) {
    std::cerr << "ipcsort: " << directory << " has no counted run that succeeded\n";
    return exit_failed;
  }
  const std::string text = request.exporter->write(sweep);
  if (request.output)
    sys::write_file_atomically(*request.output, text);
  else
    std::cout << text;
  return exit_done;
}

}  // namespace ipcsort::commands
