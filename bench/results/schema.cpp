#include "bench/results/schema.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "bench/text/json.hpp"

namespace ipcsort::results {
namespace {

constexpr int schema_form = 1;

constexpr std::array<std::string_view, 10> settings = {"handover",  "distribution", "sorter", "parser",
                                                       "drain",     "transfer",     "merge",  "pages",
                                                       "placement", "memory"};
constexpr std::array<std::string_view, 23> conditions = {
    "seq",       "block",   "pos",   "warm",       "attempt",    "started_utc", "repeats", "kind",
    "transport", "options", "files", "numbers",    "workers",    "data_seed",   "family",  "bytes",
    "runs",      "threads", "fresh", "repetition", "conditions", "blocks",      "cpus"};
constexpr std::array<std::string_view, 9> judgements = {"status",         "error",   "reason",
                                                        "disturbed",      "runs_ok", "runs_failed",
                                                        "runs_disturbed", "noisy",   "outliers"};

template <typename Names>
bool is_in(const Names& names, std::string_view name) noexcept {
  return std::ranges::find(names, name) != names.end();
}

}  // namespace

std::string_view to_string(Role role) noexcept {
  switch (role) {
    case Role::setting: return "setting";
    case Role::condition: return "condition";
    case Role::measurement: return "measurement";
    case Role::judgement: return "judgement";
  }
  return "unknown";
}

Role column_role(std::string_view column) noexcept {
  if (is_in(settings, column)) return Role::setting;
  if (is_in(conditions, column)) return Role::condition;
  const bool compares = column.find("best") != std::string_view::npos ||
                        column.find("second") != std::string_view::npos ||
                        column.find("leader") != std::string_view::npos;
  return compares || is_in(judgements, column) ? Role::judgement : Role::measurement;
}

bool is_shared_setting(std::string_view column) noexcept {
  return column_role(column) == Role::setting && column != "handover";
}

std::string schema_json(const std::vector<FileDescription>& files) {
  nlohmann::ordered_json json = {{"schema", schema_form}, {"files", nlohmann::ordered_json::object()}};
  for (const auto& [file, columns] : files) {
    nlohmann::ordered_json& list = json["files"][std::string{file}]["columns"];
    for (const ColumnDescription& column : columns) {
      list.push_back({{"name", column.name},
                      {"type", column.is_text ? "text" : "number"},
                      {"unit", column.unit},
                      {"meaning", column.meaning},
                      {"role", to_string(column_role(column.name))},
                      {"since", "0.1.0"}});
    }
  }
  return text::json_text(json);
}

}  // namespace ipcsort::results
