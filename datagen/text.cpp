#include "datagen/text.hpp"

#include <array>
#include <cstdio>

#include "sys/text.hpp"

namespace ipcsort::datagen {
namespace {

std::string escaped(std::string_view text, bool keeps_high_bytes) {
  std::string shown;
  for (const char c : text) {
    if (c == '\n') {
      shown += "\\n";
    } else if (c == '\r') {
      shown += "\\r";
    } else if (c == '\t') {
      shown += "\\t";
    } else if (keeps_high_bytes && static_cast<unsigned char>(c) >= 0x80) {
      shown += c;
    } else {
      shown += sys::printable({&c, 1});
    }
  }
  return shown;
}

}  // namespace

std::string escape_path(std::string_view path) { return escaped(path, true); }

std::string quote_token(std::string_view token, std::size_t length_max) {
  const std::string_view cut = token.size() > length_max ? "...'" : "'";
  return "'" + escaped(token.substr(0, length_max), false) + std::string{cut};
}

std::string describe_bytes(std::uint64_t bytes) {
  constexpr std::array units = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  if (bytes < 1024) return std::to_string(bytes) + (bytes == 1 ? " byte" : " bytes");
  double amount = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  for (; amount >= 1024 && unit + 1 < units.size(); ++unit) amount /= 1024;
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f %s", amount, units.at(unit));
  return text.data();
}

}  // namespace ipcsort::datagen
