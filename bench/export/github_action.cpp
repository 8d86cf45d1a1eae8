#include "bench/export/github_action.hpp"

#include <nlohmann/json.hpp>
#include <string>

#include "bench/export/benchmark_name.hpp"
#include "bench/text/units.hpp"

namespace ipcsort::exports {
namespace {

std::string extra_of(const results::SummaryRow& row) {
  std::string text = std::to_string(row.runs_ok) + " runs";
  if (row.total_s_hl.low && row.total_s_hl.high) {
    text += "\n95 % interval of the centre: " + text::seconds_text(*row.total_s_hl.low) + " to " +
            text::seconds_text(*row.total_s_hl.high);
  }
  if (row.transfer_bytes_per_s.centre)
    text += "\ntransfer: " + text::rate_text(*row.transfer_bytes_per_s.centre);
  if (row.runs_failed > 0) text += "\n" + std::to_string(row.runs_failed) + " runs failed";
  return text;
}

}  // namespace

nlohmann::ordered_json github_action(const std::vector<results::SummaryRow>& summary) {
  auto entries = nlohmann::ordered_json::array();
  for (const results::SummaryRow& row : summary) {
    if (!row.total_s_median) continue;
    nlohmann::ordered_json entry = {
        {"name", benchmark_name("total", row.cell)}, {"unit", "ms"}, {"value", *row.total_s_median * 1e3}};
    if (row.total_s_mad) entry["range"] = "± " + text::seconds_text(*row.total_s_mad);
    entry["extra"] = extra_of(row);
    entries.push_back(std::move(entry));
  }
  return entries;
}

}  // namespace ipcsort::exports
