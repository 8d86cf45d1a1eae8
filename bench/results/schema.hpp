// What the rows of each CSV file hold, as data: schema.json lies beside them, so that a reader need not know
// the names of settings that came after it.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/text/csv.hpp"

namespace ipcsort::results {

struct ColumnDescription {
  std::string name, unit, meaning, type;
  text::Role role;
  std::string since;
};
using FileDescription = std::pair<std::string_view, std::vector<ColumnDescription>>;  // by the file's name

template <typename Row>
FileDescription describe_file(std::string_view name, const text::Columns<Row>& columns) {
  FileDescription file{name, {}};
  for (const text::Column<Row>& column : columns)
    file.second.push_back({column.name, std::string{column.unit}, column.meaning, std::string{column.type},
                           column.role, std::string{column.since}});
  return file;
}

// {"schema": 1, "files": {"summary.csv": {"columns": [{"name", "type", "unit", "meaning", "role",
// "since"}]}}}
std::string schema_json(const std::vector<FileDescription>& files);

}  // namespace ipcsort::results
