#include <unistd.h>

#include <iostream>

#include "bench/commands/command.hpp"
#include "bench/commands/contest.hpp"
#include "bench/driver/results.hpp"
#include "bench/driver/wording.hpp"
#include "bench/gate/verdict.hpp"
#include "bench/stats/gate.hpp"
#include "sys/error.hpp"
#include "sys/text.hpp"

namespace ipcsort::commands {
namespace {

constexpr std::string_view usage =
    "Has another ipcsort become slower or faster? Runs both in turn, pair by pair, until each cell is "
    "decided.\n\n"
    "  ipcsort ab --baseline old/ipcsort                        this program against an older one\n"
    "  ipcsort ab --baseline old/ipcsort --candidate new/ipcsort --format markdown --output report.md\n"
    "  ipcsort ab --baseline old/ipcsort --transports pipe,fifo --numbers 1M --budget 2m\n\n"
    "--placement, --memory and --metric also take auto, their default here: what varies least on this "
    "machine,\n"
    "and each transport once more with placement spread. Exit status: 0 nothing regressed, 1 something did, "
    "2 wrong "
    "usage,\n"
    "3 a run failed or nothing was compared, 4 something is inconclusive (with --strict), 5 the programs "
    "cannot\n"
    "be compared, 130 interrupted.\n";

po::options_description own_options() {
  po::options_description programs("What is compared");
  // clang-format off
  programs.add_options()
      ("baseline", po::value<std::string>(), "the ipcsort program to compare with")
      ("candidate", po::value<std::string>(), "the one that may have changed; this very program if not given");
  // clang-format on
  po::options_description output("The report");
  // clang-format off
  output.add_options()
      ("format", po::value<std::string>()->default_value("table"), std::string{gate::formats}.c_str())
      ("output", po::value<std::string>(), "file for the report; standard output then has the headline only")
      ("strict", "inconclusive cells make the exit status 4");
  // clang-format on
  return std::move(programs.add(output));
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
  report.notes.push_back(std::to_string(pairs) + " pairs of runs in " + driver::duration_text(took_s) +
                         ", seed " + std::to_string(seed) + ".");
  report.notes.push_back(
      "Each program is one build: what the placement of its code in memory alone changes is not told apart "
      "from "
      "what its source changes.");
  return report;
}

int compare(const Arguments& arguments, po::variables_map& values, sys::Interrupts& interrupts) {
  const std::string format = values["format"].as<std::string>();
  gate::require_format(format);
  const bool to_file = values.count("output") != 0;
  if (to_file) require_writable(values["output"].as<std::string>());
  const std::uint64_t seed = schedule_from(values).seed;
  const sys::Nanoseconds budget_ns = parse_duration(values["budget"].as<std::string>(), "budget");
  const Contestants contestants{
      "--baseline",
      values["baseline"].as<std::string>(),
      "--candidate",
      values.count("candidate") != 0 ? values["candidate"].as<std::string>() : own_path(),
      {}};

  sys::clean_dead_logs();
  const sys::Nanoseconds begin = sys::now_ns();
  gate::Report report;
  {
    driver::Progress progress(driver::Progress::detect(values.count("quiet") != 0));
    ContestSession session(arguments, values, contestants, interrupts, progress);
    const Round round = session.compare(seed, budget_ns - (sys::now_ns() - begin), "");
    report = report_of(session, round, seed, static_cast<double>(sys::now_ns() - begin) / 1e9);
  }
  sys::clean_dead_logs();  // of runs that were ended
  const std::string text = render(report, format, to_file ? driver::Look{} : driver::look_of(STDOUT_FILENO));
  if (to_file) {
    driver::write_file_atomically(values["output"].as<std::string>(), text);
    std::cout << headline(report) << "\n";
  } else {
    std::cout << text;
  }
  return report.interrupted ? exit_interrupted(interrupts.signal())
                            : exit_status(report, values.count("strict") != 0);
}

}  // namespace

int ab(const Arguments& arguments) {
  po::variables_map values = contest_words(arguments, usage, own_options());
  if (values.count("help") != 0) return exit_done;
  const auto is_empty = [&](const char* option) {
    return values.count(option) != 0 && values[option].as<std::string>().empty();
  };
  if (is_empty("candidate")) throw UsageError("--candidate is empty; name a program, or leave it out");
  if (values.count("baseline") == 0 || is_empty("baseline")) {
    throw UsageError("ab needs --baseline PROGRAM, an ipcsort to compare with");
  }
  return with_interrupts([&](sys::Interrupts& interrupts) { return compare(arguments, values, interrupts); });
}

}  // namespace ipcsort::commands
