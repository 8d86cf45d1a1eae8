#include "bench/text/units.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace ipcsort::text {
namespace {

// Three significant digits with the unit that leaves one to three before the point.
std::string scaled(double value, const std::array<const char*, 5>& units, double smallest_unit) {
  std::size_t unit = 0;
  double shown = value / smallest_unit;
  while (shown >= 999.5 && unit + 1 < units.size()) {
    shown /= 1000;
    ++unit;
  }
  const int decimals = shown >= 99.95 ? 0 : shown >= 9.995 ? 1 : 2;
  return fixed(shown, decimals) + " " + units.at(unit);
}

}  // namespace

std::string fixed(double value, int decimals) { return fmt::format("{:.{}f}", value, decimals); }

std::string seconds_text(double seconds) {
  if (seconds == 0) return "0";
  if (seconds >= 0.9995) return fixed(seconds, seconds >= 99.95 ? 0 : seconds >= 9.995 ? 1 : 2) + " s";
  return scaled(seconds, {"ns", "us", "ms", "s", "s"}, 1e-9);
}

std::string bytes_text(double bytes) {
  if (bytes < 999.5) return fixed(bytes, 0) + " B";
  return scaled(bytes, {"B", "kB", "MB", "GB", "TB"}, 1);
}

std::string size_text(std::uint64_t bytes) {
  constexpr std::uint64_t kibibyte = 1 << 10, mebibyte = 1 << 20, gibibyte = 1 << 30;
  // Above 1 MiB what was counted is a whole number of KiB too often: 4 million numbers are, and all memory
  // is.
  constexpr std::uint64_t kibibytes_max = 64 * mebibyte;
  const std::uint64_t step = bytes < mebibyte ? kibibyte : 64 * kibibyte;
  if (bytes < kibibyte) return std::to_string(bytes) + " B";
  if (bytes < gibibyte && bytes % mebibyte == 0) return std::to_string(bytes / mebibyte) + " MiB";
  if (bytes < kibibytes_max && bytes % step == 0) return std::to_string(bytes / kibibyte) + " KiB";
  return bytes < mebibyte ? std::to_string(bytes) + " B" : bytes_text(static_cast<double>(bytes));
}

std::string rate_text(double bytes_per_second) { return bytes_text(bytes_per_second) + "/s"; }

std::string percent_text(double share, int decimals) { return fixed(share * 100, decimals) + " %"; }

std::string share_text(double share) { return percent_text(share, share < 0.0995 ? 1 : 0); }

std::string change_text(double change, int decimals) {
  return (change >= 0 ? "+" : "") + percent_text(change, decimals);
}

std::string count_text(std::size_t count, const std::string& thing) {
  return std::to_string(count) + " " + thing + (count == 1 ? "" : "s");
}

std::string duration_text(double seconds) {
  const auto whole = static_cast<long long>(std::ceil(seconds));
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {} s", whole / 60, whole % 60);
  return fmt::format("{} h {} min", whole / 3600, whole % 3600 / 60);
}

std::string aligned(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string padding(widths[i] - row[i].size(), ' ');
      line += i == 0 ? row[i] + padding : "  " + padding + row[i];
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + '\n';
  }
  return text;
}

}  // namespace ipcsort::text
