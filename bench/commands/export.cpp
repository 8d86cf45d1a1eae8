#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

#include "bench/cli/options.hpp"
#include "bench/commands/commands.hpp"
#include "bench/export/github_action.hpp"
#include "bench/export/google_benchmark.hpp"
#include "bench/results/directory.hpp"
#include "sys/error.hpp"
#include "sys/file.hpp"
#include "sys/text.hpp"

namespace ipcsort::commands {
namespace {

struct Sweep {
  std::vector<results::RunRow> runs;
  std::vector<results::SummaryRow> summary;
  nlohmann::ordered_json meta;
};

std::string text_of(const nlohmann::ordered_json& json) {
  return json.dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

std::string gbench(const Sweep& sweep) {
  return text_of(exports::google_benchmark_runs(sweep.runs, sweep.meta));
}
std::string gbench_median(const Sweep& sweep) {
  return text_of(exports::google_benchmark_medians(sweep.summary, sweep.meta));
}
std::string github_action(const Sweep& sweep) { return text_of(exports::github_action(sweep.summary)); }
std::string csv(const Sweep& sweep) {
  std::string text = text::header_line(results::summary_columns());
  for (const results::SummaryRow& row : sweep.summary)
    text += text::row_line(results::summary_columns(), row);
  return text;
}

struct Format {
  std::string_view name;
  std::string (*write)(const Sweep&);
};

constexpr Format formats[] = {
    {"gbench", gbench}, {"gbench-median", gbench_median}, {"github-action", github_action}, {"csv", csv}};

const Format& format_named(const std::string& name) {
  std::vector<std::string> known;
  for (const Format& format : formats) {
    if (format.name == name) return format;
    known.emplace_back(format.name);
  }
  throw UsageError("--format: " + sys::is_none_of(name, known));
}

void write_output(const cli::Values& values, const std::string& text) {
  if (!values.has("output")) {
    std::cout << text;
    return;
  }
  const std::string path = values.text("output");
  try {
    sys::write_file_atomically(path, text);
  } catch (const std::system_error& error) {
    throw UsageError("--output " + sys::printable(path) + " cannot be written: " + error.code().message());
  }
}

}  // namespace

Usage export_usage() {
  // clang-format off
  cli::OptionGroup options{"Options", {
      cli::help_option(),
      {.name = "directory", .value_name = "DIR", .description = "the result directory; may be given without the option's name", .takes = cli::Takes::repeated},
      {"format", "WORD", "gbench|gbench-median|github-action|csv"},
      {"output", "FILE", "file to write; otherwise standard output"}}};
  // clang-format on
  return {.examples = {{"ipcsort export results/reference --format gbench --output new.json",
                        "for compare.py of Google Benchmark"},
                       {"ipcsort export results/reference --format github-action",
                        "for a tracker of benchmarks"}},
          .description =
              "Writes a sweep that was recorded in the format of another tool. gbench: JSON of Google "
              "Benchmark, an entry for each run, for its compare.py. gbench-median: likewise with one entry "
              "for each cell, its medians, for trackers. github-action: JSON of github-action-benchmark, "
              "customSmallerIsBetter. csv: the summary, one row for each cell.",
          .groups = {options},
          .silent = {},
          .operands = {"directory", "DIR"},
          .exits = {{exit_done, "done"},
                    {exit_usage, "wrong usage or input"},
                    {exit_failed, "no run of the sweep succeeded"}}};
}

int export_results(const Arguments& arguments) {
  const cli::Values& values = arguments.values;
  if (!values.has("format"))
    throw UsageError("export needs --format: gbench, gbench-median, github-action or csv");
  const Format& format = format_named(values.text("format"));
  if (!values.has("directory")) throw UsageError("export needs the result directory of a sweep");
  const auto directories = values.list("directory");
  if (directories.size() != 1) throw UsageError("export takes one result directory");

  Sweep sweep{results::load_runs(directories.front()), {}, results::load_meta(directories.front())};
  sweep.summary = results::summarize(sweep.runs);
  int ok = 0;
  int failed = 0;
  for (const results::SummaryRow& row : sweep.summary) {
    ok += row.runs_ok;
    failed += row.runs_failed;
  }
  if (failed > 0)
    std::cerr << "ipcsort: " << failed << (failed == 1 ? " run" : " runs")
              << " failed and cannot be exported\n";
  if (ok == 0) {
    std::cerr << "ipcsort: " << directories.front() << " has no counted run that succeeded\n";
    return exit_failed;
  }
  write_output(values, format.write(sweep));
  return exit_done;
}

}  // namespace ipcsort::commands
