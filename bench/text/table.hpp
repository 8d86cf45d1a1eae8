// A table that fits: columns aligned, and left out by how much they are missed where there is no room.
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "bench/text/csv.hpp"
#include "bench/text/style.hpp"

namespace ipcsort::text {

struct Heading {
  std::string title;
  bool to_the_left = false;  // text; figures go to the right
  int spare = 0;             // 0: never left out; otherwise the highest goes first
};

struct TableCell {
  std::string text;
  Tint tint = Tint::none;
};

// Cells, each with what it stands under.
using HeadedCells = std::vector<std::pair<Heading, TableCell>>;

struct Table {
  std::string title{};  // "" for none
  std::vector<Heading> headings{};
  std::vector<std::vector<TableCell>> rows{};  // each as long as `headings`
  bool names_last = false;                     // columns are left out before names are shortened

  // A row; the headings are those of the last one.
  void add(const HeadedCells& row);
};

// What names longer than this are shortened to, in the middle, where there is no room for them.
inline constexpr std::size_t name_columns_max = 30;

// The table with its headings, no line wider than look.columns unless what is never left out is. Where it
// would be, first the texts of columns that are never left out are shortened, then columns left out, which
// are named below the table; with names_last the other way round, and no more is cut than has to be. A column
// without any text is left out in any case.
std::string table_text(const Table& table, const Look& look);

// The whole table as GitHub has them, with nothing left out.
std::string markdown_text(const Table& table);

// All columns of rows, as they are in a CSV; numbers to the right.
template <typename Row>
Table table_of(const Columns<Row>& columns, const std::vector<Row>& rows) {
  Table table;
  for (const Column<Row>& column : columns) table.headings.push_back({column.name, column.is_text()});
  for (const Row& row : rows) {
    for (std::vector<TableCell>& cells = table.rows.emplace_back(); const Column<Row>& column : columns)
      cells.push_back({column.get(row)});
  }
  return table;
}

// `text` so that Markdown shows it as it is, in a table or outside.
std::string markdown_literal(const std::string& text);

}  // namespace ipcsort::text
