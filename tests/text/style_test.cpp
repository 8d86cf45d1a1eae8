// How text fits a terminal, and when it has colours.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "bench/text/progress.hpp"
#include "bench/text/style.hpp"
#include "bench/text/table.hpp"
#include "sys/text.hpp"

namespace ipcsort::text {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

using Environment = std::map<std::string, std::string>;

Look look_with(bool is_terminal, const Environment& environment, std::size_t terminal_columns = 0) {
  return look_of({is_terminal, terminal_columns, false, [&](const char* name) -> const char* {
                    const auto found = environment.find(name);
                    return found == environment.end() ? nullptr : found->second.c_str();
                  }});
}

TEST(LookOf, ColourIsForTerminalsUnlessTheEnvironmentSaysOtherwise) {
  EXPECT_TRUE(look_with(true, {}).colour);
  EXPECT_TRUE(look_with(true, {{"TERM", "xterm"}, {"NO_COLOR", ""}}).colour);
  EXPECT_FALSE(look_with(true, {{"TERM", "dumb"}}).colour);
  EXPECT_FALSE(look_with(true, {{"NO_COLOR", "1"}}).colour);
  EXPECT_FALSE(look_with(false, {{"TERM", "xterm"}}).colour);
  EXPECT_TRUE(look_with(false, {{"CLICOLOR_FORCE", "1"}}).colour);
  EXPECT_FALSE(look_with(false, {{"CLICOLOR_FORCE", "0"}}).colour);
  EXPECT_FALSE(look_with(true, {{"CLICOLOR_FORCE", "1"}, {"NO_COLOR", "1"}}).colour);
}

TEST(LookOf, WidthOfTheTerminalElseColumnsElseEighty) {
  EXPECT_EQ(look_with(true, {{"COLUMNS", "100"}}, 160).columns, 160U);
  EXPECT_EQ(look_with(true, {{"COLUMNS", "100"}}).columns, 100U);
  EXPECT_EQ(look_with(false, {{"COLUMNS", "100"}}).columns, 100U);
  EXPECT_EQ(look_with(true, {{"COLUMNS", "wide"}}).columns, 80U);
  EXPECT_EQ(look_with(true, {}).columns, 80U);
  EXPECT_EQ(look_with(false, {}).columns, Look::any_width);
  EXPECT_EQ(look_with(true, {}, 1).columns, 20U) << "nothing can be laid out in one column";
}

TEST(Paint, OnlyWithColour) {
  EXPECT_EQ((Look{true, false, 80}).paint(Tint::bad, "x"), "\x1b[1;31mx\x1b[0m");
  EXPECT_EQ((Look{true, false, 80}).paint(Tint::none, "x"), "x");
  EXPECT_EQ(Look{}.paint(Tint::bad, "x"), "x");
}

TEST(Wrapped, BetweenWordsAndUnderTheText) {
  EXPECT_EQ(wrapped("one two three", 8, "- ", 2), "- one\n  two\n  three\n");
  EXPECT_EQ(wrapped("one two three", 9), "one two\nthree\n");
  EXPECT_EQ(wrapped("it is 3.31 GB/s", 10), "it is\n3.31 GB/s\n") << "a figure stays with its unit";
  EXPECT_EQ(wrapped("alongword x", 4), "alongword\nx\n");
  EXPECT_EQ(wrapped("one two", Look::any_width), "one two\n");
  EXPECT_EQ(fitted("  one two\nthree\n", {false, false, 6}), "  one\n  two\nthree\n");
  EXPECT_EQ(fitted("a b\n", {true, false, 80}, Tint::strong), "\x1b[1ma b\x1b[0m\n");
  EXPECT_EQ(fitted("", {}), "");
}

TEST(Shortened, InTheMiddle) {
  EXPECT_EQ(shortened("abcdefghij", 10), "abcdefghij");
  EXPECT_EQ(shortened("abcdefghij", 8), "abc...ij");
  EXPECT_EQ(width_of(shortened("abcdefghij", 8, {false, true, 80})), 8U);
}

TEST(ShareBar, AsManyMarksAsTheShare) {
  EXPECT_EQ(share_bar(0.34, {}), "###.....  34 %");
  EXPECT_EQ(share_bar(0, {}), "........   0 %");
  EXPECT_EQ(share_bar(1, {}), "######## 100 %");
  EXPECT_EQ(width_of(share_bar(0.34, {false, true, 80})), width_of(share_bar(0.34, {})));
}

TEST(TableText, ShortensNamesFirstOrLast) {
  const std::string name = "forty_characters_that_tell_a_row_by_name";
  Table table{"", {{"name", true}, {"figure"}, {"more", false, 1}}, {{{name}, {"1"}, {"22"}}}};
  EXPECT_EQ(table_text(table, {false, false, 45}).find(name), std::string::npos);
  table.names_last = true;
  EXPECT_NE(table_text(table, {false, false, 48}).find(name + "       1\n"), std::string::npos);
  for (const std::string& line : sys::split(table_text(table, {false, false, 45}), '\n'))
    EXPECT_LE(line.size(), 45U) << line;
}

TEST(TableText, DropsWhatIsSparestUntilItFitsAndSaysSo) {
  const Table table{"",
                    {{"name", true}, {"figure"}, {"more", false, 1}, {"most", false, 2}, {"empty", false, 3}},
                    {{{"a"}, {"1"}, {"22"}, {"333"}, {}}, {{"bb"}, {"10"}, {}, {}, {}}}};
  EXPECT_EQ(table_text(table, {}), "name  figure  more  most\na          1    22   333\nbb        10\n");
  EXPECT_EQ(table_text(table, {false, false, 20}),
            "name  figure  more\na          1    22\nbb        10\n(no room for most)\n");
  EXPECT_THAT(markdown_text(table), StartsWith("| name | figure | more | most | empty |\n|---|---:|---:|"));
}

TEST(TableText, ColoursDoNotCountAsWidth) {
  const Table table{"", {{"name", true}, {"x"}}, {{{"a", Tint::good}, {"1"}}, {{"bbbbb"}, {"2"}}}};
  EXPECT_THAT(table_text(table, {true, false, 80}), HasSubstr("\x1b[1;32ma\x1b[0m      1\n"));
}

TEST(RunningText, FitsAndKeepsWhatMatters) {
  SweepProgress running{33,
                        240,
                        "block 3/6",
                        5,
                        40,
                        2,
                        63,
                        "socketpair_seqpacket:sndbuf=128K:chunk=64K",
                        "4 files, 10M numbers, 2 workers, barrier",
                        0.213,
                        0.04};
  const std::string whole = running_text(running, Look::any_width, true);
  EXPECT_EQ(whole,
            "[#.........]  run 34/240  block 3/6  cell 5/40  2 failed  1 min 3 s left  "
            "socketpair_seqpacket:sndbuf=128K:chunk=64K  4 files, 10M numbers, 2 workers, barrier  213 ms  "
            "+-4.0 %");
  for (std::size_t columns = 20; columns < 180; ++columns)
    EXPECT_LE(running_text(running, columns, true).size(), columns);
  running.left_most_s = 120;
  EXPECT_THAT(running_text(running, Look::any_width, true), HasSubstr("  1 min 3 s to 2 min 0 s left  "));
  running.spent_s = 360;  // of 480
  EXPECT_THAT(running_text(running, Look::any_width, true), StartsWith("[#######...]  run 34/240  "));
  running.spent_s = running.left_most_s = 0;
  running.name = "pipe";
  EXPECT_EQ(running_text(running, 79, true),
            "[#.........]  block 3/6  cell 5/40  2 failed  1 min 3 s left  pipe  213 ms");
  EXPECT_THAT(running_text({0, 10, "warm-up", 1, 5, 0, -1, "pipe", "", {}, {}}, 79, false),
              AllOf(StartsWith("run 1/10  warm-up  cell 1/5  pipe"), Not(HasSubstr("left"))));
}

TEST(Suggestions, NameWhatWasPerhapsMeant) {
  EXPECT_EQ(sys::hint("pip", {"pipe", "fifo"}), "; did you mean pipe?");
  EXPECT_EQ(sys::hint("zzz", {"pipe", "fifo"}), "");
  EXPECT_EQ(sys::is_none_of("jsn", {"csv", "json"}), "'jsn' is none of csv, json; did you mean json?");
}

}  // namespace
}  // namespace ipcsort::text
