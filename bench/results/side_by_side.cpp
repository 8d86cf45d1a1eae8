#include "bench/results/side_by_side.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "bench/text/json.hpp"
#include "bench/text/table.hpp"
#include "bench/text/units.hpp"
#include "sys/text.hpp"

namespace ipcsort::results {
namespace {

bool measured(const SummaryRow& row) {
  return row.cell.is_transport() && row.runs_ok > 0 && row.total_s_median;
}

// The place of such a condition with a result in one side's findings. Settings besides the mode may differ:
// they are among the differences.
std::optional<std::size_t> place_of(const Side& side, const ConditionFindings& wanted) {
  for (std::size_t i = 0; i < side.findings.conditions.size(); ++i) {
    const ConditionFindings& it = side.findings.conditions[i];
    const bool same = it.id.numbers == wanted.id.numbers && it.id.workers == wanted.id.workers &&
                      it.id.files == wanted.id.files &&
                      it.id.settings.transfer == wanted.id.settings.transfer;
    if (same && std::ranges::any_of(it.members, [&](std::size_t row) { return measured(side.summary[row]); }))
      return i;
  }
  return std::nullopt;
}

std::vector<SideBySide::Common> common_conditions(std::span<const Side> sides) {
  std::vector<SideBySide::Common> all;
  for (const ConditionFindings& condition : sides.front().findings.conditions) {
    SideBySide::Common common{condition.text, true, {}};
    for (const Side& side : sides) {
      const auto place = place_of(side, condition);
      if (!place) break;
      common.conditions.push_back(*place);
      common.by_transfer = common.by_transfer && side.findings.conditions[*place].by_transfer;
    }
    if (common.conditions.size() == sides.size()) all.push_back(std::move(common));
  }
  return all;
}

std::vector<std::string> differences_of(std::span<const Side> sides) {
  std::vector<std::string> names;
  for (const Side& side : sides) {
    for (const auto& [name, text] : side.facts) {
      if (std::ranges::find(names, name) == names.end()) names.push_back(name);
    }
  }
  std::vector<std::string> differences;
  for (const std::string& name : names) {
    std::vector<std::pair<std::string, std::vector<std::string>>>
        having;  // a text, and the sides that have it
    for (const Side& side : sides) {
      const auto fact = std::ranges::find(side.facts, name, &Facts::value_type::first);
      const std::string text = fact == side.facts.end() || fact->second.empty() ? "not known" : fact->second;
      auto same = std::ranges::find(having, text, &decltype(having)::value_type::first);
      if (same == having.end()) same = having.insert(same, {text, {}});
      same->second.push_back(side.name);
    }
    if (having.size() < 2) continue;
    std::vector<std::string> parts;
    for (const auto& [text, sides_with_it] : having) parts.push_back(list_text(sides_with_it) + " " + text);
    differences.push_back(name + ": " + sys::join(parts, "; "));
  }
  return differences;
}

// Is the same transport best in all of them, under the largest condition they share?
std::string headline_of(std::span<const Side> sides, const SideBySide& found) {
  const std::string text = fmt::format("{} results side by side: ", sides.size());
  if (found.common.empty()) return text + "no condition has a result in all of them";
  const SideBySide::Common& largest = found.common.front();
  std::vector<std::string> in_all, verdicts, leaders, figures;
  for (std::size_t i = 0; i < sides.size(); ++i) {
    const ConditionFindings& condition = sides[i].findings.conditions[largest.conditions[i]];
    const Order& order = largest.by_transfer ? condition.transfer : condition.total;
    std::vector<std::string> best;
    for (const Place& place : order.places) {
      if (&place == &order.places.front() || (order.is_proven && place.is_tied()))
        best.push_back(sides[i].findings.names[place.row]);
    }
    if (i == 0) in_all = best;
    std::erase_if(in_all,
                  [&](const std::string& name) { return std::ranges::find(best, name) == best.end(); });
    leaders.push_back(best.empty() ? "" : best.front());
    figures.push_back(order.figure);
    verdicts.push_back(sides[i].name + ": " + order.verdict);
  }
  const std::string where = text + "with " + largest.text;
  if (in_all.empty()) return where + ", " + sys::join(verdicts, "; ");
  const bool one = in_all.size() == 1;
  for (std::size_t i = 0; i < sides.size(); ++i) {
    // The figure is that of whoever leads there, which may be one that is tied there alone.
    const std::string whose = one && leaders[i] == in_all.front() ? "" : leaders[i] + " ";
    figures[i] = sides[i].name + ": " + whose + figures[i];
  }
  return fmt::format("{}, {} {} best or tied in all ({})", where, list_text(std::move(in_all)),
                     one ? "is" : "are", sys::join(figures, "; "));
}

// ---- the table ----

std::string figure(const SummaryRow& row) {
  const bool clean = row.cell.settings.has_barrier() && !row.cell.lends() && row.transfer_bytes_per_s.centre;
  return clean ? text::rate_text(*row.transfer_bytes_per_s.centre) : text::seconds_text(*row.total_s_median);
}

constexpr std::string_view none_in_common =
    "They have no condition in common: no files, numbers, workers and mode that all have measured.\n";
const std::string legend = "(medians; throughput, or the total of what is lent or overlaps)\n";

text::Table comparison_table(std::span<const Side> sides, const SideBySide::Common& common) {
  // A line for each transport that any of them has measured: its row on each side, null where it has none.
  std::vector<std::pair<std::string, std::vector<const SummaryRow*>>> lines;
  for (std::size_t i = 0; i < sides.size(); ++i) {
    const Side& side = sides[i];
    std::vector<std::size_t> its = side.findings.conditions[common.conditions[i]].members;
    std::erase_if(its, [&](std::size_t row) { return !measured(side.summary[row]); });
    // What is lent has no rate and comes last.
    std::ranges::stable_sort(its, {}, [&](std::size_t row) {
      return std::pair(-side.summary[row].transfer_bytes_per_s.centre.value_or(0),
                       *side.summary[row].total_s_median);
    });
    for (const std::size_t row : its) {
      const std::string& name = side.findings.names[row];
      auto line = std::ranges::find(lines, name, [](const auto& it) { return it.first; });
      if (line == lines.end()) line = lines.insert(line, {name, {sides.size(), nullptr}});
      line->second[i] = &side.summary[row];
    }
  }
  text::Table table{"", {{"transport", true}}, {}};
  for (const Side& side : sides) table.headings.push_back({side.name});
  for (const auto& [name, rows] : lines) {
    std::vector<text::TableCell>& cells = table.rows.emplace_back();
    cells.push_back({name});
    for (const SummaryRow* row : rows) cells.push_back({row == nullptr ? "-" : figure(*row)});
  }
  return table;
}

}  // namespace

SideBySide side_by_side(std::span<const Side> sides) {
  SideBySide found;
  found.common = common_conditions(sides);
  found.differences = differences_of(sides);
  found.headline = headline_of(sides, found);
  return found;
}

std::string side_by_side_text(std::span<const Side> sides, const SideBySide& found, bool as_markdown,
                              const text::Look& look) {
  if (found.common.empty())
    return as_markdown ? std::string{none_in_common} : text::fitted(none_in_common, look);
  const std::string& title = found.common.front().text;
  const text::Table table = comparison_table(sides, found.common.front());
  return as_markdown ? "### " + title + "\n\n" + markdown_text(table) + "\n" + text::markdown_literal(legend)
                     : text::fitted(title + "\n", look, text::Tint::strong) + table_text(table, look) +
                           text::fitted(legend, look, text::Tint::faint);
}

std::string side_by_side_json(std::span<const Side> sides, const SideBySide& found) {
  nlohmann::ordered_json json = {{"schema", findings_schema},
                                 {"headline", found.headline},
                                 {"results", nlohmann::ordered_json::array()},
                                 {"differences", found.differences},
                                 {"conditions", nlohmann::ordered_json::array()}};
  for (const Side& side : sides)
    json["results"].push_back({{"name", side.name}, {"directory", side.directory}});
  for (const SideBySide::Common& common : found.common) {
    json["conditions"].push_back({{"text", common.text},
                                  {"by", common.by_transfer ? "transfer" : "total"},
                                  {"of", common.conditions}});
  }
  return text::json_text(json);
}

}  // namespace ipcsort::results
