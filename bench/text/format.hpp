// The formats in which commands answer.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace ipcsort::text {

enum class Format {
  table,  // for people
  csv,
  json,
  markdown,
  junit,  // verdicts alone, for what runs tests
};

constexpr std::string_view to_string(Format format) noexcept {
  constexpr std::array names = {"table", "csv", "json", "markdown", "junit"};
  return names[static_cast<std::size_t>(format)];
}

}  // namespace ipcsort::text
