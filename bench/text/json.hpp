// Rows of tables as JSON: numbers are numbers, and what is absent is null.
#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "bench/text/csv.hpp"

namespace ipcsort::text {

template <typename Row>
nlohmann::ordered_json to_json(std::span<const Column<Row>> columns, const Row& row) {
  nlohmann::ordered_json json;
  for (const Column<Row>& column : columns) {
    const std::string text = column.get(row);
    auto& value = json[std::string{column.name}];  // null
    if (text.empty()) continue;
    value = column.is_text ? nlohmann::ordered_json(text) : nlohmann::ordered_json::parse(text);
  }
  return json;
}

template <typename Row>
nlohmann::ordered_json to_json(std::span<const Column<Row>> columns, const std::vector<Row>& rows) {
  auto list = nlohmann::ordered_json::array();
  for (const Row& row : rows) list.push_back(to_json(columns, row));
  return list;
}

// As text with its newline; bytes that are not UTF-8 become U+FFFD.
inline std::string json_text(const nlohmann::ordered_json& json) {
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace ipcsort::text
