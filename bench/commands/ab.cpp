#include <optional>

#include "bench/cli/options.hpp"
#include "bench/commands/commands.hpp"
#include "bench/commands/paired_session.hpp"
#include "bench/commands/printing.hpp"
#include "bench/gate/verdict.hpp"
#include "bench/results/directory.hpp"
#include "bench/stats/gate.hpp"
#include "bench/text/units.hpp"
#include "sys/error.hpp"
#include "sys/file.hpp"
#include "sys/text.hpp"

namespace ipcsort::commands {
namespace {

struct AbRequest {
  std::string baseline;
  std::optional<std::string> candidate;
  cli::Format format{};
  std::optional<std::string> output;
  bool strict = false;
  PairedRequest paired;
};

cli::OptionTable<AbRequest> ab_options() {
  using namespace cli;
  // clang-format off
  return with_paired<AbRequest>({
      {"What is compared", {
          {{"baseline", "PROGRAM", "the ipcsort program to compare with"}, to(&AbRequest::baseline)},
          {{"candidate", "PROGRAM", "the one that may have changed; this very program if not given"}, to(&AbRequest::candidate)}}},
      {"The report", {
          format_row(&AbRequest::format, gate::formats, ": as what it is written"),
          {{"output", "FILE", "file for the report; standard output, -, then has the headline only"}, to(&AbRequest::output, output_file)},
          {{"strict", "", "inconclusive cells make the exit status 4"}, to(&AbRequest::strict)}}}},
      &AbRequest::paired);
  // clang-format on
}

gate::Report report_of(const PairedSession& session, const Round& round, std::uint64_t seed, double took_s) {
  gate::Report report;
  report.title = "ipcsort ab";
  report.threshold = stats::GateRule{}.effect_min;
  report.baseline = session.baseline().description();
  report.candidate = session.candidate().description();
  report.interrupted = round.result.end == gate::PairsEnd::interrupted;
  const std::string why_undecided =
      report.interrupted ? "interrupted before a decision" : "the budget was over before a decision";
  std::size_t pairs = 0;
  for (const gate::PairedTest& test : round.tests) {
    report.cells.push_back(test.verdict(why_undecided));
    pairs += test.pairs();
  }
  const std::vector<gate::CellVerdict>& one_sided = session.cell_list().one_sided;
  report.cells.insert(report.cells.end(), one_sided.begin(), one_sided.end());
  report.notes = session.notes(round);
  report.notes.push_back(std::to_string(pairs) + " pairs of runs in " + text::duration_text(took_s) +
                         ", seed " + std::to_string(seed) + ".");
  report.notes.push_back(
      "Each program is one build: what the placement of its code in memory alone changes is not told apart "
      "from what its source changes.");
  return report;
}

}  // namespace

Usage ab_usage() {
  return {
      .examples =
          {{"ipcsort ab --baseline old/ipcsort", "this program against an older one"},
           {"ipcsort ab --baseline old/ipcsort --candidate new/ipcsort --format markdown --output report.md",
            "two programs, and a report for a comment"},
           {"ipcsort ab --baseline old/ipcsort --transports pipe,fifo --numbers 1M --budget 2m",
            "two transports, two minutes"}},
      .description =
          "Has another ipcsort become slower or faster? Runs both in turn, pair by pair, until "
          "each cell is decided.\n\n"
          "--placement, --memory and --metric also take auto, their default here: what varies "
          "least on this machine, and each transport once more with placement spread.",
      .groups = ab_options().shown(),
      .silent = ab_options().silently_taken(),
      .operands = {},
      .exits = {{exit_done, "nothing regressed"},
                {exit_regressed, "something did"},
                {exit_usage, "wrong usage"},
                {exit_failed, "a run failed or nothing was compared"},
                {exit_inconclusive, "something is inconclusive (with --strict)"},
                {exit_not_comparable, "the programs cannot be compared"},
                {exit_interrupted(2), "interrupted (129 by SIGHUP, 143 by SIGTERM)"}},
      .interrupted = " before the first run",
  };
}

int ab(const Arguments& arguments) {
  const cli::Values values = paired_values(arguments, ab_usage());
  const AbRequest request = ab_options().read(values);
  if (request.candidate && request.candidate->empty())
    throw UsageError("--candidate is empty; name a program, or leave it out");
  if (request.baseline.empty()) throw UsageError("ab needs --baseline PROGRAM, an ipcsort to compare with");
  const Programs programs{
      "--baseline", request.baseline, "--candidate", request.candidate.value_or(own_path()), {}};
  const std::uint64_t seed = request.paired.schedule.seed;
  cli::tidy_up();
  const sys::Nanoseconds begin = sys::now_ns();
  gate::Report report;
  {
    text::Progress progress(text::Progress::detect(request.paired.is_quiet));
    PairedSession session(arguments.registry, values, request.paired, programs, arguments.interrupts(),
                          progress);
    const Round round = session.compare(seed, request.paired.budget_ns - (sys::now_ns() - begin), "");
    report = report_of(session, round, seed, static_cast<double>(sys::now_ns() - begin) / 1e9);
    for (const doctor::Warning& warning : cli::warnings_of_faults())
      report.notes.push_back(warning.what + "; " + warning.remedy + ".");
  }
  sys::clean_dead_logs();  // of runs that were ended
  print_report(report, request.format, request.output);
  return report.interrupted ? exit_interrupted(arguments.interrupts().signal())
                            : exit_status(report, request.strict);
}

}  // namespace ipcsort::commands
