#include "bench/text/table.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "sys/text.hpp"

namespace ipcsort::text {
namespace {

constexpr std::size_t gap = 2;

using Places = std::vector<std::size_t>;

bool is_name(const Heading& heading) { return heading.to_the_left && heading.spare == 0; }

void shorten_names(Table& table, std::size_t columns_max, const Look& look) {
  for (auto& row : table.rows) {
    for (std::size_t column = 0; column < row.size(); ++column) {
      if (is_name(table.headings[column])) row[column].text = shortened(row[column].text, columns_max, look);
    }
  }
}

std::size_t width_at(const Table& table, std::size_t column) {
  std::size_t width = width_of(table.headings[column].title);
  for (const auto& row : table.rows) width = std::max(width, width_of(row[column].text));
  return width;
}

std::size_t width_of_all(const Table& table, const Places& columns) {
  std::size_t width = 0;
  for (const std::size_t column : columns) width += (width == 0 ? 0 : gap) + width_at(table, column);
  return width;
}

// The columns that hold some text.
Places with_text(const Table& table) {
  Places columns;
  for (std::size_t column = 0; column < table.headings.size(); ++column) {
    const bool any =
        std::ranges::any_of(table.rows, [&](const auto& row) { return !row[column].text.empty(); });
    if (any) columns.push_back(column);
  }
  return columns;
}

// Takes what is missed least out of `columns` until they fit; returns the titles of what was taken.
std::vector<std::string> make_fit(const Table& table, const Look& look, Places& columns) {
  std::vector<std::string> left_out;
  while (width_of_all(table, columns) > look.columns) {
    const auto sparest = std::ranges::max_element(
        columns, {}, [&](std::size_t column) { return table.headings[column].spare; });
    if (table.headings[*sparest].spare == 0) break;
    left_out.push_back(table.headings[*sparest].title);
    columns.erase(sparest);
  }
  return left_out;
}

std::string padded(const std::string& text, std::size_t width, bool to_the_left, Tint tint,
                   const Look& look) {
  const std::string blanks(width - width_of(text), ' ');
  return to_the_left ? look.paint(tint, text) + blanks : blanks + look.paint(tint, text);
}

std::string without_blanks_at_the_end(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

}  // namespace

void Table::add(const HeadedCells& row) {
  headings.clear();
  rows.emplace_back();
  for (const auto& [heading, cell] : row) {
    headings.push_back(heading);
    rows.back().push_back(cell);
  }
}

std::string table_text(const Table& whole, const Look& look) {
  Table table = whole;
  Places columns = with_text(table);
  if (!table.names_last && width_of_all(table, columns) > look.columns)
    shorten_names(table, name_columns_max, look);
  const std::vector<std::string> left_out = make_fit(table, look, columns);
  if (const std::size_t width = width_of_all(table, columns); table.names_last && width > look.columns) {
    const std::size_t longest = width_at(table, columns.front());
    shorten_names(table, std::max(name_columns_max, longest - std::min(longest, width - look.columns)), look);
  }
  std::vector<std::size_t> widths;
  for (const std::size_t column : columns) widths.push_back(width_at(table, column));
  const auto line_of = [&](const auto& piece) {
    std::string line;
    for (std::size_t i = 0; i < columns.size(); ++i)
      line += (i == 0 ? "" : std::string(gap, ' ')) + piece(columns[i], widths[i]);
    return without_blanks_at_the_end(line) + "\n";
  };
  std::string text = table.title.empty() ? "" : fitted(table.title + "\n", look, Tint::strong);
  text += line_of([&](std::size_t column, std::size_t width) {
    const Heading& heading = table.headings[column];
    return padded(heading.title, width, heading.to_the_left, Tint::strong, look);
  });
  for (const auto& row : table.rows) {
    text += line_of([&](std::size_t column, std::size_t width) {
      const TableCell& cell = row[column];
      return padded(cell.text, width, table.headings[column].to_the_left, cell.tint, look);
    });
  }
  if (left_out.empty()) return text;
  return text +
         wrapped("(no room for " + sys::join({left_out.rbegin(), left_out.rend()}, ", ") + ")", look.columns);
}

std::string markdown_text(const Table& table) {
  std::string head = "|", rule = "|", body;
  for (const Heading& heading : table.headings) {
    head += " " + markdown_literal(heading.title) + " |";
    rule += heading.to_the_left ? "---|" : "---:|";
  }
  for (const auto& row : table.rows) {
    body += "|";
    for (const TableCell& cell : row) body += " " + markdown_literal(cell.text) + " |";
    body += "\n";
  }
  const std::string title = table.title.empty() ? "" : "### " + markdown_literal(table.title) + "\n\n";
  return title + head + "\n" + rule + "\n" + body;
}

// Character references are used because they end no cell and open nothing.
std::string markdown_literal(const std::string& text) {
  std::string markdown;
  for (const char c : text) {
    if (std::string_view{"&<>|`*[]\\~$!"}.find(c) != std::string_view::npos) {
      markdown += fmt::format("&#{};", static_cast<int>(c));
    } else {
      markdown += c;
    }
  }
  return markdown;
}

}  // namespace ipcsort::text
