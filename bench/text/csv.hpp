// CSV as RFC 4180 has it, and tables whose columns are written down once.
//
// A Column names a member of a row type, its unit and what it means; header, writer, reader and documentation
// all come from the one list, so that they cannot disagree.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace ipcsort::text {

using CsvRecord = std::vector<std::string>;

// One line with its newline; fields with commas, quotes or newlines are quoted.
std::string csv_line(const CsvRecord& fields);

// All complete records of `text`. A last line without a newline was cut off while it was written and is
// dropped. Throws std::runtime_error naming the line for a quote that is never closed or stands where none
// may.
std::vector<CsvRecord> parse_csv(std::string_view text);

// How many bytes of `text` are complete records; what follows is a torn last line.
std::size_t complete_bytes(std::string_view text) noexcept;

// How the types that rows are made of are written and read. An absent value is an empty field.
namespace field {
std::string write(const std::string& value);
std::string write(bool value);
template <std::integral Number>
std::string write(Number value) {
  return std::to_string(value);
}
std::string write(const std::optional<double>& value);  // shortest text that reads back the same
void read(std::string_view text, std::string& value);
void read(std::string_view text, std::uint64_t& value);  // these throw std::runtime_error on anything else
void read(std::string_view text, std::int64_t& value);
void read(std::string_view text, int& value);
void read(std::string_view text, bool& value);
void read(std::string_view text, std::optional<double>& value);

template <typename Field>
inline constexpr std::string_view type_name = std::is_same_v<Field, std::string> ? "text"
                                              : std::is_same_v<Field, bool>      ? "boolean"
                                              : std::is_integral_v<Field>        ? "integer"
                                                                                 : "number";
}  // namespace field

// What a column is for whoever reads the file without knowing the program.
enum class Role {
  setting,      // chosen by whoever measured
  condition,    // what was measured, and when
  measurement,  // a figure
  judgement     // what became of it, and what follows from comparing figures
};
std::string_view to_string(Role role) noexcept;

inline constexpr std::string_view first_version = "0.1.0";

// What a column says of itself.
struct ColumnDescription {
  std::string name;
  std::string_view unit{};  // "" where there is none
  std::string meaning{};
  std::string_view type = "number";  // text, integer, number or boolean, as JSON Schema has them
  Role role = Role::measurement;
  // The version that began to write it. What an older file lacks is absent, not an error.
  std::string_view since = first_version;

  [[nodiscard]] bool is_text() const noexcept { return type == "text"; }  // what looks like a number is none
};

template <typename Row>
struct Column : ColumnDescription {
  std::function<std::string(const Row&)> get;
  std::function<void(Row&, std::string_view)> set;  // throws for what it does not read
};

template <typename Row>
using Columns = std::vector<Column<Row>>;

template <typename Row>
std::vector<ColumnDescription> described(const Columns<Row>& columns) {
  return {columns.begin(), columns.end()};
}

// The member that a path of pointers to members leads to.
template <typename Object, typename First, typename... Deeper>
auto& member(Object& object, First first, Deeper... deeper) {
  if constexpr (sizeof...(deeper) == 0) {
    return object.*first;
  } else {
    return member(object.*first, deeper...);
  }
}

// The column of a member of Row, or of a member of a member and so on.
template <typename Row, typename First, typename... Deeper>
Column<Row> column(std::string_view name, std::string_view unit, std::string_view meaning, First first,
                   Deeper... deeper) {
  using Field = std::remove_cvref_t<decltype(member(std::declval<Row&>(), first, deeper...))>;
  return {{std::string{name}, unit, std::string{meaning}, field::type_name<Field>},
          [=](const Row& row) { return field::write(member(row, first, deeper...)); },
          [=](Row& row, std::string_view text) { field::read(text, member(row, first, deeper...)); }};
}
template <typename Row, typename Field>
Column<Row> column(std::string_view name, std::string_view unit, std::string_view meaning,
                   Field Row::*member) {
  return column<Row, Field Row::*>(name, unit, meaning, member);
}

// A column of words or of text that is put together; without `set` it is not read.
template <typename Row, typename Get>
Column<Row> text_column(std::string_view name, std::string_view meaning, Get get,
                        std::function<void(Row&, std::string_view)> set = {}) {
  return {{std::string{name}, "", std::string{meaning}, "text"},
          [get](const Row& row) { return std::string{get(row)}; },
          std::move(set)};
}

// `column`, or all `columns`, in that role unless there is one already.
template <typename Row>
Column<Row> of_role(Role role, Column<Row> column) {
  if (column.role == Role::measurement) column.role = role;
  return column;
}
template <typename Row>
Columns<Row> of_role(Role role, Columns<Row> columns) {
  for (Column<Row>& column : columns) column = of_role(role, std::move(column));
  return columns;
}

// `column`, which older files than those of `version` lack.
template <typename Row>
Column<Row> since(std::string_view version, Column<Row> column) {
  column.since = version;
  return column;
}

// What a list of groups has, one after the other.
template <typename Row>
Columns<Row> joined(std::initializer_list<Columns<Row>> groups) {
  Columns<Row> all;
  for (const Columns<Row>& group : groups) all.insert(all.end(), group.begin(), group.end());
  return all;
}

// The columns of a part of Row, for Row.
template <typename Row, typename Part>
Columns<Row> columns_of_part(Part Row::*part, const Columns<Part>& columns) {
  Columns<Row> all;
  for (const Column<Part>& column : columns) {
    all.push_back({column, [=, get = column.get](const Row& row) { return get(row.*part); },
                   [=, set = column.set](Row& row, std::string_view text) { set(row.*part, text); }});
  }
  return all;
}

// The columns as a file that has this header has them, perhaps of another version: what it lacks is not written, what only
// it has stays empty.
template <typename Row>
Columns<Row> in_order_of(const CsvRecord& header, const Columns<Row>& columns) {
  Columns<Row> ordered;
  for (const std::string& name : header) {
    const auto known = std::ranges::find(columns, name, &Column<Row>::name);
    ordered.push_back(known != columns.end() ? *known
                                             : text_column<Row>(name, "", [](const Row&) { return ""; }));
  }
  return ordered;
}

template <typename Row>
std::string header_line(const Columns<Row>& columns) {
  CsvRecord names;
  for (const auto& column : columns) names.push_back(column.name);
  return csv_line(names);
}

template <typename Row>
CsvRecord fields_of(const Columns<Row>& columns, const Row& row) {
  CsvRecord fields;
  for (const auto& column : columns) fields.push_back(column.get(row));
  return fields;
}

template <typename Row>
std::string row_line(const Columns<Row>& columns, const Row& row) {
  return csv_line(fields_of(columns, row));
}

// Header and rows: a whole file.
template <typename Row>
std::string csv_text(const Columns<Row>& columns, const std::vector<Row>& rows) {
  std::string text = header_line(columns);
  for (const Row& row : rows) text += row_line(columns, row);
  return text;
}

// The columns as a Markdown table, for docs/csv.md.
std::string describe_columns(const std::vector<ColumnDescription>& columns);

// Where each of `columns` stands in `header`, if anywhere; throws std::runtime_error naming those that every
// version has written and that are missing.
std::vector<std::optional<std::size_t>> locate_columns(const CsvRecord& header,
                                                       const std::vector<ColumnDescription>& columns);
void require_fields(std::size_t record, std::size_t fields, std::size_t header_fields);
[[noreturn]] void throw_field_error(std::size_t record, const ColumnDescription& column,
                                    const std::string& text, const std::exception& reason);

// Reads a whole file's text. Columns are found by name: unknown ones are passed over. One that is missing is
// an error if every version has written it; otherwise the rows have what Row begins with. So is a field that
// does not read; the message names line and column.
template <typename Row>
std::vector<Row> read_rows(const Columns<Row>& columns, std::string_view text) {
  const std::vector<CsvRecord> records = parse_csv(text);
  if (records.empty()) return {};
  const std::vector<std::optional<std::size_t>> places = locate_columns(records.front(), described(columns));
  std::vector<Row> rows;
  for (std::size_t record = 1; record < records.size(); ++record) {
    require_fields(record + 1, records[record].size(), records.front().size());
    Row& row = rows.emplace_back();
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (!places[i]) continue;
      const std::string& field = records[record][*places[i]];
      try {
        columns[i].set(row, field);
      } catch (const std::exception& error) {
        throw_field_error(record + 1, columns[i], field, error);
      }
    }
  }
  return rows;
}

}  // namespace ipcsort::text
