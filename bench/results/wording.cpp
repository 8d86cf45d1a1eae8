#include "bench/results/wording.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <numeric>

#include "bench/text/table.hpp"
#include "sys/text.hpp"

namespace ipcsort::results {
namespace {

using Summary = std::vector<SummaryRow>;

std::string seconds_or_dash(const std::optional<double>& value) {
  return value ? text::seconds_text(*value) : "-";
}

// ---- the table of a condition ----

std::string spread_text(const SummaryRow& row) {
  if (row.runs_ok == 1) return "one run";
  if (!row.total_s_mad || !row.total_s_median) return "";
  return text::percent_text(*row.total_s_mad / *row.total_s_median);
}

text::TableCell runs_cell(const SummaryRow& row) {
  if (row.runs_failed == 0) return {std::to_string(row.runs_ok)};
  return {fmt::format("{} of {}", row.runs_ok, row.runs_ok + row.runs_failed), text::Tint::bad};
}

// What is no rival of those that are ranked.
bool is_beside(const SummaryRow& row) { return !row.cell.is_transport() || row.cell.is_floor(); }

// `tint` is of rank and name. What has no figures says what became of it.
text::HeadedCells figures_of(const SummaryRow& row, const std::string& name, const std::string& of_memcpy,
                             const std::string& rank, text::Tint tint, bool by_transfer,
                             const text::Look& look) {
  const bool is_reference = is_beside(row), is_measured = row.runs_ok > 0;
  const text::Tint plain = is_reference ? text::Tint::faint : text::Tint::none;
  const auto cell = [&](const std::string& text) {
    return is_measured ? text::TableCell{text, plain} : text::TableCell{};
  };
  const auto phase = [&](const std::optional<double>& time_s) {
    return cell(row.cell.is_calibration() ? "" : seconds_or_dash(time_s));
  };
  const auto& read_s = row.path.read_s;
  const auto& parse_s = row.path.parse_s;
  const auto& rate = row.transfer_bytes_per_s.centre;
  const auto& share = row.transfer_share_median;
  // The mark stands at the figure that is compared.
  const bool by_rate = row.cell.settings.has_barrier() && !row.cell.lends();
  const std::string mark = row.noisy == 1 ? "~" : "";
  return {
      {{"rank"}, {rank, tint}},
      {{"transport", true}, {name + (is_reference && is_measured ? " *" : ""), tint}},
      {{"throughput", false, by_transfer ? 0 : 6},
       cell(rate               ? (by_rate ? mark : "") + text::rate_text(*rate)
            : row.cell.lends() ? "lent"
                               : "")},
      {{"of memcpy", false, 5}, cell(of_memcpy)},
      {{"total"},
       is_measured ? cell((by_rate ? "" : mark) + seconds_or_dash(row.total_s_median))
                   : text::TableCell{std::string{to_string(row.status)}, tint}},
      {{"+-", false, 4}, cell(spread_text(row))},
      {{"transfer share", false, 3}, cell(is_reference || !share ? "" : text::share_bar(*share, look))},
      {{"runs", false, 7}, is_measured ? runs_cell(row) : text::TableCell{}},
      {{"read+parse", false, 10},
       phase(read_s && parse_s ? std::optional(*read_s + *parse_s) : std::nullopt)},
      {{"sort", false, 11}, phase(row.path.sort_s)},
      {{"transfer", false, 8}, phase(row.path.transfer_s)},
      {{"merge", false, 9}, phase(row.path_merge_s_median)},
      {{"CPU", false, 12}, phase(row.cpu_s_median)},
  };
}

struct ConditionTable {
  text::Table table;
  std::string legend;
};

// What the marks in a table mean; only those that occur in it are explained.
std::string legend_of(const std::vector<const SummaryRow*>& shown, const Summary& summary,
                      const Findings& findings, const ConditionFindings& condition) {
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
  if (condition.by_transfer &&
      any([](const SummaryRow& row) { return row.cell.settings.is_steady() && row.cell.is_transport(); }))
    parts.emplace_back("throughput of all rounds but the first, all else of the first");
  if (by_pairs) parts.emplace_back("ranks compare in pairs, so medians may stand in another order");
  if (std::ranges::find(order.places, "?", &Place::rank) != order.places.end())
    parts.emplace_back("? too few runs to rank");
  if (std::ranges::any_of(condition.members, [&](std::size_t row) {
        return summary[row].share_of_one_copy_median && findings.shares[row].empty();
      }))
    parts.emplace_back(
        "no share of memcpy where it would be above 110 %: so little is moved that setting up decides");
  if (any([](const SummaryRow& row) { return row.noisy == 1; }))
    parts.emplace_back("~ is known less exactly than was asked for");
  if (condition.by_transfer && any([](const SummaryRow& row) { return row.cell.lends(); }))
    parts.emplace_back("lent: nothing moved, no rank by rate");
  if (any(is_beside)) parts.emplace_back("* is a reference and has no rank");
  return "(" + sys::join(parts, "; ") + ")\n";
}

ConditionTable condition_table(const Summary& summary, const Findings& findings,
                               const ConditionFindings& condition, const text::Look& look) {
  ConditionTable made;
  std::vector<const SummaryRow*> shown;
  const auto add = [&](std::size_t number, const std::string& rank, text::Tint tint) {
    const SummaryRow& row = summary[number];
    made.table.add(figures_of(row, findings.names[number], findings.shares[number], rank, tint,
                              condition.by_transfer, look));
    if (row.runs_ok > 0) shown.push_back(&row);
  };
  const Order& order = condition.decisive();
  for (const Place& place : order.places)
    add(place.row, place.rank, order.is_proven && place.is_tied() ? text::Tint::good : text::Tint::none);
  if (condition.by_transfer) {  // what is left are those that lend
    for (const Place& place : condition.total.places) {
      const cell::CellId& id = summary[place.row].cell;
      if (id.lends() && !id.is_floor()) add(place.row, "-", text::Tint::none);
    }
  }
  for (const std::size_t row : condition.members) {
    const bool has_rank = std::ranges::find(order.places, row, &Place::row) != order.places.end();
    if (is_beside(summary[row]) && !has_rank && summary[row].runs_ok > 0) add(row, "", text::Tint::faint);
  }
  if (made.table.rows.empty()) return made;
  made.legend = legend_of(shown, summary, findings, condition);
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
  constexpr std::size_t names = 4;  // so many columns say which condition it is
  text::Table table;
  for (const ConditionFindings& condition : findings.conditions) {
    const cell::CellId& id = condition.id;
    const Order& order = condition.decisive();
    table.add({{{"numbers"}, {sys::format_count(id.numbers)}},
               {{"files"}, {std::to_string(id.files)}},
               {{"workers"}, {std::to_string(id.workers)}},
               {{"transfer", true}, {std::string{to_string(id.settings.transfer)}}},
               {{"best", true},
                order.places.empty() ? text::TableCell{"nothing was measured", text::Tint::bad}
                                     : text::TableCell{order.best, text::Tint::good}},
               {{"its figure"}, {order.figure}},
               {{"of memcpy", false, 1}, {order.share}},
               {{"lead", true}, {order.lead}},
               {{"95 % interval", true, 2}, {order.interval}}});
  }
  for (std::size_t column = 0; column < names; ++column) {
    const std::string first = table.rows.front()[column].text;
    const auto is_first = [&](const auto& row) { return row[column].text == first; };
    if (!std::ranges::all_of(table.rows, is_first)) continue;
    for (auto& row : table.rows) row[column] = {};
  }
  table.rows.erase(table.rows.begin());
  return table;
}

}  // namespace

std::string results_text(const Summary& summary, const Findings& findings, bool as_markdown,
                         const text::Look& look) {
  const auto heading = [&](const std::string& title) {
    return as_markdown ? "### " + title + "\n\n" : text::fitted(title + "\n", look, text::Tint::strong);
  };
  const auto table = [&](const text::Table& it) {
    return as_markdown ? text::markdown_text(it) : text::table_text(it, look);
  };
  const auto line = [&](const std::string& it, text::Tint tint) {
    return as_markdown ? text::markdown_literal(it) : text::fitted(it, look, tint);
  };
  std::string text;
  if (!findings.conditions.empty() || as_markdown)
    text += heading(findings.conditions.empty() ? "References" : findings.conditions.front().text);
  const ConditionTable largest = largest_table(summary, findings, look);
  if (largest.table.rows.empty())
    text += "No run was counted.\n";
  else
    text += table(largest.table) + (as_markdown ? "\n" : "") + line(largest.legend, text::Tint::faint);
  if (findings.conditions.size() > 1)
    text += "\n" + heading("The other conditions") + table(other_conditions(findings));
  if (!findings.troubles.empty()) text += "\n" + heading("Skipped or failed");
  for (const Trouble& trouble : findings.troubles)
    text += (as_markdown ? "* " : "") +
            line((as_markdown ? "" : "  ") + trouble.text + "\n", text::Tint::doubtful);
  return text + (as_markdown ? "\n" + text::markdown_literal(findings.headline) + "\n" : "");
}

std::string run_text(const RunRow& row, bool is_made_again) {
  std::string text = describe(row.cell) + ": ";
  if (!row.is_ok()) {
    text += std::string{to_string(row.status)} + (row.error.empty() ? "" : ": " + row.error);
  } else {
    text += seconds_or_dash(row.total_s);
    std::vector<std::string> parts;
    const auto add = [&](std::string_view name, const std::optional<double>& time_s) {
      if (time_s && *time_s > 0) parts.push_back(fmt::format("{} {}", name, text::seconds_text(*time_s)));
    };
    for (const Phase& phase : phases) add(phase.name, row.path.*phase.time_s);
    add("other", row.path_other_s);
    add("merge", row.merge_s);
    if (!parts.empty()) text += " (" + sys::join(parts, ", ") + ")";
  }
  if (row.repeats > 1) text += fmt::format(", mean of {} runs", row.repeats);
  if (row.cost_s) text += ", took " + text::seconds_text(*row.cost_s) + " with all around it";
  if (row.attempt > 1) text += fmt::format(", attempt {}", row.attempt);
  if (!row.disturbed) return text;
  return text + fmt::format("; disturbed: others used {} of CPU time, the hypervisor withheld {}; it {}",
                            seconds_or_dash(row.foreign_cpu_s), seconds_or_dash(row.steal_s),
                            is_made_again ? "is made again" : "counts all the same");
}

}  // namespace ipcsort::results
