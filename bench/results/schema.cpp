#include "bench/results/schema.hpp"

#include <nlohmann/json.hpp>

#include "bench/text/json.hpp"

namespace ipcsort::results {
namespace {

constexpr int schema_form = 1;

}  // namespace

std::string schema_json(const std::vector<FileDescription>& files) {
  nlohmann::ordered_json json = {{"schema", schema_form}, {"files", nlohmann::ordered_json::object()}};
  for (const auto& [file, columns] : files) {
    nlohmann::ordered_json& list = json["files"][std::string{file}]["columns"];
    for (const ColumnDescription& column : columns) {
      list.push_back({{"name", column.name},
                      {"type", column.type},
                      {"unit", column.unit},
                      {"meaning", column.meaning},
                      {"role", to_string(column.role)},
                      {"since", column.since}});
    }
  }
  return text::json_text(json);
}

}  // namespace ipcsort::results
