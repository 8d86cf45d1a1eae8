#include "sys/text.hpp"

#include <array>
#include <charconv>
#include <cstdio>
#include <limits>

namespace ipcsort::sys {
namespace {

std::optional<std::uint64_t> parse_scaled(std::string_view text, std::uint64_t base) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{}) return std::nullopt;
  const std::string_view suffix = text.substr(static_cast<std::size_t>(end - text.data()));
  std::uint64_t scale = 1;
  if (suffix == "K" || suffix == "k") {
    scale = base;
  } else if (suffix == "M") {
    scale = base * base;
  } else if (suffix == "G") {
    scale = base * base * base;
  } else if (!suffix.empty()) {
    return std::nullopt;
  }
  if (value > std::numeric_limits<std::uint64_t>::max() / scale) return std::nullopt;
  return value * scale;
}

}  // namespace

std::optional<std::uint64_t> parse_bytes(std::string_view text) { return parse_scaled(text, 1024); }

std::optional<std::uint64_t> parse_count(std::string_view text) { return parse_scaled(text, 1000); }

std::string format_count(std::uint64_t count) {
  constexpr std::array<char, 4> suffixes = {'\0', 'K', 'M', 'G'};
  std::size_t power = 0;
  while (power + 1 < suffixes.size() && count != 0 && count % 1000 == 0) {
    count /= 1000;
    ++power;
  }
  std::string text = std::to_string(count);
  if (power > 0) text += suffixes.at(power);
  return text;
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (;;) {
    const std::size_t at = text.find(separator);
    parts.emplace_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
  std::string text;
  for (const std::string& part : parts) {
    if (&part != &parts.front()) text += separator;
    text += part;
  }
  return text;
}

std::string printable(std::string_view text) {
  std::string shown;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7f) {
      shown += c;
    } else {
      std::array<char, 5> escaped{};
      std::snprintf(escaped.data(), escaped.size(), "\\x%02x", byte);
      shown += escaped.data();
    }
  }
  return shown;
}

}  // namespace ipcsort::sys
