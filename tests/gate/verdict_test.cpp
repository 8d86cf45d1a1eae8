// What a report says, in words and in each format.
#include "bench/gate/verdict.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/property_tree/xml_parser.hpp>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "bench/text/csv.hpp"
#include "sys/error.hpp"
#include "sys/exit_status.hpp"

namespace ipcsort::gate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::array all_verdicts = {Verdict::unchanged, Verdict::missing,     Verdict::within_threshold,
                                     Verdict::new_cell,  Verdict::improved,    Verdict::failed,
                                     Verdict::regressed, Verdict::inconclusive};

CellVerdict cell_with(Verdict verdict, const std::string& name = "pipe") {
  CellVerdict cell;
  cell.cell = name;
  cell.metric = "total";
  cell.verdict = verdict;
  return cell;
}

CellVerdict measured(Verdict verdict, double ratio, double detectable, const std::string& name = "pipe") {
  CellVerdict cell = cell_with(verdict, name);
  cell.ratio = ratio;
  cell.ratio_interval = stats::Interval{ratio - 0.01, ratio + 0.01};
  cell.pairs = 46;
  cell.detectable_effect = detectable;
  cell.baseline_s = 0.25;
  cell.candidate_s = 0.25 * ratio;
  return cell;
}

Report report_of(std::vector<CellVerdict> cells) {
  Report report;
  report.threshold = 0.025;
  report.title = "ipcsort ab";
  report.baseline = "old";
  report.candidate = "new";
  report.cells = std::move(cells);
  return report;
}

Report one_of_each() {
  Report report = report_of({});
  for (const Verdict verdict : all_verdicts)
    report.cells.push_back(cell_with(verdict, std::string{to_string(verdict)} + " cell"));
  return report;
}

// A name or reason that every format has to survive.
const std::string hostile =
    "a\"b'c,d<e>&f|g`h\\|i\nj\tk\x01l\x7fm \xC3\xA4 n\xFFo \xEF\xBF\xBF @team #1 ]]> <!-- **x**";

Report hostile_report() {
  CellVerdict cell = measured(Verdict::regressed, 1.2, 0.03, hostile);
  cell.reason = hostile;
  Report report = report_of({cell, measured(Verdict::unchanged, 1, 0.03, hostile + "2")});
  report.title = report.baseline = report.candidate = hostile;
  report.notes = {hostile};
  return report;
}

boost::property_tree::ptree xml_of(const Report& report) {
  std::istringstream text(render(report, text::Format::junit));
  boost::property_tree::ptree tree;
  boost::property_tree::read_xml(text, tree);
  return tree.get_child("testsuites");
}

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

TEST(Headline, CountsByUrgencyWithTheMdeOfWhatIsUnchanged) {
  const Report report =
      report_of({measured(Verdict::unchanged, 1, 0.034), measured(Verdict::improved, 0.9, 0.2),
                 measured(Verdict::unchanged, 1, 0.012), measured(Verdict::regressed, 1.1, 0.3)});
  EXPECT_EQ(headline(report), "1 regressed, 1 improved, 2 unchanged (MDE 1.2 to 3.4 %)");
}

TEST(Headline, NeverSaysUnchangedWithoutAnMde) {
  EXPECT_EQ(headline(report_of({measured(Verdict::unchanged, 1, 0.02)})), "1 unchanged (MDE 2.0 %)");
  EXPECT_EQ(headline(report_of({cell_with(Verdict::unchanged)})), "1 unchanged (MDE unknown)");
  EXPECT_EQ(headline(report_of({cell_with(Verdict::unchanged), measured(Verdict::unchanged, 1, 0.02)})),
            "2 unchanged (MDE 2.0 %, of 1 unknown)");
}

TEST(Headline, NothingAndInterrupted) {
  EXPECT_EQ(headline(report_of({})), "nothing was compared");
  Report report = report_of({cell_with(Verdict::inconclusive)});
  report.interrupted = true;
  EXPECT_EQ(headline(report), "interrupted: 1 inconclusive");
}

TEST(ExitStatus, OfEachVerdictAlone) {
  const std::map<Verdict, std::pair<int, int>> expected = {
      {Verdict::regressed, {exit_regressed, exit_regressed}},
      {Verdict::failed, {exit_failed, exit_failed}},
      {Verdict::inconclusive, {exit_done, exit_inconclusive}},
      {Verdict::improved, {exit_done, exit_done}},
      {Verdict::new_cell, {exit_failed, exit_failed}},  // nothing was compared
      {Verdict::missing, {exit_failed, exit_failed}},
      {Verdict::within_threshold, {exit_done, exit_done}},
      {Verdict::unchanged, {exit_done, exit_done}}};
  for (const auto& [verdict, statuses] : expected) {
    EXPECT_EQ(exit_status(report_of({cell_with(verdict)}), false), statuses.first) << to_string(verdict);
    EXPECT_EQ(exit_status(report_of({cell_with(verdict)}), true), statuses.second) << to_string(verdict);
  }
}

TEST(ExitStatus, TheWorstCounts) {
  std::vector<CellVerdict> cells = {cell_with(Verdict::unchanged), cell_with(Verdict::new_cell)};
  EXPECT_EQ(exit_status(report_of(cells), true), exit_done);
  cells.push_back(cell_with(Verdict::inconclusive));
  EXPECT_EQ(exit_status(report_of(cells), true), exit_inconclusive);
  cells.push_back(cell_with(Verdict::failed));
  EXPECT_EQ(exit_status(report_of(cells), true), exit_failed);
  cells.push_back(cell_with(Verdict::regressed));
  EXPECT_EQ(exit_status(report_of(cells), false), exit_regressed);
  EXPECT_EQ(exit_status(report_of({}), false), exit_failed);
}

TEST(ByUrgency, VerdictThenSlowestFirst) {
  std::vector<CellVerdict> cells = {measured(Verdict::unchanged, 1, 0.02),
                                    measured(Verdict::regressed, 1.1, 0.02, "less"),
                                    measured(Verdict::regressed, 1.3, 0.02, "more")};
  for (const Verdict verdict : all_verdicts) cells.push_back(cell_with(verdict));
  std::vector<std::string> order;
  for (const CellVerdict& cell : by_urgency(cells)) {
    const std::string word{to_string(cell.verdict)};
    if (order.empty() || order.back() != word) order.push_back(word);
  }
  EXPECT_THAT(order, ElementsAre("regressed", "failed", "inconclusive", "improved", "new", "missing",
                                 "within-threshold", "unchanged"));
  EXPECT_EQ(by_urgency(cells).front().cell, "more");
}

TEST(ChangeText, SlowerIsPositive) {
  EXPECT_EQ(change_text(measured(Verdict::regressed, 1.053, 0.02)), "+5.3 % [4.3, 6.3]");
  EXPECT_EQ(change_text(measured(Verdict::improved, 0.9, 0.02)), "-10.0 % [-11.0, -9.0]");
  CellVerdict cell = measured(Verdict::inconclusive, 1, 0.02);
  cell.ratio_interval.reset();
  EXPECT_EQ(change_text(cell), "+0.0 %");
  EXPECT_EQ(change_text(cell_with(Verdict::failed)), "-");
}

TEST(Render, EveryFormatTakesAnEmptyReport) {
  for (const text::Format format : formats)
    EXPECT_FALSE(render(Report{}, format).empty()) << to_string(format);
  EXPECT_EQ(xml_of(Report{}).get<int>("<xmlattr>.tests"), 0);
  EXPECT_EQ(nlohmann::json::parse(render(Report{}, text::Format::json))["cells"].size(), 0);
}

TEST(Table, RegressionsFirstAlignedWithReasonsAndMde) {
  Report report = report_of(
      {measured(Verdict::unchanged, 1, 0.012, "a"), measured(Verdict::regressed, 1.25, 0.02, "a long name")});
  report.cells[1].reason = "steps 4 to 8";
  report.notes = {"Pinned to one core."};
  const auto lines = lines_of(render(report, text::Format::table));
  ASSERT_EQ(lines.size(), 10U);
  EXPECT_EQ(lines[3], "Pinned to one core.");
  EXPECT_THAT(lines[6], HasSubstr("a long name   total  regressed  +25.0 % [24.0, 26.0]  2.0 %  46"));
  EXPECT_THAT(lines[6], ::testing::EndsWith("  steps 4 to 8"));
  EXPECT_THAT(lines[7], HasSubstr("unchanged"));
  EXPECT_THAT(lines[7], HasSubstr("1.2 %"));
  EXPECT_EQ(lines[6].find(" 46"), lines[7].find(" 46"));
  EXPECT_EQ(lines.back(), headline(report));
}

TEST(Table, SaysWhatAllCellsShareOnceWhereTheWidthIsLimited) {
  const Report report =
      report_of({measured(Verdict::improved, 0.8, 0.02, "pipe, 4 files, 10M numbers, 2 workers, barrier"),
                 measured(Verdict::regressed, 1.25, 0.02,
                          "socketpair_seqpacket, 4 files, 5M numbers, 2 workers, barrier")});
  const std::string text = render(report, text::Format::table, {false, false, 80});
  EXPECT_THAT(text, HasSubstr("All cells: 4 files, 2 workers, barrier.\n"));
  EXPECT_THAT(text, HasSubstr("socketpair_seqpacket, 5M numbers  regressed "));
  EXPECT_THAT(render(report, text::Format::table),
              HasSubstr("pipe, 4 files, 10M numbers, 2 workers, barrier "));
}

TEST(Table, FitsATerminalWithReasonsBelowAndColouredVerdicts) {
  Report report =
      report_of({measured(Verdict::improved, 0.8, 0.02, "pipe, 4 files, 10M numbers, 2 workers, barrier"),
                 measured(Verdict::regressed, 1.25, 0.02, "b"), cell_with(Verdict::inconclusive)});
  report.cells[1].reason =
      "a reason of so many words that it has to go on in a second line of the terminal it is on";
  for (const std::string& line : lines_of(render(report, text::Format::table, {false, false, 80})))
    EXPECT_LE(line.size(), 80U) << line;
  const std::string text = render(report, text::Format::table, {true, false, 80});
  EXPECT_THAT(text, HasSubstr("\x1b[1;31mregressed\x1b[0m"));
  EXPECT_THAT(text, HasSubstr("\x1b[1;32mimproved\x1b[0m"));
  EXPECT_THAT(text, HasSubstr("\x1b[33minconclusive\x1b[0m"));
  EXPECT_THAT(text, HasSubstr("\n    a reason of so many words"));
  EXPECT_THAT(text, HasSubstr("\x1b[1m" + headline(report) + "\x1b[0m\n"));
}

TEST(Table, StaysPrintableAsciiLines) {
  const std::string text = render(hostile_report(), text::Format::table);
  for (const char c : text) EXPECT_TRUE(c == '\n' || (c >= 0x20 && c < 0x7f)) << static_cast<int>(c);
  EXPECT_EQ(lines_of(text).size(), 10U);
}

TEST(Csv, HoldsEveryCellAndAnyName) {
  const auto records = text::parse_csv(render(hostile_report(), text::Format::csv));
  ASSERT_EQ(records.size(), 3U);
  EXPECT_THAT(records[0], ElementsAre("cell", "metric", "verdict", "ratio", "ratio_ci_low", "ratio_ci_high",
                                      "pairs", "detectable_effect", "baseline_s", "candidate_s", "reason"));
  EXPECT_THAT(records[1], ElementsAre(hostile, "total", "regressed", "1.2", "1.19", "1.21", "46", "0.03",
                                      "0.25", "0.3", hostile));
  const auto absent = text::parse_csv(render(report_of({cell_with(Verdict::missing)}), text::Format::csv));
  EXPECT_THAT(absent[1], ElementsAre("pipe", "total", "missing", "", "", "", "0", "", "", "", ""));
}

TEST(Json, HoldsEveryFigureAndNullWhereThereIsNone) {
  const auto json = nlohmann::json::parse(render(hostile_report(), text::Format::json));
  EXPECT_EQ(json["schema"], 1);
  EXPECT_EQ(json["threshold"], 0.025);
  EXPECT_EQ(json["headline"], "1 regressed, 1 unchanged (MDE 3.0 %)");
  EXPECT_EQ(json["interrupted"], false);
  EXPECT_EQ(json["notes"].size(), 1U);
  const auto& cell = json["cells"][0];
  EXPECT_EQ(cell["verdict"], "regressed");
  EXPECT_EQ(cell["ratio"], 1.2);
  EXPECT_EQ(cell["ratio_ci_low"], 1.19);
  EXPECT_EQ(cell["pairs"], 46);
  EXPECT_THAT(cell["cell"].get<std::string>(), HasSubstr("i\nj\tk\x01l\x7fm \xC3\xA4 n\xEF\xBF\xBDo"));
  const auto absent =
      nlohmann::json::parse(render(report_of({cell_with(Verdict::failed)}), text::Format::json));
  EXPECT_TRUE(absent["cells"][0]["ratio"].is_null());
  EXPECT_TRUE(absent["cells"][0]["detectable_effect"].is_null());
}

TEST(Markdown, WhatNeedsAttentionIsOpenTheRestFolded) {
  const std::string text = render(one_of_each(), text::Format::markdown);
  const std::size_t fold = text.find("<details>");
  ASSERT_NE(fold, std::string::npos);
  for (const char* open :
       {"regressed cell", "failed cell", "inconclusive cell", "improved cell", "new cell", "missing cell"})
    EXPECT_LT(text.find(open), fold) << open;
  for (const char* folded : {"unchanged cell", "within-threshold cell"})
    EXPECT_GT(text.find(folded), fold) << folded;
  EXPECT_THAT(text, HasSubstr("2 cells unchanged or within the threshold</summary>\n\n|"));
  EXPECT_THAT(render(report_of({cell_with(Verdict::failed)}), text::Format::markdown),
              Not(HasSubstr("<details>")));
}

TEST(Markdown, ShowsAnyNameLiterallyInTheTable) {
  const std::string text = render(hostile_report(), text::Format::markdown);
  for (const std::string& line : lines_of(text)) {
    if (!line.starts_with("|")) continue;
    EXPECT_EQ(std::count(line.begin(), line.end(), '|'), 10) << line;
  }
  for (const char* markup : {"`", "**", "<e>", "\\", "@team", "]]>", "<!-- **"})
    EXPECT_THAT(text, Not(HasSubstr(markup)));
  EXPECT_THAT(text, HasSubstr("d&#60;e&#62;&#38;f&#124;g&#96;h&#92;&#124;i&#92;x0aj"));
  EXPECT_THAT(text, HasSubstr("\xC3\xA4"));
}

TEST(Junit, EachVerdictHasItsElement) {
  const auto suites = xml_of(one_of_each());
  EXPECT_EQ(suites.get<int>("<xmlattr>.tests"), 8);
  EXPECT_EQ(suites.get<int>("testsuite.<xmlattr>.failures"), 1);
  EXPECT_EQ(suites.get<int>("testsuite.<xmlattr>.errors"), 1);
  EXPECT_EQ(suites.get<int>("testsuite.<xmlattr>.skipped"), 3);
  std::map<std::string, std::string> outcomes;
  for (const auto& [tag, element] : suites.get_child("testsuite")) {
    if (tag != "testcase") continue;
    EXPECT_EQ(element.get<std::string>("<xmlattr>.classname"), "ipcsort ab.total");
    outcomes[element.get<std::string>("<xmlattr>.name")] = element.back().first;
  }
  const std::map<std::string, std::string> expected = {
      {"regressed cell", "failure"},    {"failed cell", "error"},
      {"inconclusive cell", "skipped"}, {"improved cell", "system-out"},
      {"new cell", "skipped"},          {"missing cell", "skipped"},
      {"unchanged cell", "system-out"}, {"within-threshold cell", "system-out"}};
  EXPECT_EQ(outcomes, expected);
}

TEST(Junit, HoldsAnyName) {
  const auto suite = xml_of(hostile_report()).get_child("testsuite");
  const auto& test_case = suite.get_child("testcase");
  EXPECT_THAT(
      test_case.get<std::string>("<xmlattr>.name"),
      HasSubstr("a\"b'c,d<e>&f|g`h\\|i\\x0aj\\x09k\\x01l\\x7fm \xC3\xA4 n\xEF\xBF\xBDo \xEF\xBF\xBD"));
  EXPECT_THAT(test_case.get<std::string>("failure.<xmlattr>.message"),
              HasSubstr("regressed: +20.0 % [19.0, 21.0], 250 ms to 300 ms, n 46, MDE 3.0 %; a\"b"));
}

}  // namespace
}  // namespace ipcsort::gate
