#include "bench/results/side_by_side.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "bench/results/wording.hpp"
#include "bench/text/table.hpp"

namespace ipcsort::results {
namespace {

bool measured(const SummaryRow& row) {
  return row.cell.is_transport() && row.runs_ok > 0 && row.total_s_median;
}

std::set<ConditionId> conditions_of(const std::vector<SummaryRow>& summary) {
  std::set<ConditionId> ids;
  for (const SummaryRow& row : summary) {
    if (measured(row)) ids.insert(condition_of(row));
  }
  return ids;
}

std::optional<ConditionId> largest_in_common(std::span<const NamedSummary> sweeps) {
  std::set<ConditionId> common = conditions_of(sweeps.front().summary);
  for (const NamedSummary& sweep : sweeps.subspan(1)) {
    const std::set<ConditionId> its = conditions_of(sweep.summary);
    std::erase_if(common, [&](const ConditionId& id) { return !its.contains(id); });
  }
  return common.empty() ? std::nullopt : std::optional(*common.rbegin());
}

std::string figure(const SummaryRow& row) {
  const bool clean = row.cell.settings.transfer == pipeline::TransferMode::barrier && !row.cell.lends() && row.transfer_bytes_per_s.centre;
  return clean ? text::rate_text(*row.transfer_bytes_per_s.centre) : text::seconds_text(*row.total_s_median);
}

constexpr std::string_view none_in_common =
    "They have no condition in common: no files, numbers, workers and mode that all have measured.\n";
constexpr std::string_view legend = "(medians; throughput, or the total of what is lent or overlaps)\n";

text::Table comparison_table(std::span<const NamedSummary> sweeps, const ConditionId& id) {
  std::vector<std::map<std::string, const SummaryRow*>> columns;
  std::vector<const SummaryRow*> rows;  // one for each transport that any of them has measured
  std::set<std::string> seen;
  for (const NamedSummary& sweep : sweeps) {
    std::vector<const SummaryRow*> its;
    auto& column = columns.emplace_back();
    for (const SummaryRow& row : sweep.summary) {
      if (!measured(row) || condition_of(row) != id) continue;
      column[subject_text(row)] = &row;
      its.push_back(&row);
    }
    // What is lent has no rate and comes last.
    std::ranges::stable_sort(its, [](const SummaryRow* a, const SummaryRow* b) {
      const auto key = [](const SummaryRow* row) {
        return std::pair(-row->transfer_bytes_per_s.centre.value_or(0), *row->total_s_median);
      };
      return key(a) < key(b);
    });
    for (const SummaryRow* row : its) {
      if (seen.insert(subject_text(*row)).second) rows.push_back(row);
    }
  }
  text::Table table{"", {{"transport", true}}, {}};
  for (const NamedSummary& sweep : sweeps) table.headings.push_back({sweep.name});
  for (const SummaryRow* row : rows) {
    std::vector<text::TableCell>& line = table.rows.emplace_back();
    line.push_back({subject_text(*row)});
    for (const auto& column : columns) {
      const auto found = column.find(line.front().text);
      line.push_back({found == column.end() ? "-" : figure(*found->second)});
    }
  }
  return table;
}

}  // namespace

std::string side_by_side_text(std::span<const NamedSummary> sweeps, const text::Look& look) {
  const auto id = largest_in_common(sweeps);
  if (!id) return text::fitted(none_in_common, look);
  return text::fitted(condition_text(*id) + "\n", look, text::Tint::strong) +
         text::table_text(comparison_table(sweeps, *id), look) +
         text::fitted(legend, look, text::Tint::faint);
}

std::string side_by_side_markdown(std::span<const NamedSummary> sweeps) {
  const auto id = largest_in_common(sweeps);
  if (!id) return std::string{none_in_common};
  return "### " + condition_text(*id) + "\n\n" + text::markdown_text(comparison_table(sweeps, *id)) + "\n" +
         text::markdown_literal(std::string{legend});
}

}  // namespace ipcsort::results
