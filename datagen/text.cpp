#include "datagen/text.hpp"

#include <array>
#include <cstdio>

namespace ipcsort::datagen {
namespace {

void append_escaped(std::string& text, unsigned char byte) {
  switch (byte) {
    case '\n': text += "\\n"; return;
    case '\r': text += "\\r"; return;
    case '\t': text += "\\t"; return;
    default: break;
  }
  std::array<char, 5> code{};
  std::snprintf(code.data(), code.size(), "\\x%02x", byte);
  text += code.data();
}

bool is_control(unsigned char byte) { return byte < 0x20 || byte == 0x7f; }

}  // namespace

std::string escape_path(std::string_view path) {
  std::string text;
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    if (is_control(byte)) {
      append_escaped(text, byte);
    } else {
      text += c;
    }
  }
  return text;
}

std::string quote_token(std::string_view token, std::size_t length_max) {
  std::string text = "'";
  for (const char c : token.substr(0, length_max)) {
    const auto byte = static_cast<unsigned char>(c);
    if (is_control(byte) || byte >= 0x80) {
      append_escaped(text, byte);
    } else {
      text += c;
    }
  }
  text += token.size() > length_max ? "...'" : "'";
  return text;
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
