// CSV as RFC 4180 has it, and tables whose columns are written down once.
//
// A Column names a member of a row type, its unit and what it means; header, writer, reader and documentation
// all come from the one list, so that they cannot disagree.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
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
std::string write(std::uint64_t value);
std::string write(std::int64_t value);
std::string write(int value);
std::string write(bool value);
std::string write(const std::optional<double>& value);  // shortest text that reads back the same
void read(std::string_view text, std::string& value);
void read(std::string_view text, std::uint64_t& value);  // these throw std::runtime_error on anything else
void read(std::string_view text, std::int64_t& value);
void read(std::string_view text, int& value);
void read(std::string_view text, bool& value);
void read(std::string_view text, std::optional<double>& value);
}  // namespace field

template <typename Row>
struct Column {
  std::string_view name;
  std::string_view unit;  // "" where there is none
  std::string_view meaning;
  std::function<std::string(const Row&)> get;
  std::function<void(Row&, std::string_view)> set;
  bool is_text = false;  // what looks like a number is none
};

template <typename Row, typename Field>
Column<Row> column(std::string_view name, std::string_view unit, std::string_view meaning,
                   Field Row::*member) {
  return {name,
          unit,
          meaning,
          [member](const Row& row) { return field::write(row.*member); },
          [member](Row& row, std::string_view text) { field::read(text, row.*member); },
          std::is_same_v<Field, std::string>};
}

template <typename Row>
std::string header_line(std::span<const Column<Row>> columns) {
  CsvRecord names;
  for (const auto& column : columns) names.emplace_back(column.name);
  return csv_line(names);
}

template <typename Row>
std::string row_line(std::span<const Column<Row>> columns, const Row& row) {
  CsvRecord fields;
  for (const auto& column : columns) fields.push_back(column.get(row));
  return csv_line(fields);
}

// Header and rows: a whole file.
template <typename Row>
std::string csv_text(std::span<const Column<Row>> columns, const std::vector<Row>& rows) {
  std::string text = header_line(columns);
  for (const Row& row : rows) text += row_line(columns, row);
  return text;
}

// Reads a whole file's text. Columns are found by name: unknown ones are passed over, a missing one is an
// error, as is a field that does not read; the message names line and column.
template <typename Row>
std::vector<Row> read_rows(std::span<const Column<Row>> columns, std::string_view text);

// The columns as a Markdown table, for docs/csv.md.
template <typename Row>
std::string describe_columns(std::span<const Column<Row>> columns) {
  std::string text = "| column | unit | meaning |\n|---|---|---|\n";
  for (const auto& column : columns) {
    text += "| `" + std::string{column.name} + "` | " + std::string{column.unit} + " | " +
            std::string{column.meaning} + " |\n";
  }
  return text;
}

// Where each of `names` stands in `header`; throws std::runtime_error naming what is missing.
std::vector<std::size_t> locate_columns(const CsvRecord& header, const std::vector<std::string_view>& names);
[[noreturn]] void throw_field_error(std::size_t line, std::string_view column, std::string_view text,
                                    std::string_view reason);

template <typename Row>
std::vector<Row> read_rows(std::span<const Column<Row>> columns, std::string_view text) {
  const std::vector<CsvRecord> records = parse_csv(text);
  if (records.empty()) return {};
  std::vector<std::string_view> names;
  for (const auto& column : columns) names.push_back(column.name);
  const std::vector<std::size_t> places = locate_columns(records.front(), names);
  std::vector<Row> rows;
  for (std::size_t line = 1; line < records.size(); ++line) {
    if (records[line].size() != records.front().size()) {
      throw std::runtime_error("record " + std::to_string(line + 1) + " has " +
                               std::to_string(records[line].size()) + " fields, the header " +
                               std::to_string(records.front().size()));
    }
    Row row;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const std::string& value = records[line][places[i]];
      try {
        columns[i].set(row, value);
      } catch (const std::exception& error) {
        throw_field_error(line + 1, columns[i].name, value, error.what());
      }
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace ipcsort::text
