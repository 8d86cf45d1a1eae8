// Segments: a file cut anywhere yields the same numbers; buffers cut anywhere, too.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "datagen/format.hpp"
#include "datagen/strict_reader.hpp"
#include "tests/datagen/support.hpp"

namespace ipcsort::datagen {
namespace {

using test::message_of;
using test::numbers_of;
using test::segment_of;
using test::whole_file;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class SegmentOf : public testing::TestWithParam<Parser> {
 protected:
  test::ScratchDirectory scratch_;
};

INSTANTIATE_TEST_SUITE_P(Parsers, SegmentOf, testing::ValuesIn(test::parsers), test::name_of_parameter);

std::string random_good_text(std::mt19937& random, std::size_t numbers) {
  constexpr std::string_view spaces = "\n\n\n \t\r";
  std::string text;
  const auto some_space = [&] {
    for (std::size_t i = random() % 4 == 0 ? 1 + random() % 5 : 1; i > 0; --i)
      text += spaces[random() % spaces.size()];
  };
  if (random() % 2 == 0) some_space();
  for (std::size_t i = 0; i < numbers; ++i) {
    if (i > 0) some_space();
    text += std::to_string(static_cast<std::int32_t>(random()) >> (random() % 32));
  }
  if (random() % 2 == 0) some_space();
  return text;
}

TEST_P(SegmentOf, AWorkerOwnsTheNumbersThatStartInIt) {
  const std::string path = scratch_.file("n.txt", "12 345\n6");
  EXPECT_THAT(numbers_of(GetParam(), segment_of(path, 0, 1)), ElementsAre(12));
  EXPECT_THAT(numbers_of(GetParam(), segment_of(path, 1, 3)), IsEmpty());
  EXPECT_THAT(numbers_of(GetParam(), segment_of(path, 1, 4)), ElementsAre(345));
  EXPECT_THAT(numbers_of(GetParam(), segment_of(path, 3, 4)), ElementsAre(345));
  EXPECT_THAT(numbers_of(GetParam(), segment_of(path, 4, 7)), IsEmpty());
  EXPECT_THAT(numbers_of(GetParam(), segment_of(path, 4, 8)), ElementsAre(6));
  EXPECT_THAT(numbers_of(GetParam(), segment_of(path, 8, 8)), IsEmpty());
  EXPECT_THAT(numbers_of(GetParam(), segment_of(path, 3, 3)), IsEmpty());
}

TEST_P(SegmentOf, CutsAnywhereLoseAndDoubleNothing) {
  std::mt19937 random(17);
  for (int round = 0; round < 10; ++round) {
    const std::string path = scratch_.file("n.txt", random_good_text(random, random() % 30));
    const Segment whole = whole_file(path);
    const std::vector<std::int32_t> expected = numbers_of(GetParam(), whole);
    for (std::uint64_t parts = 1; parts <= whole.file_bytes + 2; ++parts) {
      std::vector<std::int32_t> joined;
      for (std::uint64_t part = 0; part < parts; ++part) {
        const auto cut = [&](std::uint64_t i) { return whole.file_bytes * i / parts; };
        const auto numbers = numbers_of(GetParam(), segment_of(path, cut(part), cut(part + 1)));
        joined.insert(joined.end(), numbers.begin(), numbers.end());
      }
      ASSERT_EQ(joined, expected) << parts << " parts of round " << round;
    }
  }
}

TEST_P(SegmentOf, RandomCutsOfALargeFileLoseAndDoubleNothing) {
  std::mt19937 random(19);
  const std::string path = scratch_.file("n.txt", random_good_text(random, 150'000));
  const Segment whole = whole_file(path);
  ASSERT_GT(whole.file_bytes, 3 * read_buffer_bytes);
  const std::vector<std::int32_t> expected = numbers_of(Parser::from_chars, whole);
  ASSERT_EQ(expected.size(), 150'000U);
  for (int round = 0; round < 10; ++round) {
    std::vector<std::int32_t> joined;
    for (std::uint64_t begin = 0; begin < whole.file_bytes;) {
      const std::uint64_t end = std::min<std::uint64_t>(whole.file_bytes, begin + 1 + random() % 600'000);
      const auto numbers = numbers_of(GetParam(), segment_of(path, begin, end));
      joined.insert(joined.end(), numbers.begin(), numbers.end());
      begin = end;
    }
    ASSERT_EQ(joined, expected);
  }
}

TEST_P(SegmentOf, TheOwnerAloneReportsAFault) {
  const std::string path = scratch_.file("n.txt", "1 22 bad 3");
  EXPECT_THAT(numbers_of(GetParam(), segment_of(path, 0, 5)), ElementsAre(1, 22));
  EXPECT_THAT(message_of<ParseError>([&] { numbers_of(GetParam(), segment_of(path, 5, 6)); }),
              HasSubstr("byte 5: 'bad'"));
  EXPECT_THAT(numbers_of(GetParam(), segment_of(path, 6, 10)), ElementsAre(3));
}

TEST_P(SegmentOf, AnEndlessNumberIsReportedByItsOwner) {
  const std::string path = scratch_.file("n.txt", "1 " + std::string(100'000, 'z') + " 3");
  EXPECT_THAT(message_of<ParseError>([&] { numbers_of(GetParam(), segment_of(path, 0, 3)); }),
              HasSubstr("byte 2: 'zzzzzzzzzzzzzzzzzzzz...' is not a decimal integer"));
  EXPECT_THAT(numbers_of(GetParam(), segment_of(path, 50'000, 60'000)), IsEmpty());
  EXPECT_THAT(numbers_of(GetParam(), segment_of(path, 50'000, 100'004)), ElementsAre(3));
}

// Each distance of a number from the buffer's edge, at the first edge and, with a carry-over before it, the
// second.
TEST_P(SegmentOf, NumbersStraddleTheBuffersEdge) {
  const std::string number = "-2147483648";
  for (std::size_t before = 0; before <= number.size() + 1; ++before) {
    for (const std::size_t edge : {read_buffer_bytes, 2 * read_buffer_bytes}) {
      std::string text;
      while (text.size() + 4 <= edge - before) text += "123\n";
      text.resize(edge - before, ' ');
      const std::size_t leading = text.size() / 4;
      text += number + "\n7";
      const auto numbers = numbers_of(GetParam(), whole_file(scratch_.file("n.txt", text)));
      ASSERT_EQ(numbers.size(), leading + 2) << before << " bytes before " << edge;
      ASSERT_EQ(numbers[leading - 1], 123);
      ASSERT_EQ(numbers[leading], INT32_MIN) << before << " bytes before " << edge;
      ASSERT_EQ(numbers[leading + 1], 7);
    }
  }
}

TEST_P(SegmentOf, FaultsStraddleTheBuffersEdge) {
  for (std::size_t before = 0; before <= 5; ++before) {
    const std::size_t offset = read_buffer_bytes - before;
    const std::string path = scratch_.file("n.txt", std::string(offset, '\n') + "12x4\n5\n");
    EXPECT_THAT(message_of<ParseError>([&] { numbers_of(GetParam(), whole_file(path)); }),
                HasSubstr("byte " + std::to_string(offset) + ": '12x4' is not"));
  }
}

TEST_P(SegmentOf, StraySignsStraddleEveryBuffersEdge) {
  for (const std::size_t edge : {std::size_t{4096}, read_buffer_bytes}) {
    for (std::size_t before = 0; before <= 3; ++before) {
      const std::size_t offset = edge - before;
      const std::string difference = scratch_.file("n.txt", std::string(offset, '\n') + "5-3\n");
      EXPECT_THAT(message_of<ParseError>([&] { numbers_of(GetParam(), whole_file(difference)); }),
                  HasSubstr("byte " + std::to_string(offset) + ": '5-3' is not"));
      const std::string plus = scratch_.file("n.txt", std::string(offset, '\n') + "+3\n");
      EXPECT_THAT(message_of<ParseError>([&] { numbers_of(GetParam(), whole_file(plus)); }),
                  HasSubstr("byte " + std::to_string(offset) + ": '+3' is not"));
    }
  }
}

TEST(SegmentBuffer, LongNumbersStraddleTheEdge) {
  const test::ScratchDirectory scratch;
  for (std::size_t before = 0; before <= token_max + 1; ++before) {
    const std::string filler(read_buffer_bytes - before, ' ');
    const std::string longest = scratch.file("n.txt", filler + std::string(63, '0') + "5 6");
    EXPECT_THAT(numbers_of(Parser::from_chars, whole_file(longest)), ElementsAre(5, 6)) << before;
    const std::string too_long = scratch.file("n.txt", filler + std::string(64, '0') + "5 6");
    EXPECT_THAT(
        message_of<ParseError>([&] { numbers_of(Parser::from_chars, whole_file(too_long)); }),
        HasSubstr("byte " + std::to_string(filler.size()) + ": '00000000000000000000...' is a number longer"))
        << before;
  }
}

TEST_P(SegmentOf, FewerPlacesThanNumbersIsAnErrorAndNothingIsWrittenBehind) {
  const Segment segment = whole_file(scratch_.file("n.txt", "1 2 3 4"));
  std::vector<std::int32_t> out(4, -1);
  ReadTimes times;
  EXPECT_THROW(read_segment(GetParam(), segment, std::span{out}.first(3), times), std::length_error);
  EXPECT_THAT(out, ElementsAre(1, 2, 3, -1));
  EXPECT_EQ(read_segment(GetParam(), segment, out, times), 4U);
}

TEST_P(SegmentOf, NumbersMaxIsRoomEnoughAndTight) {
  EXPECT_EQ(numbers_max(0), 0U);
  EXPECT_EQ(numbers_max(UINT64_MAX), std::uint64_t{1} << 63);
  EXPECT_EQ(numbers_of(GetParam(), whole_file(scratch_.file("n.txt", "1 2 3"))).size(), numbers_max(5));
  EXPECT_EQ(numbers_of(GetParam(), whole_file(scratch_.file("n.txt", "1 2 "))).size(), numbers_max(4));
}

TEST(SegmentTimes, AreAddedUpSeparately) {
  const test::ScratchDirectory scratch;
  const Segment segment = whole_file(scratch.file("n.txt", std::string(400'000, '\n')));
  ReadTimes strict{.read_ns = 1'000'000'000'000, .parse_ns = 2'000'000'000'000};
  read_segment(Parser::from_chars, segment, {}, strict);
  EXPECT_GT(strict.read_ns, 1'000'000'000'000);
  EXPECT_GT(strict.parse_ns, 2'000'000'000'000);
  ReadTimes through_stdio;
  read_segment(Parser::fscanf, segment, {}, through_stdio);
  EXPECT_EQ(through_stdio.read_ns, 0);
  EXPECT_GT(through_stdio.parse_ns, 0);
}

}  // namespace
}  // namespace ipcsort::datagen
