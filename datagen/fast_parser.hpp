// Private to datagen: the strict grammar of format.hpp at the speed of memory, for text without surprises.
//
// Two things cost time in a parser that goes character by character: a branch for each of them, and one that
// is guessed wrongly about once a number, since numbers differ in length and sign. Here is neither. Each
// block of 64 characters is classified at once into bit masks of digits, signs and white space, as in
// Langdale and Lemire, "Parsing gigabytes of JSON per second" (2019); whether all stand where they may is a
// few operations on the masks. The edges of the white space are where numbers begin and end, and the sixteen
// characters before an end become a value by adding up neighbours, two, four and eight digits at a time, for
// as many numbers as fit into a vector.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace ipcsort::datagen {

// What must be readable, with any content, before and behind the text given to parse_fast().
inline constexpr std::size_t parse_slack_bytes = 64;

struct Parsed {
  std::size_t bytes = 0;  // of the text, up to the end of a number or of white space
  std::size_t numbers = 0;
};

// Parses from the beginning of `text`, where a number may begin, as much as is certainly right: all of it, or
// up to some number before the first thing that is unusual (wrong, out of range, longer than 16 digits, more
// than `out` has room for). Nothing of `out` behind the numbers that are returned is of meaning. The text may
// not end in the middle of a number that goes on behind it.
Parsed parse_fast(std::string_view text, std::span<std::int32_t> out) noexcept;

}  // namespace ipcsort::datagen
