// The formats in which commands answer.
#pragma once

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
  switch (format) {
    case Format::table: return "table";
    case Format::csv: return "csv";
    case Format::json: return "json";
    case Format::markdown: return "markdown";
    case Format::junit: return "junit";
  }
  return "";
}

}  // namespace ipcsort::text
