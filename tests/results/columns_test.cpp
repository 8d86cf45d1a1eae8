// The tables of rows: every column written is read back, and is of one value alone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "bench/messages/rows.hpp"
#include "bench/messages/summary.hpp"
#include "bench/results/run_row.hpp"
#include "bench/results/summary.hpp"
#include "bench/text/csv.hpp"

namespace ipcsort::text {
namespace {

// A value for column `i` that the column takes and no other column has, if it takes one at all; of words one
// that is no default.
template <typename Row>
std::string fill(const Column<Row>& column, std::size_t i, Row& row) {
  std::vector<std::string> texts = {std::to_string(1000 + i) + ".5",
                                    std::to_string(1000 + i),
                                    "1",
                                    "skipped",
                                    "calibration",
                                    "memcpy_two_copies",
                                    "zipf",
                                    "a=" + std::to_string(i)};
  for (const pipeline::SettingRow& setting : pipeline::settings()) {
    if (setting.name == column.name) texts = {std::string{setting.words[setting.get({}) == 0 ? 1 : 0]}};
  }
  if (column.name == "made_for") texts = {"best"};
  if (column.name == "transport") texts = {"memcpy_two_copies"};
  if (column.name == "kind") texts = {"calibration"};
  for (const std::string& text : texts) {
    try {
      column.set(row, text);
      if (column.name == "kind" || column.get(row) == text) return text;  // `transport` completes the kind
    } catch (const std::runtime_error&) {
      continue;
    }
  }
  ADD_FAILURE() << column.name << " takes nothing";
  return {};
}

template <typename Row>
void expect_every_column_to_be_a_place_of_its_own(const Columns<Row>& columns) {
  Row row;
  CsvRecord written;
  for (std::size_t i = 0; i < columns.size(); ++i) written.push_back(fill(columns[i], i, row));
  for (std::size_t i = 0; i < columns.size(); ++i)
    EXPECT_EQ(columns[i].get(row), written[i]) << columns[i].name;
  const std::string line = row_line(columns, row);
  EXPECT_EQ(line, csv_line(written));
  const std::vector<Row> again = read_rows(columns, header_line(columns) + line);
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(row_line(columns, again[0]), line);

  std::set<std::string_view> names;
  for (const auto& column : columns) {
    EXPECT_TRUE(names.insert(column.name).second) << column.name << " twice";
    EXPECT_EQ(column.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_"), std::string_view::npos);
  }
}

TEST(RunColumns, EachIsAPlaceOfItsOwn) {
  expect_every_column_to_be_a_place_of_its_own(results::run_columns());
}
TEST(MicroColumns, EachIsAPlaceOfItsOwn) {
  expect_every_column_to_be_a_place_of_its_own(messages::micro_columns());
}
TEST(SummaryColumns, EachIsAPlaceOfItsOwn) {
  expect_every_column_to_be_a_place_of_its_own(results::summary_columns());
}

TEST(RunColumns, TextsWithEverythingInThemReadBack) {
  results::RunRow row;
  row.error = "worker 1: open(a,b \"c\"\nd): No such file";
  row.cell.subject.options = cell::read_options("capacity=1M wait=spin");
  const auto again = read_rows(results::run_columns(),
                               header_line(results::run_columns()) + row_line(results::run_columns(), row));
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0].error, row.error);
  EXPECT_EQ(again[0].cell.subject.options, row.cell.subject.options);
  EXPECT_FALSE(again[0].total_s.has_value());
}

TEST(RowKeys, TellCellsAndConditionsApart) {
  results::RunRow a;
  a.cell.subject.kind = pipeline::SubjectKind::transport;
  a.cell.subject.name = "pipe";
  a.cell.workers = 2;
  results::RunRow b = a;
  b.seq = 7;
  b.block = 3;
  b.total_s = 1;
  EXPECT_EQ(a.cell, b.cell);
  b.cell.subject.options = cell::read_options("capacity=1M");
  EXPECT_NE(a.cell, b.cell);
  EXPECT_EQ(a.cell.condition(), b.cell.condition());
  b = a;
  b.cell.workers = 3;
  EXPECT_NE(a.cell.condition(), b.cell.condition());
  // No two neighbouring fields may flow into one another.
  b = a;
  a.cell.files = 1;
  a.cell.numbers = 23;
  b.cell.files = 12;
  b.cell.numbers = 3;
  EXPECT_NE(a.cell.condition(), b.cell.condition());
}

// Whoever reads docs/csv.md or schema.json has nothing else to go by.
template <typename Row>
void expect_a_meaning_for_each(const Columns<Row>& columns) {
  for (const Column<Row>& column : columns) EXPECT_FALSE(column.meaning.empty()) << column.name;
}

TEST(Columns, EachHasAMeaning) {
  expect_a_meaning_for_each(results::run_columns());
  expect_a_meaning_for_each(results::summary_columns());
  expect_a_meaning_for_each(results::overall_columns());
  expect_a_meaning_for_each(messages::micro_columns());
  expect_a_meaning_for_each(messages::micro_summary_columns());
}

}  // namespace
}  // namespace ipcsort::text
