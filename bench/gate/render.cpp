#include <algorithm>
#include <array>
#include <boost/algorithm/string/replace.hpp>
#include <boost/algorithm/string/split.hpp>
#include <boost/property_tree/ptree.hpp>
#include <boost/property_tree/xml_parser.hpp>
#include <nlohmann/json.hpp>
#include <span>
#include <sstream>

#include "bench/gate/verdict.hpp"
#include "bench/text/csv.hpp"
#include "bench/text/json.hpp"
#include "bench/text/table.hpp"
#include "bench/text/units.hpp"
#include "sys/error.hpp"
#include "sys/text.hpp"

namespace ipcsort::gate {
namespace {

using boost::property_tree::ptree;
using nlohmann::ordered_json;

// ---- text that is safe to put anywhere ----

constexpr auto replace_invalid = ordered_json::error_handler_t::replace;

// Valid UTF-8 in one line, without the characters that XML cannot hold.
std::string readable(const std::string& text) {
  const auto valid = text::parse_json(text::compact_json(text));
  std::string shown;
  for (const char c : valid.get<std::string>()) {
    const auto byte = static_cast<unsigned char>(c);
    shown += byte < 0x20 || byte == 0x7f ? sys::printable({&c, 1}) : std::string{c};
  }
  for (const char* noncharacter : {"\xEF\xBF\xBE", "\xEF\xBF\xBF"})
    boost::replace_all(shown, noncharacter, "\xEF\xBF\xBD");
  return shown;
}

// Markdown that shows `text` literally, also within a table. The empty comment keeps GitHub from notifying
// somebody or linking an issue.
std::string literally(const std::string& text) {
  std::string markdown;
  for (const char c : text::markdown_literal(readable(text))) {
    markdown += c;
    // Within the references that are there already, "&#38;", the sign must stay as it is.
    if (c == '@' || (c == '#' && !markdown.ends_with("&#"))) markdown += "<!-- -->";
  }
  return markdown;
}

// ---- figures as people read them ----

using TextRow = std::array<std::string, 8>;

const TextRow text_header = {"cell", "metric", "verdict",  "change [95 %]",
                             "MDE",  "n",      "baseline", "candidate"};

std::string seconds_or_dash(const std::optional<double>& time_s) {
  return time_s ? text::seconds_text(*time_s) : "-";
}

TextRow text_row(const CellVerdict& cell) {
  return {cell.cell,
          cell.metric,
          std::string{to_string(cell.verdict)},
          change_text(cell),
          detectable_text(cell),
          cell.pairs == 0 ? "-" : std::to_string(cell.pairs),
          seconds_or_dash(cell.baseline_s),
          seconds_or_dash(cell.candidate_s)};
}

// ---- table ----

text::Tint tint_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::regressed:
    case Verdict::failed: return text::Tint::bad;
    case Verdict::improved: return text::Tint::good;
    case Verdict::inconclusive:
    case Verdict::new_cell:
    case Verdict::missing: return text::Tint::doubtful;
    case Verdict::unchanged:
    case Verdict::within_threshold: break;
  }
  return text::Tint::none;
}

constexpr std::string_view part_separator = ", ";

std::vector<std::string> parts_of(const std::string& cell) {
  std::vector<std::string> parts;
  boost::split(parts, boost::replace_all_copy(cell, part_separator, "\n"), [](char c) { return c == '\n'; });
  return parts;
}

// What all cells say behind their subject: "4 files", "barrier".
std::vector<std::string> common_parts(const std::vector<CellVerdict>& cells) {
  std::vector<std::string> common = parts_of(cells.front().cell);
  common.erase(common.begin());
  for (const CellVerdict& cell : cells) {
    const std::vector<std::string> parts = parts_of(cell.cell);
    std::erase_if(common,
                  [&](const std::string& part) { return std::ranges::find(parts, part) == parts.end(); });
  }
  return common;
}

std::string without(const std::string& cell, const std::vector<std::string>& common) {
  std::vector<std::string> parts = parts_of(cell);
  std::erase_if(parts,
                [&](const std::string& part) { return std::ranges::find(common, part) != common.end(); });
  return sys::join(parts, part_separator);
}

text::Table table_of(const std::vector<CellVerdict>& cells, const std::vector<std::string>& said_above) {
  text::Table table;
  table.names_last = true;  // or rows could not be told apart
  // What goes first where there is no room: the sides' medians, then what the test was worth.
  constexpr std::array<int, text_header.size()> spare = {0, 5, 0, 0, 1, 2, 4, 3};
  for (std::size_t i = 0; i < text_header.size(); ++i)
    table.headings.push_back({text_header.at(i), i == 0 || i == 2, spare.at(i)});
  for (const CellVerdict& cell : cells) {
    std::vector<text::TableCell>& row = table.rows.emplace_back();
    for (const std::string& text : text_row(cell)) row.push_back({sys::printable(text)});
    row[0].text = sys::printable(without(cell.cell, said_above));
    row[2].tint = tint_of(cell.verdict);
  }
  return table;
}

// The reasons follow the aligned columns: one long reason would push all others to the right. Where the width
// is limited they stand below their rows.
std::string table_of_cells(const std::vector<CellVerdict>& cells, const text::Look& look) {
  const std::vector<std::string> common =
      look.is_limited() ? common_parts(cells) : std::vector<std::string>{};
  const std::vector<std::string> lines = sys::split(table_text(table_of(cells, common), look), '\n');
  std::string text = lines.front() + "\n";
  if (!common.empty())
    text = text::fitted("All cells: " + sys::printable(sys::join(common, part_separator)) + ".\n", look) +
           "\n" + text;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::string reason = sys::printable(cells[i].reason);
    text += lines[i + 1];
    if (!reason.empty())
      text +=
          look.is_limited() ? "\n" + text::wrapped(reason, look.columns, "    ", 4) : "  " + reason + "\n";
    else
      text += "\n";
  }
  for (std::size_t i = cells.size() + 1; i + 1 < lines.size(); ++i) text += lines[i] + "\n";
  return text;
}

std::string table(const Report& report, const text::Look& look) {
  std::string text = look.paint(text::Tint::strong, sys::printable(report.title)) + "\n";
  std::string about = "baseline:  " + sys::printable(report.baseline) +
                      "\ncandidate: " + sys::printable(report.candidate) + "\n";
  for (const std::string& note : report.notes) about += sys::printable(note) + "\n";
  text += text::fitted(about, look);
  if (!report.cells.empty()) text += "\n" + table_of_cells(by_urgency(report.cells), look);
  return text + "\n" + text::fitted(headline(report) + "\n", look, text::Tint::strong);
}

// ---- csv ----

text::Column<CellVerdict> interval_column(std::string name, std::string meaning,
                                          double stats::Interval::*end) {
  const auto get = [end](const CellVerdict& cell) {
    const auto& interval = cell.ratio_interval;
    return interval ? text::field::write(std::optional((*interval).*end)) : "";
  };
  return {{.name = std::move(name), .meaning = std::move(meaning)}, get, {}};
}

const text::Columns<CellVerdict>& cell_columns() {
  using text::column;
  using R = CellVerdict;
  static const text::Columns<R> columns = {
      column("cell", "", "what was measured", &R::cell),
      column("metric", "", "total, transfer or cpu", &R::metric),
      text::text_column<R>("verdict", "regressed, improved, unchanged, ...",
                           [](const R& cell) { return to_string(cell.verdict); }),
      column("ratio", "", "candidate over baseline; above 1 is slower", &R::ratio),
      interval_column("ratio_ci_low", "its 95 % interval", &stats::Interval::low),
      interval_column("ratio_ci_high", "", &stats::Interval::high),
      column("pairs", "", "pairs, or runs of the side that has fewer", &R::pairs),
      column("detectable_effect", "", "the slow-down that would most likely have been found, 0.03 for 3 %",
             &R::detectable_effect),
      column("baseline_s", "s", "median", &R::baseline_s),
      column("candidate_s", "s", "median", &R::candidate_s),
      column("reason", "", "of the verdict, where figures do not tell", &R::reason),
  };
  return columns;
}

std::string csv(const Report& report) { return text::csv_text(cell_columns(), by_urgency(report.cells)); }

// ---- json ----

ordered_json json_of(const CellVerdict& cell) {
  ordered_json json = text::to_json(text::described(cell_columns()), text::fields_of(cell_columns(), cell));
  json["reason"] = cell.reason;  // always text, "" for none
  return json;
}

std::string json(const Report& report) {
  const std::vector<CellVerdict> cells = by_urgency(report.cells);
  const bool alone =
      std::ranges::all_of(cells, [&](const CellVerdict& cell) { return cell.cell == cells.front().cell; });
  const std::vector<std::string> common = alone ? std::vector<std::string>{} : common_parts(cells);
  ordered_json document{{"schema", 1},
                        {"title", report.title},
                        {"baseline", report.baseline},
                        {"candidate", report.candidate},
                        {"headline", headline(report)},
                        {"interrupted", report.interrupted},
                        {"notes", report.notes},
                        {"threshold", report.threshold},
                        {"common", common},
                        {"cells", ordered_json::array()}};
  for (const CellVerdict& cell : cells) {
    ordered_json& row = document["cells"].emplace_back(json_of(cell));
    row["name"] = without(cell.cell, common);
  }
  return text::json_text(document);
}

// ---- markdown ----

std::string markdown_line(std::span<const std::string> fields) {
  std::string line = "|";
  for (const std::string& field : fields) line += " " + field + " |";
  return line + "\n";
}

std::string markdown_table(std::span<const CellVerdict> cells) {
  std::string text = markdown_line(text_header);
  text.pop_back();
  text += " reason |\n|---|---|---|---:|---:|---:|---:|---:|---|\n";
  for (const CellVerdict& cell : cells) {
    const TextRow figures = text_row(cell);
    std::vector<std::string> row{literally(figures[0]), literally(figures[1])};
    row.insert(row.end(), figures.begin() + 2, figures.end());
    row.push_back(literally(cell.reason));
    text += markdown_line(row);
  }
  return text;
}

std::string markdown(const Report& report) {
  const std::vector<CellVerdict> cells = by_urgency(report.cells);
  const auto calm = std::find_if(cells.begin(), cells.end(), [](const CellVerdict& cell) {
    return cell.verdict == Verdict::within_threshold || cell.verdict == Verdict::unchanged;
  });
  std::string text = "### " + literally(report.title) + ": " + headline(report) +
                     "\n\nBaseline: " + literally(report.baseline) +
                     "  \nCandidate: " + literally(report.candidate) + "\n";
  for (const std::string& note : report.notes) text += "\n* " + literally(note);
  if (!report.notes.empty()) text += "\n";
  if (calm != cells.begin()) text += "\n" + markdown_table({cells.begin(), calm});
  if (calm != cells.end()) {
    // GitHub reads Markdown inside HTML only after an empty line.
    text += "\n<details><summary>" + std::to_string(cells.end() - calm) +
            " cells unchanged or within the threshold</summary>\n\n" + markdown_table({calm, cells.end()}) +
            "\n</details>\n";
  }
  return text;
}

// ---- junit ----

void set(ptree& element, const std::string& attribute, const std::string& value) {
  element.put("<xmlattr>." + attribute, value);
}

// The child of a test case that makes it something else than passed; "" for none.
std::string outcome_element(Verdict verdict) {
  switch (verdict) {
    case Verdict::regressed: return "failure";
    case Verdict::failed: return "error";
    case Verdict::inconclusive:
    case Verdict::new_cell:
    case Verdict::missing: return "skipped";
    case Verdict::improved:
    case Verdict::within_threshold:
    case Verdict::unchanged: break;
  }
  return "";
}

// "regressed: +5.3 % [4.9, 5.8], 213 ms to 224 ms, n 46, MDE 1.2 %; reason"
std::string sentence(const CellVerdict& cell) {
  const TextRow figures = text_row(cell);
  std::string text = figures[2];
  if (cell.ratio) {
    text += ": " + figures[3] + ", " + figures[6] + " to " + figures[7] + ", n " + figures[5] + ", MDE " +
            figures[4];
  }
  return readable(text + (cell.reason.empty() ? "" : "; " + cell.reason));
}

ptree test_case(const Report& report, const CellVerdict& cell) {
  ptree element;
  set(element, "classname", readable(report.title + "." + cell.metric));
  set(element, "name", readable(cell.cell));
  set(element, "time", text::field::write(std::optional(cell.candidate_s.value_or(0))));
  const std::string outcome = outcome_element(cell.verdict);
  if (outcome.empty()) {
    element.put("system-out", sentence(cell));
  } else {
    set(element.add(outcome, ""), "message", sentence(cell));
  }
  return element;
}

void set_counts(ptree& element, const Report& report) {
  const auto count = [&](std::string_view outcome) {
    return std::to_string(std::count_if(
        report.cells.begin(), report.cells.end(),
        [outcome](const CellVerdict& cell) { return outcome_element(cell.verdict) == outcome; }));
  };
  set(element, "tests", std::to_string(report.cells.size()));
  set(element, "failures", count("failure"));
  set(element, "errors", count("error"));
  set(element, "skipped", count("skipped"));
}

std::string junit(const Report& report) {
  ptree suite;
  set(suite, "name", readable(report.title));
  set_counts(suite, report);
  for (const auto& [name, value] :
       {std::pair("baseline", report.baseline), std::pair("candidate", report.candidate)}) {
    ptree& property = suite.add("properties.property", "");
    set(property, "name", name);
    set(property, "value", readable(value));
  }
  for (const CellVerdict& cell : by_urgency(report.cells))
    suite.add_child("testcase", test_case(report, cell));
  std::string output = headline(report);
  for (const std::string& note : report.notes) output += "\n" + readable(note);
  suite.put("system-out", output);

  ptree document;
  set_counts(document.add("testsuites", ""), report);
  document.add_child("testsuites.testsuite", suite);
  std::ostringstream text;
  boost::property_tree::write_xml(text, document,
                                  boost::property_tree::xml_writer_make_settings<std::string>(' ', 2));
  return text.str();
}

}  // namespace

std::string describe_csv_columns() { return text::describe_columns(text::described(cell_columns())); }

std::string render(const Report& report, text::Format format, const text::Look& look) {
  switch (format) {
    case text::Format::table: return table(report, look);
    case text::Format::csv: return csv(report);
    case text::Format::json: return json(report);
    case text::Format::markdown: return markdown(report);
    case text::Format::junit: return junit(report);
  }
  return {};
}

}  // namespace ipcsort::gate
