#include <unistd.h>

#include <iostream>

#include "bench/commands/commands.hpp"
#include "bench/commands/contest.hpp"
#include "bench/gate/verdict.hpp"
#include "bench/results/directory.hpp"
#include "bench/stats/gate.hpp"
#include "bench/text/units.hpp"
#include "sys/error.hpp"
#include "sys/file.hpp"
#include "sys/text.hpp"

namespace ipcsort::commands {
namespace {

std::vector<cli::OptionGroup> own_groups() {
  // clang-format off
  cli::OptionGroup programs{"What is compared", {
      {"baseline", "PROGRAM", "the ipcsort program to compare with"},
      {"candidate", "PROGRAM", "the one that may have changed; this very program if not given"}}};
  // clang-format on
  // clang-format off
  cli::OptionGroup output{"The report", {
      {"format", "WORD", std::string{gate::formats} + ": as what it is written", "table"},
      {"output", "FILE", "file for the report; standard output then has the headline only"},
      {"strict", "", "inconclusive cells make the exit status 4"}}};
  // clang-format on
  return {programs, output};
}

std::string why_undecided(gate::PairsEnd end) {
  return end == gate::PairsEnd::interrupted ? "interrupted before a decision"
                                            : "the budget was over before a decision";
}

gate::Report report_of(const ContestSession& session, const Round& round, std::uint64_t seed, double took_s) {
  gate::Report report;
  report.title = "ipcsort ab";
  report.threshold = stats::GateRule{}.effect_min;
  report.baseline = session.baseline().description();
  report.candidate = session.candidate().description();
  report.interrupted = round.result.end == gate::PairsEnd::interrupted;
  std::size_t pairs = 0;
  for (const gate::Trial& trial : round.trials) {
    report.cells.push_back(trial.verdict(why_undecided(round.result.end)));
    pairs += trial.pairs();
  }
  const std::vector<gate::CellVerdict>& one_sided = session.lineup().one_sided;
  report.cells.insert(report.cells.end(), one_sided.begin(), one_sided.end());
  report.notes = session.notes(round);
  report.notes.push_back(std::to_string(pairs) + " pairs of runs in " + text::duration_text(took_s) +
                         ", seed " + std::to_string(seed) + ".");
  report.notes.push_back(
      "Each program is one build: what the placement of its code in memory alone changes is not told apart "
      "from "
      "what its source changes.");
  return report;
}

int compare(const Arguments& arguments, cli::Values& values, sys::Interrupts& interrupts) {
  const std::string format = values.text("format");
  gate::require_format(format);
  const bool to_file = values.has("output");
  if (to_file) cli::require_writable(values.text("output"));
  const std::uint64_t seed = cli::schedule_from(values).seed;
  const sys::Nanoseconds budget_ns = cli::parse_duration(values.text("budget"), "budget");
  const Contestants contestants{"--baseline",
                                values.text("baseline"),
                                "--candidate",
                                values.has("candidate") ? values.text("candidate") : own_path(),
                                {}};

  sys::clean_dead_logs();
  const sys::Nanoseconds begin = sys::now_ns();
  gate::Report report;
  {
    text::Progress progress(text::Progress::detect(values.has("quiet")));
    ContestSession session(arguments, values, contestants, interrupts, progress);
    const Round round = session.compare(seed, budget_ns - (sys::now_ns() - begin), "");
    report = report_of(session, round, seed, static_cast<double>(sys::now_ns() - begin) / 1e9);
  }
  sys::clean_dead_logs();  // of runs that were ended
  const std::string text = render(report, format, to_file ? text::Look{} : text::look_of(STDOUT_FILENO));
  if (to_file) {
    sys::write_file_atomically(values.text("output"), text);
    std::cout << headline(report) << "\n";
  } else {
    std::cout << text;
  }
  return report.interrupted ? exit_interrupted(interrupts.signal())
                            : exit_status(report, values.has("strict"));
}

}  // namespace

Usage ab_usage() {
  return contest_usage({
      .examples =
          {{"ipcsort ab --baseline old/ipcsort", "this program against an older one"},
           {"ipcsort ab --baseline old/ipcsort --candidate new/ipcsort --format markdown --output report.md",
            "two programs, and a report for a comment"},
           {"ipcsort ab --baseline old/ipcsort --transports pipe,fifo --numbers 1M --budget 2m",
            "two transports, two minutes"}},
      .description = "Has another ipcsort become slower or faster? Runs both in turn, pair by pair, until "
                     "each cell is decided.\n\n"
                     "--placement, --memory and --metric also take auto, their default here: what varies "
                     "least on this machine, and each transport once more with placement spread.",
      .groups = own_groups(),
      .silent = {},
      .operands = {},
      .exits = {{exit_done, "nothing regressed"},
                {exit_regressed, "something did"},
                {exit_usage, "wrong usage"},
                {exit_failed, "a run failed or nothing was compared"},
                {exit_inconclusive, "something is inconclusive (with --strict)"},
                {exit_not_comparable, "the programs cannot be compared"},
                {exit_interrupted(2), "interrupted (143 by SIGTERM)"}},
  });
}

int ab(const Arguments& arguments) {
  cli::Values values = contest_values(arguments, ab_usage());
  const auto is_empty = [&](const char* option) { return values.has(option) && values.text(option).empty(); };
  if (is_empty("candidate")) throw UsageError("--candidate is empty; name a program, or leave it out");
  if (!values.has("baseline") || is_empty("baseline")) {
    throw UsageError("ab needs --baseline PROGRAM, an ipcsort to compare with");
  }
  return with_interrupts([&](sys::Interrupts& interrupts) { return compare(arguments, values, interrupts); });
}

}  // namespace ipcsort::commands
