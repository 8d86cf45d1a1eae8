#include <filesystem>
#include <optional>

#include "bench/cli/output.hpp"
#include "bench/commands/commands.hpp"
#include "bench/commands/printing.hpp"
#include "bench/gate/recordings.hpp"
#include "bench/pipeline/settings.hpp"
#include "sys/error.hpp"

namespace ipcsort::commands {
namespace {

struct CompareRequest {
  std::vector<std::string> files;
  pipeline::Metric metric{};
  cli::Format format{};
  std::optional<std::string> output;
  bool strict = false;
  bool force = false;
};

cli::OptionTable<CompareRequest> compare_options() {
  using namespace cli;
  // clang-format off
  return {{{"Options", {
      {help_option()},
      {{.name = "files", .value_name = "DIR", .description = "OLD and NEW; may be given without the option's name", .takes = Takes::repeated}, to(&CompareRequest::files)},
      {{"metric", "WORD", pipeline::all_words<pipeline::Metric>() + ": by which time", "total"}, to(&CompareRequest::metric)},
      format_row(&CompareRequest::format, gate::formats, ": as what it is written"),
      {{"output", "FILE", "file for the report; standard output, -, then has the headline only"}, to(&CompareRequest::output, output_file)},
      {{"strict", "", "an inconclusive cell is a failure"}, to(&CompareRequest::strict)},
      {{"force", "", "compare although machine or plan differ: ratios, but no verdicts"}, to(&CompareRequest::force)}}}}};
  // clang-format on
}

}  // namespace

Usage compare_usage() {
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
      .groups = compare_options().shown(),
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
  const CompareRequest request = compare_options().read(arguments.values);
  if (request.files.size() != 2) throw UsageError("compare takes two result directories, OLD and NEW");
  const gate::Recording baseline = gate::load_recording(request.files[0]);
  const gate::Recording candidate = gate::load_recording(request.files[1]);
  if (std::filesystem::equivalent(baseline.directory, candidate.directory)) {
    throw UsageError(baseline.directory + " and " + candidate.directory +
                     " are the same directory; name two sweeps");
  }
  const std::string differences = differences_of(baseline, candidate);
  if (!differences.empty() && !request.force) {
    throw NotComparable(baseline.directory + " and " + candidate.directory +
                        " are not comparable: " + differences + ". --force gives ratios without verdicts.");
  }
  gate::Report report = compare_recordings(baseline, candidate, request.metric);
  report.title = "ipcsort compare";
  print_report(report, request.format, request.output);
  return gate::exit_status(report, request.strict);
}

}  // namespace ipcsort::commands
