// CSV as such, and the two tables: every column written is read back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <set>
#include <string>
#include <vector>

#include "bench/messages/rows.hpp"
#include "bench/results/run_row.hpp"
#include "bench/results/summary.hpp"
#include "bench/text/csv.hpp"
#include "tests/unit/driver_support.hpp"

namespace ipcsort::text {
namespace {

using test::message_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// ---------------------------------------------------------------- CSV

TEST(Csv, FieldsAreQuotedOnlyWhenTheyMustBe) {
  EXPECT_EQ(csv_line({"a", "", "b c"}), "a,,b c\n");
  EXPECT_EQ(csv_line({"a,b", "say \"hi\"", "two\nlines", "cr\r"}),
            "\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\",\"cr\r\"\n");
}

TEST(Csv, WhatIsWrittenIsRead) {
  const std::vector<CsvRecord> records = {{"plain", "1"},
                                          {",", "\""},
                                          {"\n", "\r\n"},
                                          {"\"\"", "a\"b"},
                                          {"", ""},
                                          {"  blanks  ", "\tTab"},
                                          {"\"start", "end\""},
                                          {"a,\"b\"\nc,d", ","},
                                          {"\xc3\xa4", std::string("\0x", 2)}};
  std::string text;
  for (const CsvRecord& record : records) text += csv_line(record);
  EXPECT_EQ(parse_csv(text), records);
}

TEST(Csv, LinesMayEndWithCrLf) {
  EXPECT_THAT(parse_csv("a,b\r\n1,2\r\n"), ElementsAre(CsvRecord{"a", "b"}, CsvRecord{"1", "2"}));
}

TEST(Csv, ATornLastLineIsDroppedWhereverItWasTorn) {
  const std::string whole = csv_line({"a", "b"}) + csv_line({"1", "2"});
  const std::string last = csv_line({"x,y", "two\nlines", "\"q\""});
  for (std::size_t cut = 0; cut < last.size(); ++cut) {
    const std::string text = whole + last.substr(0, cut);
    if (cut > 0 && text.back() == '\n') continue;  // torn at a newline inside quotes: see below
    EXPECT_EQ(parse_csv(text).size(), 2U) << cut;
  }
  EXPECT_EQ(parse_csv(whole + last).size(), 3U);
  EXPECT_THAT(parse_csv(""), IsEmpty());
  EXPECT_THAT(parse_csv("header"), IsEmpty());
}

TEST(Csv, AQuoteThatIsNeverClosedDoesNotSwallowWhatFollows) {
  EXPECT_THAT(message_of<std::runtime_error>([] { parse_csv("a,b\n1,2\n3,\"x\n4,5\n6,7\n"); }),
              HasSubstr("line 3: a quote that is never closed"));
}

TEST(Csv, CompleteBytesEndWhereTheLastWholeRecordDoes) {
  const std::string whole = csv_line({"a", "b"}) + csv_line({"\n", "x\"y\n"});
  const std::string last = csv_line({"\"", "two\nlines"});
  for (std::size_t cut = 0; cut < last.size(); ++cut) {
    EXPECT_EQ(complete_bytes(whole + last.substr(0, cut)), whole.size()) << cut;
  }
  EXPECT_EQ(complete_bytes(whole + last), whole.size() + last.size());
  EXPECT_EQ(complete_bytes(""), 0U);
  EXPECT_EQ(complete_bytes("torn"), 0U);
}

TEST(Csv, AQuoteWhereNoneMayStand) {
  EXPECT_THAT(message_of<std::runtime_error>([] { parse_csv("a,b\n1,x\"y\"\n"); }), HasSubstr("line 2"));
  EXPECT_THAT(message_of<std::runtime_error>([] { parse_csv("a,b\n\"1\"2,3\n"); }), HasSubstr("line 2"));
}

struct Simple {
  std::string name;
  std::uint64_t count = 0;
  int number = 0;
  bool flag = false;
  std::optional<double> value;
};

const Columns<Simple>& simple_columns() {
  static const Columns<Simple> columns = {
      column("name", "", "", &Simple::name), column("count", "", "", &Simple::count),
      column("number", "", "", &Simple::number), column("flag", "", "", &Simple::flag),
      column("value", "s", "", &Simple::value)};
  return columns;
}

std::vector<Simple> read_simple(const std::string& text) { return read_rows(simple_columns(), text); }

TEST(ReadRows, FindsColumnsByNameAndPassesOverUnknownOnes) {
  const auto rows =
      read_simple("extra,value,flag,number,count,name,more\nx,0.5,1,-7,18446744073709551615,me,y\n");
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].name, "me");
  EXPECT_EQ(rows[0].count, 18446744073709551615U);
  EXPECT_EQ(rows[0].number, -7);
  EXPECT_TRUE(rows[0].flag);
  EXPECT_EQ(rows[0].value, 0.5);
}

TEST(ReadRows, NamesEveryMissingColumn) {
  const std::string text = message_of<std::runtime_error>([] { read_simple("name,number,flag\n"); });
  EXPECT_THAT(text, HasSubstr("line 1"));
  EXPECT_THAT(text, HasSubstr("count, value"));
}

TEST(ReadRows, ABadFieldNamesRecordColumnAndText) {
  const auto message = [](const std::string& row) {
    return message_of<std::runtime_error>(
        [&] { read_simple("name,count,number,flag,value\nok,1,1,0,\n" + row + "\n"); });
  };
  for (const auto& [row, column_name, field_text] :
       std::vector<std::tuple<std::string, std::string, std::string>>{
           {"n,x,1,0,", "count", "x"},
           {"n,,1,0,", "count", ""},
           {"n,-1,1,0,", "count", "-1"},
           {"n,18446744073709551616,1,0,", "count", "18446744073709551616"},
           {"n,1,1.5,0,", "number", "1.5"},
           {"n,1,2147483648,0,", "number", "2147483648"},
           {"n,1,1,2,", "flag", "2"},
           {"n,1,1,0,fast", "value", "fast"},
           {"n,1,1,0,1 ", "value", "1 "}}) {
    const std::string text = message(row);
    EXPECT_THAT(text, HasSubstr("record 3")) << row;
    EXPECT_THAT(text, HasSubstr("column " + column_name + ":")) << row;
    EXPECT_THAT(text, HasSubstr("'" + field_text + "'")) << row;
  }
}

TEST(ReadRows, ARecordWithTooFewFieldsIsAnError) {
  EXPECT_THAT(message_of<std::runtime_error>([] { read_simple("name,count,number,flag,value\nn,1,1,0\n"); }),
              HasSubstr("record 2"));
}

TEST(ReadRows, OfNothingIsNothing) {
  EXPECT_THAT(read_simple(""), IsEmpty());
  EXPECT_THAT(read_simple("name,count,number,flag,value\n"), IsEmpty());
}

TEST(Fields, DoublesReadBackExactlyAndWithoutAnExponent) {
  for (const double value :
       {0.0, 0.1, 1.0 / 3, 1e-9, 123456789.123456789, 5e-324, 1.7976931348623157e308, -2.5}) {
    const std::string text = field::write(std::optional<double>{value});
    EXPECT_EQ(text.find_first_of("eE"), std::string::npos) << text;
    std::optional<double> again;
    field::read(text, again);
    EXPECT_EQ(again, value);
  }
  EXPECT_EQ(field::write(std::optional<double>{}), "");
  EXPECT_EQ(field::write(std::optional<double>{0.25}), "0.25");
}

// ---------------------------------------------------------------- the two tables

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

// Other programs find columns by these names. Add at the end of a group; renaming or removing one breaks old
// results.
TEST(RunColumns, HeaderIsAsPublished) {
  EXPECT_EQ(header_line(results::run_columns()),
            "seq,block,pos,warm,attempt,disturbed,started_utc,status,error,repeats,kind,transport,"
            "options,handover,files,numbers,workers,distribution,data_seed,sorter,parser,drain,"
            "transfer,merge,pages,placement,memory,total_s,setup_s,merge_s,verify_s,spawn_s_max,"
            "read_s_max,parse_s_max,sort_s_max,wait_s_max,transfer_s_max,spawn_s_mean,read_s_mean,"
            "parse_s_mean,sort_s_mean,wait_s_mean,transfer_s_mean,path_spawn_s,path_read_s,"
            "path_parse_s,path_sort_s,path_wait_s,path_transfer_s,path_other_s,payload_bytes,steps,"
            "transfer_window_s,transfer_bytes_per_s,one_copy_bytes_per_s,two_copies_bytes_per_s,"
            "share_of_one_copy,share_of_two_copies,parent_user_s,parent_system_s,workers_user_s,"
            "workers_system_s,switches_voluntary,switches_involuntary,faults_minor,faults_major,"
            "parent_rss_bytes_max,worker_rss_bytes_max,cpus,migrations,load_1m,steal_s,foreign_cpu_s,"
            "cost_s\n");
}

TEST(SummaryColumns, HeaderIsAsPublished) {
  EXPECT_EQ(
      header_line(results::summary_columns()),
      "kind,transport,options,handover,files,numbers,workers,distribution,data_seed,sorter,"
      "parser,drain,transfer,merge,pages,placement,memory,status,runs_ok,runs_failed,runs_disturbed,reason,"
      "relative_half_width,noisy,payload_bytes,"
      "total_s_median,total_s_hl,total_s_ci_low,total_s_ci_high,total_s_mad,total_s_min,"
      "total_s_p5,total_s_p95,total_s_p95_ci_low,total_s_p95_ci_high,outliers,path_spawn_s_median,path_read_"
      "s_median,path_parse_s_median,"
      "path_sort_s_median,path_wait_s_median,path_transfer_s_median,path_merge_s_median,"
      "path_other_s_median,transfer_share_median,transfer_window_s_median,"
      "transfer_window_s_ci_low,transfer_window_s_ci_high,transfer_bytes_per_s_median,"
      "transfer_bytes_per_s_ci_low,transfer_bytes_per_s_ci_high,transfer_bytes_per_s_mad,"
      "one_copy_bytes_per_s_median,two_copies_bytes_per_s_median,share_of_one_copy_median,"
      "share_of_two_copies_median,transfer_percent_of_best,transfer_time_ratio_to_best,"
      "transfer_time_ratio_to_best_ci_low,transfer_time_ratio_to_best_ci_high,"
      "transfer_tied_with_best,transfer_time_ratio_to_second,"
      "transfer_time_ratio_to_second_ci_low,transfer_time_ratio_to_second_ci_high,"
      "total_percent_of_best,total_ratio_to_best,total_ratio_to_best_ci_low,"
      "total_ratio_to_best_ci_high,total_tied_with_best,total_ratio_to_second,"
      "total_ratio_to_second_ci_low,total_ratio_to_second_ci_high,speedup_vs_serial,"
      "speedup_vs_one_worker,efficiency,cpu_s_median,context_switches_median,faults_median,"
      "rss_bytes_median,"
      "cpu_s_per_gb_median,cpu_s_per_gb_ci_low,cpu_s_per_gb_ci_high,context_switches_per_gb_median,"
      "context_switches_per_gb_ci_low,context_switches_per_gb_ci_high,faults_per_gb_median,faults_per_gb_ci_"
      "low,"
      "faults_per_gb_ci_high,total_s_exponent_numbers,total_s_exponent_files,amdahl_serial_share\n");
}

TEST(MicroColumns, HeaderIsAsPublished) {
  EXPECT_EQ(header_line(messages::micro_columns()),
            "family,transport,options,bytes,memory,placement,parser,sorter,numbers,runs,threads,fresh,"
            "repetition,iterations,error,real_time_s,bytes_per_s,messages_per_s,numbers_per_s,"
            "latency_p50_s,latency_p90_s,latency_p99_s,latency_p999_s,latency_p9999_s\n");
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

}  // namespace
}  // namespace ipcsort::text
