#include <unistd.h>

#include <iostream>

#include "bench/cli/options.hpp"
#include "bench/commands/commands.hpp"
#include "bench/gate/recordings.hpp"
#include "bench/pipeline/settings.hpp"
#include "bench/results/directory.hpp"
#include "sys/error.hpp"
#include "sys/file.hpp"
#include "sys/text.hpp"

namespace ipcsort::commands {
namespace {

std::pair<std::string, std::string> two_files(const cli::Values& values) {
  if (values.has("files")) {
    const auto files = values.list("files");
    if (files.size() == 2) return {files[0], files[1]};
  }
  throw UsageError("compare takes two result directories, OLD and NEW");
}

}  // namespace

Usage compare_usage() {
  // clang-format off
  cli::OptionGroup options{"Options", {
      cli::help_option(),
      {.name = "files", .value_name = "DIR", .description = "OLD and NEW; may be given without the option's name", .takes = cli::Takes::repeated},
      {"metric", "WORD", pipeline::all_words<pipeline::Metric>() + ": by which time", "total"},
      {"format", "WORD", std::string{gate::formats} + ": as what it is written", "table"},
      {"output", "FILE", "file for the report; standard output then has the headline only"},
      {"strict", "", "an inconclusive cell is a failure"},
      {"force", "", "compare although machine or plan differ: ratios, but no verdicts"}}};
  // clang-format on
  return {
      .examples = {{"ipcsort compare results/monday results/tuesday", "did anything regress since monday?"},
                   {"ipcsort compare OLD NEW --metric transfer --format markdown --output comment.md",
                    "the transfer alone, as a table for a comment"}},
      .description =
          "Two recorded sweeps of the same plan on machines of the same class, cell by cell.\n\n"
          "OLD and NEW are result directories, or the runs.csv in one. Every ratio is divided by the median "
          "ratio of all cells; a cell has changed if the Mann-Whitney test says so with a false discovery "
          "rate of 5 % over all cells (Benjamini and Hochberg), and by 2.5 % or more. Unchanged means that a "
          "change of 5 % is excluded.\n\n"
          "Two files cannot do what ipcsort ab does. The machine is another one in another session: "
          "simulated on a noisy virtual machine, a plain Mann-Whitney test of two sessions calls 321 to 391 "
          "of 1000 unchanged cells changed and finds only half of the slow-downs of 5 %; pairs measured in "
          "one session raise 0.005 alarms and find 99.8 %. What is done about it here helps in part, and "
          "hides what hits all cells alike. To decide about a change, measure both programs with ipcsort ab.",
      .groups = {options},
      .silent = {},
      .operands = {"files", "OLD NEW"},
      .exits = {{exit_done, "nothing regressed"},
                {exit_regressed, "something did"},
                {exit_usage, "wrong usage or an unusable file"},
                {exit_failed, "a cell failed or nothing was compared"},
                {exit_inconclusive, "something is inconclusive (with --strict)"},
                {exit_not_comparable, "not comparable"}},
  };
}

int compare(const Arguments& arguments) {
  const cli::Values& values = arguments.values;
  const std::string format = values.text("format");
  gate::require_format(format);
  gate::ComparisonRequest request;
  request.metric = pipeline::parse_word<pipeline::Metric>("metric", values.text("metric"));
  const auto [old_path, new_path] = two_files(values);

  const gate::Recording baseline = gate::load_recording(old_path);
  const gate::Recording candidate = gate::load_recording(new_path);
  gate::require_different(baseline, candidate);
  const std::string differences = gate::differences_of(baseline, candidate);
  if (!differences.empty() && !values.has("force")) {
    std::cerr << "ipcsort: " << baseline.directory << " and " << candidate.directory
              << " are not comparable: " << differences << ". --force gives ratios without verdicts.\n";
    return exit_not_comparable;
  }
  gate::Report report = gate::compare_recordings(baseline, candidate, request);
  report.title = "ipcsort compare";
  const bool to_file = values.has("output");
  const std::string text =
      gate::render(report, format, to_file ? text::Look{} : text::look_of(STDOUT_FILENO));
  if (to_file) {
    sys::write_file_atomically(values.text("output"), text);
    std::cout << gate::headline(report) << "\n";
  } else {
    std::cout << text;
  }
  return gate::exit_status(report, values.has("strict"));
}

}  // namespace ipcsort::commands
