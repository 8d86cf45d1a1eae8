#include "bench/results/wording.hpp"

#include <algorithm>
#include <array>
#include <numeric>

#include "bench/text/table.hpp"
#include "sys/text.hpp"

namespace ipcsort::results {
namespace {

using Summary = std::vector<SummaryRow>;

std::string seconds_or_dash(const std::optional<double>& value) {
  return value ? text::seconds_text(*value) : "-";
}

// A column of a table: how it is headed and what it says of a line.
template <typename Line>
struct TableColumn {
  text::Heading heading;
  text::TableCell (*cell)(const Line&);
};

template <typename Columns>
text::Table headed(const Columns& columns) {
  text::Table table;
  for (const auto& column : columns) table.headings.push_back(column.heading);
  return table;
}

// ---- the table of a condition ----

struct FigureLine {
  const SummaryRow& row;
  const std::string& name;
  std::string rank;
  text::Tint tint = text::Tint::none;  // of rank and name
  const text::Look& look;

  [[nodiscard]] bool is_reference() const { return !row.cell.is_transport(); }
  [[nodiscard]] text::Tint plain() const { return is_reference() ? text::Tint::faint : text::Tint::none; }
  // The mark stands at the figure that is compared.
  [[nodiscard]] bool by_rate() const {
    return row.cell.settings.transfer == pipeline::TransferMode::barrier && !row.cell.lends();
  }
  [[nodiscard]] std::string mark(bool here) const { return here && row.noisy == 1 ? "~" : ""; }
};

std::optional<double> sum_of_both(const std::optional<double>& a, const std::optional<double>& b) {
  return a && b ? std::optional(*a + *b) : std::nullopt;
}

std::string spread_text(const SummaryRow& row) {
  if (row.runs_ok == 1) return "one run";
  if (!row.total_s_mad || !row.total_s_median) return "";
  return text::percent_text(*row.total_s_mad / *row.total_s_median);
}

text::TableCell rate_cell(const FigureLine& line) {
  if (!line.row.transfer_bytes_per_s.centre) return {line.row.cell.lends() ? "lent" : "", line.plain()};
  return {line.mark(line.by_rate()) + text::rate_text(*line.row.transfer_bytes_per_s.centre), line.plain()};
}

// Of what has no figures: what became of it.
text::TableCell total_cell(const FigureLine& line) {
  if (line.row.runs_ok == 0) return {std::string{to_string(line.row.status)}, line.tint};
  return {line.mark(!line.by_rate()) + seconds_or_dash(line.row.total_s_median), line.plain()};
}

text::TableCell share_cell(const FigureLine& line) {
  if (line.is_reference() || !line.row.transfer_share_median) return {"", line.plain()};
  return {text::share_bar(*line.row.transfer_share_median, line.look), line.plain()};
}

text::TableCell runs_cell(const FigureLine& line) {
  const std::string counted = std::to_string(line.row.runs_ok);
  if (line.row.runs_failed == 0) return {counted};
  return {counted + " of " + std::to_string(line.row.runs_ok + line.row.runs_failed), text::Tint::bad};
}

text::TableCell phase_cell(const FigureLine& line, const std::optional<double>& time_s) {
  return {line.row.cell.is_calibration() ? "" : seconds_or_dash(time_s), line.plain()};
}

struct FigureColumn : TableColumn<FigureLine> {
  bool of_all = false;  // says something even of what has no figures
};

std::array<FigureColumn, 13> figure_columns(bool by_transfer) {
  using L = FigureLine;
  return {{
      {{{"rank"},
        [](const L& line) -> text::TableCell {
          return {line.rank, line.tint};
        }}},
      {{{"transport", true},
        [](const L& line) -> text::TableCell {
          return {line.name + (line.is_reference() && line.row.runs_ok > 0 ? " *" : ""), line.tint};
        }},
       true},
      {{{"throughput", false, by_transfer ? 0 : 6}, rate_cell}},
      {{{"of memcpy", false, 5},
        [](const L& line) -> text::TableCell {
          const auto& share = line.row.share_of_one_copy_median;
          return {share ? text::percent_text(*share) : "", line.plain()};
        }}},
      {{{"total"}, total_cell}, true},
      {{{"+-", false, 4},
        [](const L& line) -> text::TableCell {
          return {spread_text(line.row), line.plain()};
        }}},
      {{{"transfer share", false, 3}, share_cell}},
      {{{"runs", false, 7}, runs_cell}},
      {{{"read+parse", false, 10},
        [](const L& line) {
          return phase_cell(line, sum_of_both(line.row.path.read_s, line.row.path.parse_s));
        }}},
      {{{"sort", false, 11}, [](const L& line) { return phase_cell(line, line.row.path.sort_s); }}},
      {{{"transfer", false, 8}, [](const L& line) { return phase_cell(line, line.row.path.transfer_s); }}},
      {{{"merge", false, 9}, [](const L& line) { return phase_cell(line, line.row.path_merge_s_median); }}},
      {{{"CPU", false, 12}, [](const L& line) { return phase_cell(line, line.row.cpu_s_median); }}},
  }};
}

struct ConditionTable {
  text::Table table;
  std::string legend;
};

// What the marks in a table mean; only those that occur in it are explained.
std::string legend_of(const std::vector<const SummaryRow*>& shown, const Summary& summary,
                      const ConditionFindings& condition) {
  const auto any = [&](auto is) {
    return std::ranges::any_of(shown, [&](const SummaryRow* row) { return is(*row); });
  };
  const Order& order = condition.decisive();
  const bool by_pairs =
      std::ranges::adjacent_find(order.places, [&](const Place& first, const Place& second) {
        const SummaryRow& a = summary[first.row];
        const SummaryRow& b = summary[second.row];
        return condition.by_transfer ? a.transfer_bytes_per_s.centre < b.transfer_bytes_per_s.centre
                                     : a.total_s_median > b.total_s_median;
      }) != order.places.end();
  std::vector<std::string> parts = {"medians"};
  if (any([](const SummaryRow& row) { return row.runs_ok > 1; }))
    parts.emplace_back("+- is the spread of single runs");
  if (by_pairs) parts.emplace_back("ranks compare in pairs, so medians may stand in another order");
  if (!order.is_proven) parts.emplace_back("? too few runs to rank");
  if (any([](const SummaryRow& row) { return row.noisy == 1; }))
    parts.emplace_back("~ is known less exactly than was asked for");
  if (condition.by_transfer && any([](const SummaryRow& row) { return row.cell.lends(); }))
    parts.emplace_back("lent: nothing moved, no rank by rate");
  if (any([](const SummaryRow& row) { return !row.cell.is_transport(); }))
    parts.emplace_back("* is a reference, not a transport");
  return "(" + sys::join(parts, "; ") + ")\n";
}

ConditionTable condition_table(const Summary& summary, const Findings& findings,
                               const ConditionFindings& condition, const text::Look& look) {
  const auto columns = figure_columns(condition.by_transfer);
  ConditionTable made{headed(columns), ""};
  std::vector<const SummaryRow*> shown;
  const auto add = [&](std::size_t row, const std::string& rank, text::Tint tint) {
    const FigureLine line{summary[row], findings.names[row], rank, tint, look};
    auto& cells = made.table.rows.emplace_back();
    for (const FigureColumn& column : columns)
      cells.push_back(line.row.runs_ok > 0 || column.of_all ? column.cell(line) : text::TableCell{});
    if (line.row.runs_ok > 0) shown.push_back(&line.row);
  };
  const Order& order = condition.decisive();
  for (const Place& place : order.places)
    add(place.row, place.rank, order.is_proven && place.by.tied == 1 ? text::Tint::good : text::Tint::none);
  if (condition.by_transfer) {  // what is left are those that lend
    for (const Place& place : condition.total.places) {
      if (summary[place.row].cell.lends()) add(place.row, "-", text::Tint::none);
    }
  }
  for (const std::size_t row : condition.members) {
    if (!summary[row].cell.is_transport() && summary[row].runs_ok > 0) add(row, "", text::Tint::faint);
  }
  if (made.table.rows.empty()) return made;
  made.legend = legend_of(shown, summary, condition);
  for (const std::size_t row : condition.members) {
    if (summary[row].runs_ok == 0)
      add(row, "", summary[row].status == CellStatus::skipped ? text::Tint::doubtful : text::Tint::bad);
  }
  return made;
}

// The largest condition; of everything where no transport is.
ConditionTable largest_table(const Summary& summary, const Findings& findings, const text::Look& look) {
  if (!findings.conditions.empty())
    return condition_table(summary, findings, findings.conditions.front(), look);
  ConditionFindings all;
  all.members.resize(summary.size());
  std::iota(all.members.begin(), all.members.end(), std::size_t{0});
  all.total.is_proven = true;
  return condition_table(summary, findings, all, look);
}

// ---- the other conditions ----

// A row for each condition but the largest; what all conditions share is not said again.
text::Table other_conditions(const Findings& findings) {
  using C = ConditionFindings;
  static const std::array<TableColumn<C>, 4> names = {{
      {{"numbers"}, [](const C& it) -> text::TableCell { return {sys::format_count(it.id.numbers)}; }},
      {{"files"}, [](const C& it) -> text::TableCell { return {std::to_string(it.id.files)}; }},
      {{"workers"}, [](const C& it) -> text::TableCell { return {std::to_string(it.id.workers)}; }},
      {{"transfer", true},
       [](const C& it) -> text::TableCell { return {std::string{to_string(it.id.settings.transfer)}}; }},
  }};
  static const std::array<TableColumn<C>, 5> figures = {{
      {{"best", true},
       [](const C& it) -> text::TableCell {
         return it.decisive().places.empty() ? text::TableCell{"nothing was measured", text::Tint::bad}
                                             : text::TableCell{it.decisive().best, text::Tint::good};
       }},
      {{"its figure"}, [](const C& it) -> text::TableCell { return {it.decisive().figure}; }},
      {{"of memcpy", false, 1}, [](const C& it) -> text::TableCell { return {it.decisive().share}; }},
      {{"lead", true}, [](const C& it) -> text::TableCell { return {it.decisive().lead}; }},
      {{"95 % interval", true, 2}, [](const C& it) -> text::TableCell { return {it.decisive().interval}; }},
  }};
  const auto shared = [&](const TableColumn<C>& column) {
    return std::ranges::all_of(findings.conditions, [&](const C& it) {
      return column.cell(it).text == column.cell(findings.conditions.front()).text;
    });
  };
  text::Table table;
  for (const auto& column : names) table.headings.push_back(column.heading);
  for (const auto& column : figures) table.headings.push_back(column.heading);
  for (auto it = findings.conditions.begin() + 1; it != findings.conditions.end(); ++it) {
    auto& cells = table.rows.emplace_back();
    for (const auto& column : names) cells.push_back(shared(column) ? text::TableCell{} : column.cell(*it));
    for (const auto& column : figures) cells.push_back(column.cell(*it));
  }
  return table;
}

}  // namespace

std::string results_text(const Summary& summary, const Findings& findings, const text::Look& look) {
  std::string text;
  if (!findings.conditions.empty())
    text += text::fitted(findings.conditions.front().text + "\n", look, text::Tint::strong);
  const ConditionTable largest = largest_table(summary, findings, look);
  if (largest.table.rows.empty()) {
    text += "No run was counted.\n";
  } else {
    text += text::table_text(largest.table, look) + text::fitted(largest.legend, look, text::Tint::faint);
  }
  if (findings.conditions.size() > 1) {
    text += "\n" + look.paint(text::Tint::strong, "The other conditions") + "\n" +
            text::table_text(other_conditions(findings), look);
  }
  if (!findings.troubles.empty()) {
    text += "\n" + look.paint(text::Tint::strong, "Skipped or failed") + "\n";
    for (const Trouble& trouble : findings.troubles)
      text += text::fitted("  " + trouble.text + "\n", look, text::Tint::doubtful);
  }
  return text;
}

std::string results_markdown(const Summary& summary, const Findings& findings) {
  const ConditionTable largest = largest_table(summary, findings, {});
  std::string text =
      "### " + (findings.conditions.empty() ? "References" : findings.conditions.front().text) + "\n\n";
  if (largest.table.rows.empty()) {
    text += "No run was counted.\n";
  } else {
    text += text::markdown_text(largest.table) + "\n" + text::markdown_literal(largest.legend);
  }
  if (findings.conditions.size() > 1)
    text += "\n### The other conditions\n\n" + text::markdown_text(other_conditions(findings));
  if (!findings.troubles.empty()) {
    text += "\n### Skipped or failed\n\n";
    for (const Trouble& trouble : findings.troubles)
      text += "* " + text::markdown_literal(trouble.text) + "\n";
  }
  return text + "\n" + text::markdown_literal(findings.headline) + "\n";
}

std::string run_text(const RunRow& row, bool is_made_again) {
  std::string text = describe(row.cell) + ": ";
  if (!row.is_ok()) {
    text += std::string{to_string(row.status)} + (row.error.empty() ? "" : ": " + row.error);
  } else {
    text += seconds_or_dash(row.total_s);
    std::vector<std::string> parts;
    const auto add = [&](std::string_view name, const std::optional<double>& time_s) {
      if (time_s && *time_s > 0) parts.push_back(std::string{name} + " " + text::seconds_text(*time_s));
    };
    for (const Phase& phase : phases) add(phase.name, row.path.*phase.time_s);
    add("other", row.path_other_s);
    add("merge", row.merge_s);
    if (!parts.empty()) text += " (" + sys::join(parts, ", ") + ")";
  }
  if (row.repeats > 1) text += ", mean of " + std::to_string(row.repeats) + " runs";
  if (row.cost_s) text += ", took " + text::seconds_text(*row.cost_s) + " with all around it";
  if (row.attempt > 1) text += ", attempt " + std::to_string(row.attempt);
  if (row.disturbed) {
    text += "; disturbed: others used " + seconds_or_dash(row.foreign_cpu_s) +
            " of CPU time, the hypervisor withheld " + seconds_or_dash(row.steal_s) +
            (is_made_again ? "; it is made again" : "; it counts all the same");
  }
  return text;
}

}  // namespace ipcsort::results
