// The grammar: what is a number, what is not, and what the message says.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <charconv>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "datagen/format.hpp"
#include "datagen/text.hpp"
#include "sys/error.hpp"
#include "tests/datagen/support.hpp"

namespace ipcsort::datagen {
namespace {

using test::message_of;
using test::numbers_of;
using test::whole_file;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using namespace std::string_literals;

class Format : public testing::TestWithParam<Parser> {
 protected:
  std::vector<std::int32_t> parse(std::string_view text) {
    return numbers_of(GetParam(), whole_file(scratch_.file("numbers.txt", text)));
  }

  // The ParseError's text behind the path: "byte 3: ...".
  std::string fault(std::string_view text) {
    const std::string message = message_of<ParseError>([&] { parse(text); });
    const std::string prefix = scratch_.path("numbers.txt") + ": ";
    return message.starts_with(prefix) ? message.substr(prefix.size()) : "unexpected prefix: " + message;
  }

  test::ScratchDirectory scratch_;
};

INSTANTIATE_TEST_SUITE_P(Parsers, Format, testing::ValuesIn(test::parsers), test::name_of_parameter);

TEST_P(Format, ReadsOneNumberALine) { EXPECT_THAT(parse("1\n-2\n30\n"), ElementsAre(1, -2, 30)); }
TEST_P(Format, AcceptsAnEmptyFile) { EXPECT_THAT(parse(""), IsEmpty()); }
TEST_P(Format, AcceptsBlankLines) { EXPECT_THAT(parse("\n\n1\n\n\n2\n\n"), ElementsAre(1, 2)); }
TEST_P(Format, AcceptsNothingButWhiteSpace) { EXPECT_THAT(parse(" \t\n\v\f\r\n"), IsEmpty()); }
TEST_P(Format, AcceptsAMissingFinalNewline) { EXPECT_THAT(parse("1\n2"), ElementsAre(1, 2)); }
TEST_P(Format, AcceptsASingleDigit) { EXPECT_THAT(parse("7"), ElementsAre(7)); }
TEST_P(Format, AcceptsCarriageReturns) { EXPECT_THAT(parse("1\r\n-2\r\n"), ElementsAre(1, -2)); }
TEST_P(Format, AcceptsEveryWhiteSpace) {
  EXPECT_THAT(parse(" 1\t2\n3\v4\f5\r6 "), ElementsAre(1, 2, 3, 4, 5, 6));
}
TEST_P(Format, AcceptsLeadingZeros) {
  EXPECT_THAT(parse("007 -08 0000000000012 -0"), ElementsAre(7, -8, 12, 0));
}
TEST_P(Format, AcceptsSixtyFourCharacters) { EXPECT_THAT(parse(std::string(63, '0') + "9"), ElementsAre(9)); }
TEST_P(Format, ReachesBothEndsOfTheRange) {
  EXPECT_THAT(parse("-2147483648\n2147483647\n"), ElementsAre(INT32_MIN, INT32_MAX));
}

TEST_P(Format, RejectsLetters) {
  EXPECT_EQ(fault("1\n22\nabc\n"),
            "byte 5: 'abc' is not a decimal integer; 32-bit integers separated by white space are expected");
}
TEST_P(Format, RejectsLettersBehindDigits) {
  EXPECT_THAT(fault("1\n12x\n"), HasSubstr("byte 2: '12x' is not"));
}
TEST_P(Format, RejectsAByteOrderMark) {
  EXPECT_EQ(fault("\xEF\xBB\xBF"
                  "1\n"),
            "byte 0: starts with a UTF-8 byte order mark; save the file without one");
}
TEST_P(Format, RejectsAByteOrderMarkInTheMiddle) {
  EXPECT_THAT(fault("1\n\xEF\xBB\xBF"
                    "2\n"),
              HasSubstr("byte 2: '\\xef\\xbb\\xbf2' is not a decimal integer"));
}
TEST_P(Format, RejectsANul) {
  EXPECT_THAT(fault("1\n\0\n"s), HasSubstr("byte 2: '\\x00' is not a decimal integer"));
}
TEST_P(Format, RejectsANulBehindDigits) {
  EXPECT_THAT(fault("1 2\0003\n"s), HasSubstr("byte 2: '2\\x003' is not"));
}
TEST_P(Format, RejectsATrailingNul) { EXPECT_THAT(fault("1\n2\0"s), HasSubstr("byte 2: '2\\x00' is not")); }
TEST_P(Format, RejectsAPlus) {
  EXPECT_THAT(fault("4\n+5\n"), HasSubstr("byte 2: '+5' is not a decimal integer"));
}
TEST_P(Format, RejectsALeadingPlus) {
  EXPECT_THAT(fault("+5\n"), HasSubstr("byte 0: '+5' is not a decimal integer"));
}
TEST_P(Format, RejectsTwoMinuses) {
  EXPECT_THAT(fault("--5\n"), HasSubstr("byte 0: '--5' is not a decimal integer"));
}
TEST_P(Format, RejectsAMinusAlone) {
  EXPECT_THAT(fault("1 - 5"), HasSubstr("byte 2: '-' is not a decimal integer"));
}
TEST_P(Format, RejectsAMinusAtTheEnd) {
  EXPECT_THAT(fault("1 -"), HasSubstr("byte 2: '-' is not a decimal integer"));
}
TEST_P(Format, RejectsADifference) {
  EXPECT_THAT(fault("7\n5-3\n"), HasSubstr("byte 2: '5-3' is not a decimal"));
}
TEST_P(Format, RejectsASum) {
  EXPECT_THAT(fault("7\n5+3\n"), HasSubstr("byte 2: '5+3' is not a decimal integer"));
}
TEST_P(Format, RejectsHexadecimal) {
  EXPECT_THAT(fault("0x10\n"), HasSubstr("byte 0: '0x10' is not a decimal"));
}
TEST_P(Format, RejectsAFraction) {
  EXPECT_THAT(fault("1\n1.5\n"), HasSubstr("byte 2: '1.5' is not a decimal"));
}
TEST_P(Format, RejectsACommaList) {
  EXPECT_THAT(fault("1,2\n"), HasSubstr("byte 0: '1,2' is not a decimal integer"));
}
TEST_P(Format, RejectsAnotherScriptsDigits) {
  EXPECT_THAT(fault("1\n\xD9\xA3"), HasSubstr("byte 2: '\\xd9\\xa3'"));
}
TEST_P(Format, RejectsANonBreakingSpace) {
  EXPECT_THAT(fault("1\xA0"), HasSubstr("byte 0: '1\\xa0' is not"));
}

TEST_P(Format, CutsWhatItQuotes) {
  EXPECT_THAT(fault("abcdefghijklmnopqrstuvwxyz"),
              HasSubstr("'abcdefghijklmnopqrst...' is not a decimal integer"));
}

TEST_P(Format, AcceptsALineOfTenMebibytes) {
  std::string text;
  while (text.size() < 10 << 20) text += "-12345 ";
  const std::size_t count = text.size() / 7;
  EXPECT_EQ(parse(text), std::vector<std::int32_t>(count, -12345));
}

// fscanf's conversion of a number out of range is undefined in C, so only the strict parser promises the
// message.
class StrictFormat : public Format {};
INSTANTIATE_TEST_SUITE_P(Parsers, StrictFormat, testing::Values(Parser::simd, Parser::from_chars),
                         test::name_of_parameter);

TEST_P(StrictFormat, RejectsWhatIsTooLarge) {
  EXPECT_EQ(fault("1\n2147483648\n"),
            "byte 2: '2147483648' is out of the 32-bit range -2147483648 to 2147483647");
  EXPECT_THAT(fault("99999999999999999999999\n"),
              HasSubstr("byte 0: '99999999999999999999...' is out of the 32-bit"));
}
TEST_P(StrictFormat, RejectsWhatIsTooSmall) {
  EXPECT_EQ(fault("1\n-2147483649"),
            "byte 2: '-2147483649' is out of the 32-bit range -2147483648 to 2147483647");
}
TEST_P(StrictFormat, RejectsSixtyFiveCharacters) {
  EXPECT_THAT(fault("1\n" + std::string(64, '0') + "9 "),
              HasSubstr("byte 2: '00000000000000000000...' is a number lo"));
  EXPECT_THAT(fault("1\n-" + std::string(63, '0') + "9"), HasSubstr("is a number longer than 64 characters"));
}
TEST_P(StrictFormat, RejectsTenMebibytesOfDigits) {
  EXPECT_EQ(fault("5\n" + std::string(10 << 20, '1')),
            "byte 2: '11111111111111111111...' is a number longer than 64 characters");
}
TEST_P(StrictFormat, RejectsTenMebibytesOfLetters) {
  EXPECT_THAT(fault("5\n" + std::string(10 << 20, 'x')),
              HasSubstr("byte 2: 'xxxxxxxxxxxxxxxxxxxx...' is not"));
}

TEST(ParseErrorTest, CarriesPathAndOffset) {
  const ParseError error("a\nb.txt", 17, "is strange");
  EXPECT_EQ(error.path(), "a\nb.txt");
  EXPECT_EQ(error.offset_bytes(), 17U);
  EXPECT_STREQ(error.what(), "a\\nb.txt: byte 17: is strange");
}

// Random soup of the characters that matter: the parser must say exactly what a plain reading of the grammar
// says.
std::string random_text(std::mt19937& random, std::string_view alphabet, std::size_t size) {
  std::string text;
  for (std::size_t i = 0; i < size; ++i) text += alphabet[random() % alphabet.size()];
  return text;
}

struct Reading {
  std::vector<std::int32_t> numbers;
  std::int64_t fault_at = -1;  // offset of the first bad token
  bool operator==(const Reading&) const = default;
};

Reading read_by_the_book(const std::string& text) {
  Reading reading;
  constexpr std::string_view spaces = " \t\n\v\f\r";
  for (std::size_t at = text.find_first_not_of(spaces); at != std::string::npos;) {
    const std::string token = text.substr(at, text.find_first_of(spaces, at) - at);
    const bool well_formed =
        token.find_first_not_of("0123456789", token[0] == '-' ? 1 : 0) == std::string::npos && token != "-" &&
        token.size() <= 64;
    const long long value = well_formed && token.size() < 18 ? std::stoll(token) : INT64_MAX;
    if (value < INT32_MIN || value > INT32_MAX) {
      reading.fault_at = static_cast<std::int64_t>(at);
      return reading;
    }
    reading.numbers.push_back(static_cast<std::int32_t>(value));
    at = text.find_first_not_of(spaces, at + token.size());
  }
  return reading;
}

class GrammarOf : public testing::TestWithParam<Parser> {};
INSTANTIATE_TEST_SUITE_P(Parsers, GrammarOf, testing::Values(Parser::simd, Parser::from_chars),
                         test::name_of_parameter);

TEST_P(GrammarOf, IsFollowedOnRandomText) {
  const test::ScratchDirectory scratch;
  std::mt19937 random(11);
  for (int round = 0; round < 2000; ++round) {
    const std::string_view alphabet = round % 2 == 0 ? "0123456789- \n" : "019-+x.,\t \r\n";
    const std::string text = random_text(random, alphabet, random() % 40);
    Reading got;
    try {
      got.numbers = numbers_of(GetParam(), whole_file(scratch.file("soup.txt", text)));
    } catch (const ParseError& error) {
      got.fault_at = static_cast<std::int64_t>(error.offset_bytes());
    }
    Reading expected = read_by_the_book(text);
    if (expected.fault_at >= 0) expected.numbers.clear();
    EXPECT_EQ(got, expected) << "text: " << quote_token(text, 100);
  }
}

// What a parser makes of a text: its numbers, or the whole of its complaint.
struct Outcome {
  std::vector<std::int32_t> numbers;
  std::string error;
  bool operator==(const Outcome&) const = default;
};

Outcome outcome_of(Parser parser, const std::string& path) {
  try {
    return {numbers_of(parser, whole_file(path)), ""};
  } catch (const ParseError& error) {
    return {{}, error.what()};
  }
}

// Mostly good text, long enough for many blocks of 64 characters, with numbers of all lengths, now and then
// something that a number of 32 bits is not, and every kind of white space.
std::string almost_good_text(std::mt19937& random) {
  static const std::vector<std::string> oddities = {"2147483647",
                                                    "-2147483648",
                                                    "2147483648",
                                                    "-2147483649",
                                                    "-0",
                                                    "-",
                                                    "--1",
                                                    "1-2",
                                                    "+1",
                                                    "1.5",
                                                    "x",
                                                    "9999999999999999",
                                                    "-00",
                                                    "0x1",
                                                    "1,2",
                                                    "\xEF\xBB\xBF",
                                                    "00000000012",
                                                    "12345678901",
                                                    "0000000000000017",
                                                    "00000000000000017",
                                                    "~",
                                                    "/",
                                                    ":",
                                                    "1e5"};
  const std::size_t numbers = random() % 400;
  const bool is_spiced = random() % 4 != 0;
  std::string text;
  for (std::size_t i = 0; i < numbers; ++i) {
    const bool is_odd = is_spiced && random() % 150 == 0;
    text += is_odd ? oddities[random() % oddities.size()]
                   : std::to_string(static_cast<std::int32_t>(random()) >> (random() % 32));
    text += random_text(random, " \t\n\v\f\r", random() % 8 == 0 ? 1 + random() % 70 : 1);
  }
  if (is_spiced && random() % 8 == 0) text[random() % text.size()] = static_cast<char>(random());
  if (random() % 2 == 0) {
    while (!text.empty() && text.back() <= ' ') text.pop_back();  // no final newline
  }
  return text;
}

TEST(FormatProperty, StrictParsersAreTheSameOnAlmostGoodText) {
  const test::ScratchDirectory scratch;
  std::mt19937 random(17);
  std::size_t refused = 0;
  for (int round = 0; round < 3000; ++round) {
    const std::string path = scratch.file("almost.txt", almost_good_text(random));
    const Outcome expected = outcome_of(Parser::from_chars, path);
    ASSERT_EQ(outcome_of(Parser::simd, path), expected) << "round " << round;
    refused += expected.error.empty() ? 0 : 1;
  }
  EXPECT_GT(refused, 500U);
  EXPECT_LT(refused, 2500U);
}

// Every way in which numbers and blocks can overlap, and every place for one wrong character.
TEST(FormatProperty, StrictParsersAreTheSameWhereverABlockEnds) {
  const test::ScratchDirectory scratch;
  for (std::size_t length = 1; length <= 18; ++length) {
    for (std::size_t indent = 0; indent < 66; ++indent) {
      std::string text(indent, ' ');
      while (text.size() < 200) text += std::string(length - 1, '0') + "7 ";
      if (length % 3 == 0) text.pop_back();
      const std::string path = scratch.file("shifted.txt", text);
      ASSERT_EQ(outcome_of(Parser::simd, path), outcome_of(Parser::from_chars, path))
          << length << " " << indent;
    }
  }
  const std::string good =
      "-12 345 6789 -2147483648 0 7\t8\n-9\r\n10 11 -12 13 141516 1718192 2021 22 -23 24 25 26";
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (const char wrong : {'-', '+', 'x', '.', '\0', ' ', '5', '\x80'}) {
      std::string text = good + " " + good;
      text[at] = wrong;
      const std::string path = scratch.file("spoilt.txt", text);
      ASSERT_EQ(outcome_of(Parser::simd, path), outcome_of(Parser::from_chars, path)) << text;
    }
  }
}

TEST(FormatProperty, AllParsersAgreeOnGoodText) {
  const test::ScratchDirectory scratch;
  std::mt19937 random(13);
  std::string text;
  for (int i = 0; i < 100'000; ++i) {
    text += std::to_string(static_cast<std::int32_t>(random()) >> (random() % 32));
    text += random_text(random, " \t\n\v\f\r", 1 + random() % 3);
  }
  const Segment segment = whole_file(scratch.file("good.txt", text));
  const std::vector<std::int32_t> strict = numbers_of(Parser::from_chars, segment);
  EXPECT_EQ(strict.size(), 100'000U);
  EXPECT_EQ(numbers_of(Parser::simd, segment), strict);
  EXPECT_EQ(numbers_of(Parser::fscanf, segment), strict);
}

TEST(Text, EscapesOnlyControlCharactersOfPaths) {
  EXPECT_EQ(escape_path("a\nb\tc\x01 \xC3\xA4.txt"), "a\\nb\\tc\\x01 \xC3\xA4.txt");
}

TEST(Text, DescribesBytes) {
  EXPECT_EQ(describe_bytes(1), "1 byte");
  EXPECT_EQ(describe_bytes(1023), "1023 bytes");
  EXPECT_EQ(describe_bytes(1536), "1.5 KiB");
  EXPECT_EQ(describe_bytes(std::uint64_t{20} << 30), "20.0 GiB");
  EXPECT_EQ(describe_bytes(UINT64_MAX), "16.0 EiB");
}

}  // namespace
}  // namespace ipcsort::datagen
