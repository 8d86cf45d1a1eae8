// Rows of tables as JSON: numbers are numbers, and what is absent is null.
#pragma once

#include <exception>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/text/csv.hpp"

namespace ipcsort::text {

// A row of a file of CSV.
nlohmann::ordered_json to_json(const std::vector<ColumnDescription>& columns, const CsvRecord& fields);

// Compiled in one place: each file that parses or writes JSON by itself takes two seconds longer to build.
nlohmann::ordered_json parse_json(const std::string& text);  // throws nlohmann::ordered_json::parse_error
// Where that is: " (line 3, column 7)"; "" where it does not say.
std::string place_in(const std::exception& error);
// In one line, perhaps of ASCII alone. Here and below, bytes that are not UTF-8 become U+FFFD.
std::string compact_json(const nlohmann::ordered_json& json, bool ascii = false);

// As text with its newline.
std::string json_text(const nlohmann::ordered_json& json, int indent = 2);
std::string json_text(const std::vector<ColumnDescription>& columns, const CsvRecord& fields);
std::string json_text(const std::vector<ColumnDescription>& columns, const std::vector<CsvRecord>& rows);

template <typename Row>
std::string json_text(const Columns<Row>& columns, const std::vector<Row>& rows) {
  std::vector<CsvRecord> records;
  for (const Row& row : rows) records.push_back(fields_of(columns, row));
  return json_text(described(columns), records);
}

// What the rows of each file hold, as data: schema.json lies beside them, so that a reader need not know the
// names of settings that came after it. {"schema": 1, "files": {"summary.csv": {"columns": [{"name", "type",
// "unit", "meaning", "role", "since"}]}}}
using FileDescription = std::pair<std::string_view, std::vector<ColumnDescription>>;  // by its name
std::string schema_json(const std::vector<FileDescription>& files);

}  // namespace ipcsort::text
