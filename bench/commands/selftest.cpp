#include <unistd.h>

#include <array>
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

constexpr std::uint64_t rounds_max = 10'000;
constexpr std::uint64_t verdicts_max = 1'000'000;

// Of all rounds together.
struct Record {
  gate::Tally tally;
  std::size_t rounds = 0;
  std::vector<double> detectable_effects;  // of the cells that were called unchanged
  std::vector<std::string> surprises;      // cells whose verdict is not what it should be, and the verdict
  std::vector<std::string> notes;
  double took_s = 0;
  bool interrupted = false;
};

struct SelftestRequest {
  std::string test;
  std::optional<std::string> slowdown;
  std::size_t rounds = 1;
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
          {{"rounds", "COUNT", "how often all cells are compared", "1"}, to(&SelftestRequest::rounds, whole_number(1, rounds_max))},
          {{"verdicts", "COUNT", "as many more rounds as it takes to have this many verdicts", "1"}, to(&SelftestRequest::verdicts, whole_number(1, verdicts_max))},
          format_row(&SelftestRequest::format, report_formats, "")}}},
      &SelftestRequest::paired);
  // clang-format on
}

// Verdicts that are wrong; being unsure is not.
bool is_wrong(gate::Verdict verdict, bool slowed_down) {
  if (verdict == gate::Verdict::failed) return true;
  if (slowed_down) return verdict != gate::Verdict::regressed;
  return verdict == gate::Verdict::regressed || verdict == gate::Verdict::improved;
}

void add_round(Round round, bool slowed_down, Record& record) {
  record.interrupted = round.result.end == gate::PairsEnd::interrupted;
  if (record.interrupted)
    std::erase_if(round.tests, [](const gate::PairedTest& test) { return !test.decided(); });
  record.tally += tally_of(round.tests);
  ++record.rounds;
  for (const gate::PairedTest& test : round.tests) {
    const gate::CellVerdict verdict = test.verdict("the budget of the round was over");
    if (verdict.verdict == gate::Verdict::unchanged && verdict.detectable_effect)
      record.detectable_effects.push_back(*verdict.detectable_effect);
    if (is_wrong(verdict.verdict, slowed_down)) {
      record.surprises.push_back(verdict.cell + ": " + std::string{to_string(verdict.verdict)} +
                                 (verdict.reason.empty() ? "" : ", " + verdict.reason));
    }
  }
}

// Verdicts, not counting those that time or pairs did not suffice for.
std::size_t decided(const gate::Tally& tally) { return tally.cells - tally.inconclusive; }

bool passed(const Record& record, bool slowed_down) {
  const gate::Tally& tally = record.tally;
  if (decided(tally) == 0) return false;  // nothing was shown
  if (!slowed_down) return tally.regressed <= gate::false_positives_allowed(tally.cells);
  return static_cast<double>(tally.regressed) >= gate::power_min * static_cast<double>(tally.cells);
}

double pairs_mean(const gate::Tally& tally) {
  return tally.cells == 0 ? 0 : static_cast<double>(tally.pairs) / static_cast<double>(tally.cells);
}

constexpr std::array quantiles = {0.5, 0.9, 1.0};

std::string table(const Record& record, const std::optional<std::string>& slowdown, const text::Look& look) {
  const gate::Tally& tally = record.tally;
  const std::string cells = " of " + std::to_string(tally.cells);
  std::string text = "ipcsort selftest aa: this program against itself" +
                     (slowdown ? ", the candidate slower by " + *slowdown : std::string{}) + "\n";
  for (const std::string& note : record.notes) text += note + "\n";
  text += std::to_string(tally.cells) + " verdicts in " + std::to_string(record.rounds) +
          (record.rounds == 1 ? " round, " : " rounds, ") + text::duration_text(record.took_s) + ", " +
          text::fixed(pairs_mean(tally), 1) + " pairs per verdict\n";
  text += text::aligned({{"regressed", std::to_string(tally.regressed)},
                         {"improved", std::to_string(tally.improved)},
                         {"unchanged", std::to_string(tally.unchanged)},
                         {"within-threshold", std::to_string(tally.within_threshold)},
                         {"inconclusive", std::to_string(tally.inconclusive)},
                         {"failed, no verdict", std::to_string(tally.failed)}});
  if (!record.detectable_effects.empty()) {
    text += "Slow-downs that the unchanged cells would most likely have shown (MDE):";
    for (const double p : quantiles) {
      text += (p == quantiles.front() ? " " : ", ") + text::fixed(p * 100, 0) + " % of them " +
              text::fixed(stats::quantile(record.detectable_effects, p) * 100, 1) + " % or less";
    }
    text += "\n";
  }
  for (const std::string& surprise : record.surprises) text += "  " + surprise + "\n";
  if (slowdown) {
    text += "Stage 1 suspected " + std::to_string(tally.flagged) + cells + ", stage 2 confirmed " +
            std::to_string(tally.regressed) + cells + ": ";
  } else {
    text += std::to_string(tally.regressed) + " false alarms" + cells + ", of which stage 2 had to look at " +
            std::to_string(tally.flagged) + "; up to " +
            std::to_string(gate::false_positives_allowed(tally.cells)) + " may be chance: ";
  }
  text = text::fitted(text, look);
  text += decided(tally) == 0
              ? look.paint(text::Tint::doubtful, "nothing was decided; a larger --budget does")
          : passed(record, slowdown.has_value()) ? look.paint(text::Tint::good, "passed")
                                                 : look.paint(text::Tint::bad, "NOT passed");
  return text + "\n" + (record.interrupted ? "Interrupted; the undecided cells are not in it.\n" : "");
}

std::string json_text(const Record& record, const std::optional<std::string>& slowdown) {
  const gate::Tally& tally = record.tally;
  nlohmann::ordered_json json;
  json["schema"] = 1;
  json["test"] = "aa";
  if (slowdown) json["slowdown"] = *slowdown;
  json["passed"] = passed(record, slowdown.has_value());
  json["interrupted"] = record.interrupted;
  json["rounds"] = record.rounds;
  json["verdicts"] = tally.cells;
  json["stage_1_flagged"] = tally.flagged;
  json["regressed"] = tally.regressed;
  json["improved"] = tally.improved;
  json["unchanged"] = tally.unchanged;
  json["within_threshold"] = tally.within_threshold;
  json["inconclusive"] = tally.inconclusive;
  json["failed"] = tally.failed;
  if (!slowdown) json["alarms_allowed"] = gate::false_positives_allowed(tally.cells);
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
  const bool slowed_down = request.slowdown.has_value();
  const Programs programs{"this program", own_path(), "this program", own_path(),
                          request.slowdown.value_or("")};
  sys::clean_dead_logs();
  const sys::Nanoseconds begin = sys::now_ns();
  text::Progress progress(text::Progress::detect(request.paired.is_quiet));
  PairedSession session(arguments.registry, values, request.paired, programs, arguments.interrupts(),
                        progress);
  Record record;
  do {
    const std::string label = "round " + std::to_string(record.rounds + 1) + ", ";
    Round round =
        session.compare(request.paired.schedule.seed + record.rounds, request.paired.budget_ns, label);
    record.notes = session.notes(round);
    add_round(std::move(round), slowed_down, record);
    // Cells that fail would fail in each round; what has no cell left would never come to an end.
  } while (!record.interrupted && record.tally.cells > 0 &&
           (record.rounds < request.rounds || record.tally.cells < request.verdicts));
  record.took_s = static_cast<double>(sys::now_ns() - begin) / 1e9;
  sys::clean_dead_logs();  // of runs that were ended
  return record;
}

}  // namespace

Usage selftest_usage() {
  return {
      .examples = {{"ipcsort selftest aa", "false alarms, in one round over the cells of ci"},
                   {"ipcsort selftest aa --verdicts 500", "as many rounds as 500 verdicts take"},
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
                {exit_interrupted(2), "interrupted (143 by SIGTERM)"}},
      .interrupted = " before the first run",
  };
}

int selftest(const Arguments& arguments) {
  const cli::Values values = paired_values(arguments, selftest_usage());
  const SelftestRequest request = selftest_options().read(values);
  if (request.test != "aa")
    throw UsageError("selftest needs the name of a test; there is one: ipcsort selftest aa");
  const Record record = measure(arguments, values, request);
  std::cout << (request.format == cli::Format::json
                    ? json_text(record, request.slowdown)
                    : table(record, request.slowdown, text::look_of(STDOUT_FILENO)));
  if (record.interrupted) return exit_interrupted(arguments.interrupts().signal());
  if (decided(record.tally) == 0 || record.tally.failed > 0) return exit_failed;
  return passed(record, request.slowdown.has_value()) ? exit_done : exit_regressed;
}

}  // namespace ipcsort::commands
