// What the rows of each CSV file hold, as data: schema.json lies beside them, so that a reader need not know
// the names of settings that came after it.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/text/csv.hpp"

namespace ipcsort::results {

enum class Role {
  setting,      // chosen by whoever measured
  condition,    // what was measured, and when
  measurement,  // a figure
  judgement     // what follows from comparing figures
};
std::string_view to_string(Role role) noexcept;

Role column_role(std::string_view column) noexcept;

// Is the column a setting that whole conditions share, rather than one by which the compared differ?
bool is_shared_setting(std::string_view column) noexcept;

struct ColumnDescription {
  std::string_view name, unit, meaning;
  bool is_text = false;
};
using FileDescription = std::pair<std::string_view, std::vector<ColumnDescription>>;  // by the file's name

template <typename Row>
FileDescription describe_file(std::string_view name, std::span<const text::Column<Row>> columns) {
  FileDescription file{name, {}};
  for (const text::Column<Row>& column : columns)
    file.second.push_back({column.name, column.unit, column.meaning, column.is_text});
  return file;
}

// {"schema": 1, "files": {"summary.csv": {"columns": [{"name", "type", "unit", "meaning", "role",
// "since"}]}}}
std::string schema_json(const std::vector<FileDescription>& files);

}  // namespace ipcsort::results
