// Numbers as people write them: 64K, 1M, 10G.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ipcsort::sys {

// A size in bytes with an optional binary suffix K, M, G (1024 to the power 1, 2, 3); nothing else is
// accepted.
std::optional<std::uint64_t> parse_bytes(std::string_view text);

// A count with an optional decimal suffix K, M, G (1000 to the power 1, 2, 3).
std::optional<std::uint64_t> parse_count(std::string_view text);

// The shortest exact form that parse_count reads back: 10000000 -> "10M".
std::string format_count(std::uint64_t count);

// Sixteen hexadecimal digits.
std::string hex_text(std::uint64_t value);

// A short name for a text, in such digits (FNV-1a of 64 bits): for file names and looks, no protection against malice.
std::string hash_text(std::string_view text);

std::vector<std::string> split(std::string_view text, char separator);
// Of a range of texts.
template <typename Parts = std::vector<std::string>>
std::string join(const Parts& parts, std::string_view separator) {
  std::string text;
  for (auto part = parts.begin(); part != parts.end(); ++part) {
    if (part != parts.begin()) text += separator;
    text += *part;
  }
  return text;
}

// The one of `known` that `name` was perhaps meant to be, "" for none.
std::string nearest(std::string_view name, const std::vector<std::string>& known);

// That as the end of a message: "; did you mean pipe?", "" for none.
std::string hint(std::string_view name, const std::vector<std::string>& known);

// A message about a value that cannot be: "'jsn' is none of table, csv, json; did you mean json?"
std::string is_none_of(std::string_view value, const std::vector<std::string>& known);

// Control characters and bytes above 126 as \xNN, so that a message stays one readable line.
std::string printable(std::string_view text);

}  // namespace ipcsort::sys
