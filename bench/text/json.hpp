// Rows of tables as JSON: numbers are numbers, and what is absent is null.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bench/text/csv.hpp"

namespace ipcsort::text {

// A value as the CSV has it.
struct JsonField {
  std::string_view name;
  std::string text;
  bool is_text = false;  // otherwise a number, or nothing
};

nlohmann::ordered_json to_json(const std::vector<JsonField>& fields);

// Compiled in one place: each file that parses or writes JSON by itself takes two seconds longer to build.
nlohmann::ordered_json parse_json(const std::string& text);  // throws nlohmann::ordered_json::parse_error
// In one line, perhaps of ASCII alone. Here and below, bytes that are not UTF-8 become U+FFFD.
std::string compact_json(const nlohmann::ordered_json& json, bool ascii = false);

// As text with its newline.
std::string json_text(const nlohmann::ordered_json& json, int indent = 2);
std::string json_text(const std::vector<JsonField>& fields);
std::string json_text(const std::vector<std::vector<JsonField>>& rows);

template <typename Row>
std::vector<JsonField> json_fields(const Columns<Row>& columns, const Row& row) {
  std::vector<JsonField> fields;
  for (const Column<Row>& column : columns)
    fields.push_back({column.name, column.get(row), column.is_text()});
  return fields;
}

template <typename Row>
std::vector<std::vector<JsonField>> json_fields(const Columns<Row>& columns, const std::vector<Row>& rows) {
  std::vector<std::vector<JsonField>> all;
  for (const Row& row : rows) all.push_back(json_fields(columns, row));
  return all;
}

}  // namespace ipcsort::text
