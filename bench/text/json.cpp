#include "bench/text/json.hpp"

#include <nlohmann/json.hpp>

namespace ipcsort::text {

using nlohmann::ordered_json;

ordered_json to_json(const std::vector<ColumnDescription>& columns, const CsvRecord& fields) {
  ordered_json json;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    ordered_json& value = json[columns[i].name];  // null
    if (fields[i].empty()) continue;
    value = columns[i].is_text() ? ordered_json(fields[i]) : ordered_json::parse(fields[i]);
  }
  return json;
}

ordered_json parse_json(const std::string& text) { return ordered_json::parse(text); }

std::string place_in(const std::exception& error) {
  const std::string_view text = error.what();
  const std::size_t begin = text.find("line "), end = text.find(':', begin);
  return begin == text.npos || end == text.npos ? ""
                                                : " (" + std::string{text.substr(begin, end - begin)} + ")";
}

std::string compact_json(const ordered_json& json, bool ascii) {
  return json.dump(-1, ' ', ascii, ordered_json::error_handler_t::replace);
}

std::string json_text(const ordered_json& json, int indent) {
  return json.dump(indent, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

std::string json_text(const std::vector<ColumnDescription>& columns, const CsvRecord& fields) {
  return json_text(to_json(columns, fields));
}

std::string json_text(const std::vector<ColumnDescription>& columns, const std::vector<CsvRecord>& rows) {
  auto list = ordered_json::array();
  for (const CsvRecord& fields : rows) list.push_back(to_json(columns, fields));
  return json_text(list);
}

std::string schema_json(const std::vector<FileDescription>& files) {
  ordered_json json = {{"schema", 1}, {"files", ordered_json::object()}};
  for (const auto& [file, columns] : files) {
    ordered_json& list = json["files"][std::string{file}]["columns"];
    for (const ColumnDescription& column : columns) {
      list.push_back({{"name", column.name},
                      {"type", column.type},
                      {"unit", column.unit},
                      {"meaning", column.meaning},
                      {"role", to_string(column.role)},
                      {"since", column.since}});
    }
  }
  return json_text(json);
}

}  // namespace ipcsort::text
