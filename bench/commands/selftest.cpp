#include <unistd.h>

#include <array>
#include <boost/algorithm/string/replace.hpp>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>

#include "bench/cli/output.hpp"
#include "bench/cli/parse.hpp"
#include "bench/commands/commands.hpp"
#include "bench/commands/paired_session.hpp"
#include "bench/gate/false_positives.hpp"
#include "bench/stats/sample.hpp"
#include "bench/text/json.hpp"
#include "bench/text/units.hpp"
#include "sys/error.hpp"
#include "sys/text.hpp"

namespace ipcsort::commands {
namespace {

using gate::Verdict;

constexpr std::uint64_t comparisons_max = 10'000;
constexpr std::uint64_t verdicts_max = 1'000'000;

// Of all comparisons together.
struct Record {
  std::optional<std::string> slowdown;  // of the candidate
  gate::Tally tally;
  std::size_t comparisons = 0;
  std::vector<double> detectable_effects;  // of the cells that were called unchanged
  std::vector<std::string> surprises;      // cells whose verdict is not what it should be, and the verdict
  std::vector<std::string> notes;
  double took_s = 0;
  bool interrupted = false;
};

struct SelftestRequest {
  std::string test;
  std::optional<std::string> slowdown;
  std::size_t comparisons = 1;
  std::size_t verdicts = 1;
  cli::Format format{};
  PairedRequest paired;
};

constexpr std::array report_formats = {cli::Format::table, cli::Format::json};

std::string percentage(const std::string& text, std::string_view option) {
  cli::parse_percentage(text, option);  // refuses a wrong one before anything is measured
  return text;
}

cli::OptionTable<SelftestRequest> selftest_options() {
  using namespace cli;
  // clang-format off
  return with_paired<SelftestRequest>({
      {"What is tested", {
          {{"test", "WORD", "aa; may also be given as a bare word"}, to(&SelftestRequest::test)},
          {{"inject-slowdown", "PERCENT", "make the candidate this much slower, 5%, and see if it is found"}, to(&SelftestRequest::slowdown, percentage)},
          {{"comparisons", "COUNT", "how often all cells are compared", "1"}, to(&SelftestRequest::comparisons, whole_number(1, comparisons_max))},
          {{"verdicts", "COUNT", "as many more comparisons as it takes to have this many verdicts", "1"}, to(&SelftestRequest::verdicts, whole_number(1, verdicts_max))},
          format_row(&SelftestRequest::format, report_formats, "")}}},
      &SelftestRequest::paired);
  // clang-format on
}

// Verdicts that are wrong; being unsure is not.
bool is_wrong(Verdict verdict, bool slowed_down) {
  if (verdict == Verdict::failed) return true;
  if (slowed_down) return verdict != Verdict::regressed;
  return verdict == Verdict::regressed || verdict == Verdict::improved;
}

void add_round(Round round, Record& record) {
  record.interrupted = round.result.end == gate::PairsEnd::interrupted;
  if (record.interrupted)
    std::erase_if(round.tests, [](const gate::PairedTest& test) { return !test.decided(); });
  ++record.comparisons;
  for (const gate::PairedTest& test : round.tests) {
    record.tally.add(test);
    const gate::CellVerdict verdict = test.verdict("the budget of the round was over");
    if (verdict.verdict == Verdict::unchanged && verdict.detectable_effect)
      record.detectable_effects.push_back(*verdict.detectable_effect);
    if (is_wrong(verdict.verdict, record.slowdown.has_value())) {
      record.surprises.push_back(verdict.cell + ": " + std::string{to_string(verdict.verdict)} +
                                 (verdict.reason.empty() ? "" : ", " + verdict.reason));
    }
  }
}

// Verdicts, not counting those that time or pairs did not suffice for.
std::size_t decided(const gate::Tally& tally) { return tally.cells - tally.of(Verdict::inconclusive); }

bool passed(const Record& record) {
  const gate::Tally& tally = record.tally;
  if (decided(tally) == 0) return false;  // nothing was shown
  if (!record.slowdown) return tally.of(Verdict::regressed) <= gate::false_positives_allowed(tally.cells);
  return static_cast<double>(tally.of(Verdict::regressed)) >=
         gate::power_min * static_cast<double>(tally.cells);
}

double pairs_mean(const gate::Tally& tally) {
  return tally.cells == 0 ? 0 : static_cast<double>(tally.pairs) / static_cast<double>(tally.cells);
}

// In the order in which they are told.
constexpr std::array verdicts = {Verdict::regressed,        Verdict::improved,     Verdict::unchanged,
                                 Verdict::within_threshold, Verdict::inconclusive, Verdict::failed};
constexpr std::array quantiles = {0.5, 0.9, 1.0};

std::string table(const Record& record, const text::Look& look) {
  const gate::Tally& tally = record.tally;
  const std::string cells = " of " + std::to_string(tally.cells);
  std::string text = "ipcsort selftest aa: this program against itself" +
                     (record.slowdown ? ", the candidate slower by " + *record.slowdown : std::string{}) +
                     "\n";
  for (const std::string& note : record.notes) text += note + "\n";
  text += std::to_string(tally.cells) + " verdicts in " + text::count_text(record.comparisons, "comparison") +
          ", " + text::duration_text(record.took_s) + ", " + text::fixed(pairs_mean(tally), 1) +
          " pairs per verdict\n";
  std::vector<std::vector<std::string>> counts;
  for (const Verdict verdict : verdicts) {
    const std::string label =
        verdict == Verdict::failed ? "failed, no verdict" : std::string{to_string(verdict)};
    counts.push_back({label, std::to_string(tally.of(verdict))});
  }
  text += text::aligned(counts);
  if (!record.detectable_effects.empty()) {
    text += "Slow-downs that the unchanged cells would most likely have shown (MDE):";
    for (const double p : quantiles) {
      text += (p == quantiles.front() ? " " : ", ") + text::percent_text(p) + " of them " +
              text::percent_text(stats::quantile(record.detectable_effects, p), 1) + " or less";
    }
    text += "\n";
  }
  for (const std::string& surprise : record.surprises) text += "  " + surprise + "\n";
  if (record.slowdown) {
    text += "Stage 1 suspected " + std::to_string(tally.flagged) + cells + ", stage 2 confirmed " +
            std::to_string(tally.of(Verdict::regressed)) + cells + ": ";
  } else {
    text += std::to_string(tally.of(Verdict::regressed)) + " false alarms" + cells +
            ", of which stage 2 had to look at " + std::to_string(tally.flagged) + "; up to " +
            std::to_string(gate::false_positives_allowed(tally.cells)) + " may be chance: ";
  }
  text = text::fitted(text, look);
  text += decided(tally) == 0 ? look.paint(text::Tint::doubtful,
                                           record.interrupted ? "nothing was decided before the interruption"
                                                              : "nothing was decided; a larger --budget does")
          : passed(record)    ? look.paint(text::Tint::good, "passed")
                              : look.paint(text::Tint::bad, "NOT passed");
  return text + "\n" + (record.interrupted ? "Interrupted; the undecided cells are not in it.\n" : "");
}

std::string json_text(const Record& record) {
  const gate::Tally& tally = record.tally;
  nlohmann::ordered_json json;
  json["schema"] = 1;
  json["test"] = "aa";
  if (record.slowdown) json["slowdown"] = *record.slowdown;
  json["passed"] = passed(record);
  json["interrupted"] = record.interrupted;
  json["comparisons"] = record.comparisons;
  json["verdicts"] = tally.cells;
  json["stage_1_flagged"] = tally.flagged;
  for (const Verdict verdict : verdicts)
    json[boost::replace_all_copy(std::string{to_string(verdict)}, "-", "_")] = tally.of(verdict);
  if (!record.slowdown) json["alarms_allowed"] = gate::false_positives_allowed(tally.cells);
  json["pairs"] = tally.pairs;
  json["pairs_mean"] = pairs_mean(tally);
  json["took_s"] = record.took_s;
  for (const double p : quantiles) {
    json["detectable_effect_p" + text::fixed(p * 100, 0)] =
        record.detectable_effects.empty()
            ? nlohmann::ordered_json{}
            : nlohmann::ordered_json{stats::quantile(record.detectable_effects, p)};
  }
  json["surprises"] = record.surprises;
  json["notes"] = record.notes;
  return text::json_text(json);
}

Record measure(const Arguments& arguments, const cli::Values& values, const SelftestRequest& request) {
  const Programs programs{"this program", own_path(), "this program", own_path(),
                          request.slowdown.value_or("")};
  cli::tidy_up();
  const sys::Nanoseconds begin = sys::now_ns();
  text::Progress progress(text::Progress::detect(request.paired.is_quiet));
  PairedSession session(arguments.registry, values, request.paired, programs, arguments.interrupts(),
                        progress);
  Record record;
  record.slowdown = request.slowdown;
  do {
    const std::string label = "comparison " + std::to_string(record.comparisons + 1) + ", ";
    Round round =
        session.compare(request.paired.schedule.seed + record.comparisons, request.paired.budget_ns, label);
    record.notes = session.notes(round);
    add_round(std::move(round), record);
    // Cells that fail would fail in each round; what has no cell left would never come to an end.
  } while (!record.interrupted && record.tally.cells > 0 &&
           (record.comparisons < request.comparisons || record.tally.cells < request.verdicts));
  record.took_s = static_cast<double>(sys::now_ns() - begin) / 1e9;
  sys::clean_dead_logs();  // of runs that were ended
  return record;
}

}  // namespace

Usage selftest_usage() {
  return {
      .examples = {{"ipcsort selftest aa", "false alarms, in one round over the cells of ci"},
                   {"ipcsort selftest aa --verdicts 500", "as many comparisons as 500 verdicts take"},
                   {"ipcsort selftest aa --inject-slowdown 5%", "how many slow-downs of 5 % are found"}},
      .description =
          "How far the verdicts of ab can be trusted on this machine: this program against "
          "itself. The budget is that of one round.\n\n"
          "It passes unless there are more false alarms than a gate with one in 10 000 raises "
          "(one is always granted), or fewer than 99 % of the slow-downs are found.",
      .groups = selftest_options().shown(),
      .silent = selftest_options().silently_taken(),
      .operands = {"test", "aa"},
      .exits = {{exit_done, "all is as it should be"},
                {exit_regressed, "too many false alarms, or too few slow-downs found"},
                {exit_usage, "wrong usage"},
                {exit_failed, "a run failed or nothing was measured"},
                {exit_not_comparable, "the programs cannot be compared"},
                {exit_interrupted(2), "interrupted (129 by SIGHUP, 143 by SIGTERM)"}},
      .interrupted = " before the first run",
  };
}

int selftest(const Arguments& arguments) {
  const cli::Values values = paired_values(arguments, selftest_usage());
  const SelftestRequest request = selftest_options().read(values);
  if (request.test != "aa")
    throw UsageError("selftest needs the name of a test; there is one: ipcsort selftest aa");
  const Record record = measure(arguments, values, request);
  std::cout << (request.format == cli::Format::json ? json_text(record)
                                                    : table(record, text::look_of(STDOUT_FILENO)));
  if (record.interrupted) return exit_interrupted(arguments.interrupts().signal());
  if (decided(record.tally) == 0 || record.tally.of(Verdict::failed) > 0) return exit_failed;
  return passed(record) ? exit_done : exit_regressed;
}

}  // namespace ipcsort::commands
