#include "bench/text/csv.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <stdexcept>

#include "sys/error.hpp"
#include "sys/text.hpp"

namespace ipcsort::text {
namespace {

std::string quoted(const std::string& text) {
  if (text.find_first_of(",\"\n\r") == std::string::npos) return text;
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"') result += '"';
    result += c;
  }
  return result + '"';
}

template <typename Number>
void read_number(std::string_view text, Number& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) throw std::runtime_error("not a number");
}

}  // namespace

std::string csv_line(const CsvRecord& fields) {
  std::string line;
  for (const std::string& text : fields) {
    if (&text != &fields.front()) line += ',';
    line += quoted(text);
  }
  return line + '\n';
}

std::vector<CsvRecord> parse_csv(std::string_view text) {
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";  // spreadsheets put it before UTF-8
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  std::vector<CsvRecord> records;
  CsvRecord record;
  std::string value;
  bool in_quotes = false;
  bool was_quoted = false;  // the field's quotes are closed
  std::size_t line = 1;
  std::size_t quote_line = 1;
  const auto end_field = [&] {
    record.push_back(std::move(value));
    value.clear();
    was_quoted = false;
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_quotes) {
      if (c != '"') {
        value += c;
        line += c == '\n' ? 1U : 0U;
      } else if (i + 1 < text.size() && text[i + 1] == '"') {
        value += '"';
        ++i;
      } else {
        in_quotes = false;
        was_quoted = true;
      }
    } else if (c == ',') {
      end_field();
    } else if (c == '\n') {
      end_field();
      records.push_back(std::move(record));
      record.clear();
      ++line;
    } else if (c == '\r') {
      continue;
    } else if (was_quoted || (c == '"' && !value.empty())) {
      throw std::runtime_error(fmt::format("line {}: a quote inside a field", line));
    } else if (c == '"') {
      in_quotes = true;
      quote_line = line;
    } else {
      value += c;
    }
  }
  // What is left in `record` is a torn last line, unless whole lines have gone into an open quote.
  if (in_quotes && text.back() == '\n') {
    throw std::runtime_error(fmt::format("line {}: a quote that is never closed", quote_line));
  }
  return records;
}

std::size_t complete_bytes(std::string_view text) noexcept {
  std::size_t complete = 0;
  bool in_quotes = false;  // a doubled quote leaves and enters
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') in_quotes = !in_quotes;
    if (text[i] == '\n' && !in_quotes) complete = i + 1;
  }
  return complete;
}

std::string_view to_string(Role role) noexcept {
  constexpr std::array names = {"setting", "condition", "measurement", "judgement"};
  return names[static_cast<std::size_t>(role)];
}

namespace field {

std::string write(const std::string& value) { return value; }
std::string write(bool value) { return value ? "1" : "0"; }

std::string write(const std::optional<double>& value) {
  if (!value) return {};
  // Without an exponent, which not every spreadsheet reads; the longest double takes some 340 characters.
  std::array<char, 400> text{};
  const auto [end, error] =
      std::to_chars(text.data(), text.data() + text.size(), *value, std::chars_format::fixed);
  return {text.data(), end};
}

void read(std::string_view text, std::string& value) { value = text; }
void read(std::string_view text, std::uint64_t& value) { read_number(text, value); }
void read(std::string_view text, std::int64_t& value) { read_number(text, value); }
void read(std::string_view text, int& value) { read_number(text, value); }

void read(std::string_view text, bool& value) {
  if (text != "0" && text != "1") throw std::runtime_error("neither 0 nor 1");
  value = text == "1";
}

void read(std::string_view text, std::optional<double>& value) {
  value.reset();
  if (text.empty()) return;
  read_number(text, value.emplace());
  if (!std::isfinite(*value)) throw std::runtime_error("not finite");
}

}  // namespace field

std::string describe_columns(const std::vector<ColumnDescription>& columns) {
  std::string text = "| column | unit | meaning |\n|---|---|---|\n";
  for (const ColumnDescription& column : columns)
    text += fmt::format("| `{}` | {} | {} |\n", column.name, column.unit, column.meaning);
  return text;
}

std::vector<std::optional<std::size_t>> locate_columns(const CsvRecord& header,
                                                       const std::vector<ColumnDescription>& columns) {
  if (header.size() == 1) {
    for (const auto& [separator, name] : {std::pair{';', "semicolons"}, std::pair{'\t', "tabs"}}) {
      if (header.front().find(separator) != std::string::npos)
        throw std::runtime_error(
            fmt::format("line 1: its fields are separated by {}, not commas, as a spreadsheet saves them; "
                        "save it with commas",
                        name));
    }
  }
  std::vector<std::optional<std::size_t>> places;
  std::vector<std::string> missing;
  for (const ColumnDescription& column : columns) {
    const auto found = std::ranges::find(header, column.name);
    std::optional<std::size_t>& place = places.emplace_back();
    if (found != header.end()) {
      place = static_cast<std::size_t>(found - header.begin());
    } else if (column.since == first_version) {
      missing.push_back(column.name);
    }
  }
  if (!missing.empty()) throw std::runtime_error("line 1: missing column " + sys::join(missing, ", "));
  return places;
}

void require_fields(std::size_t record, std::size_t fields, std::size_t header_fields) {
  if (fields == header_fields) return;
  if (fields == 1)
    throw std::runtime_error(
        fmt::format("record {} has one field or is an empty line, the header has {}; take it out", record,
                    header_fields));
  throw std::runtime_error(
      fmt::format("record {} has {} fields, the header {}", record, fields, header_fields));
}

void throw_field_error(std::size_t record, const ColumnDescription& column, const std::string& text,
                       const std::exception& reason) {
  const bool is_refused = dynamic_cast<const UsageError*>(&reason) != nullptr;
  throw std::runtime_error(fmt::format("record {}, column {}: '{}' is {}{}", record, column.name,
                                       sys::printable(text), is_refused ? "refused: " : "", reason.what()));
}

}  // namespace ipcsort::text
