#include "sys/text.hpp"

#include <algorithm>
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

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substitute = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substitute});
    }
  }
  return row.back();
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

std::string hex_text(std::uint64_t value) {
  std::array<char, 17> digits{};
  std::snprintf(digits.data(), digits.size(), "%016llx", static_cast<unsigned long long>(value));
  return digits.data();
}

std::string hash_text(std::string_view text) {
  std::uint64_t hash = 14695981039346656037ULL;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  return hex_text(hash);
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

std::string nearest(std::string_view name, const std::vector<std::string>& known) {
  std::string best;
  std::size_t best_distance = 3;
  for (const std::string& candidate : known) {
    // What is begun but not finished is near, too: --distrib.
    const bool begun = name.size() >= 3 && candidate.starts_with(name);
    const std::size_t distance = begun ? 1 : edit_distance(name, candidate);
    if (distance < std::min(best_distance, name.size())) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

std::string hint(std::string_view name, const std::vector<std::string>& known) {
  const std::string meant = nearest(name, known);
  return meant.empty() ? "" : "; did you mean " + meant + "?";
}

std::string is_none_of(std::string_view value, const std::vector<std::string>& known) {
  return "'" + printable(value) + "' is none of " + join(known, ", ") + hint(value, known);
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
