// CSV as such.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "bench/text/csv.hpp"
#include "tests/support.hpp"

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

TEST(ReadRows, AColumnThatCameLaterIsAbsentFromAnOlderFileAndOneThatEveryVersionWroteIsNot) {
  Columns<Simple> columns = simple_columns();
  columns[4].since = "0.2.0";
  const auto rows = read_rows(columns, "name,count,number,flag\nme,1,2,1\n");
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].name, "me");
  EXPECT_EQ(rows[0].value, std::nullopt);
  EXPECT_THROW(read_rows(columns, "name,count,number,value\nme,1,2,0.5\n"), std::runtime_error)
      << "flag is missing";
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

}  // namespace
}  // namespace ipcsort::text
