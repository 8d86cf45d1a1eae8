#include "bench/text/style.hpp"

#include <fmt/core.h>
#include <langinfo.h>
#include <locale.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <vector>

#include "sys/text.hpp"

namespace ipcsort::text {
namespace {

constexpr std::size_t columns_unless_told = 80;
// Narrower, nothing can be laid out; a terminal that says so is mistaken.
constexpr std::size_t columns_min = 20;
constexpr std::size_t bar_width = 8;

// Without setting a locale for the program: figures are written with a point whatever the user's says.
bool charmap_is_utf8() {
  const locale_t users = ::newlocale(LC_CTYPE_MASK, "", static_cast<locale_t>(nullptr));
  if (users == static_cast<locale_t>(nullptr)) return false;
  const bool is_utf8 = std::string_view{::nl_langinfo_l(CODESET, users)} == "UTF-8";
  ::freelocale(users);
  return is_utf8;
}

bool wants_colour(const TerminalTraits& terminal) {
  const auto text = [&](const char* name) {
    const char* value = terminal.variable(name);
    return std::string_view{value == nullptr ? "" : value};
  };
  if (!text("NO_COLOR").empty()) return false;
  if (const auto forced = text("CLICOLOR_FORCE"); !forced.empty() && forced != "0") return true;
  return terminal.is_terminal && text("TERM") != "dumb" &&
         (terminal.variable("TERM") == nullptr || !text("TERM").empty());
}

std::size_t columns_of(const TerminalTraits& terminal) {
  if (terminal.terminal_columns > 0) return std::max(columns_min, terminal.terminal_columns);
  const char* value = terminal.variable("COLUMNS");
  if (const auto columns = sys::parse_count(value == nullptr ? "" : value); columns && *columns > 0)
    return std::max(columns_min, static_cast<std::size_t>(*columns));
  return terminal.is_terminal ? columns_unless_told : Look::any_width;
}

// A figure and its unit are one word.
std::vector<std::string> words_of(const std::string& text) {
  constexpr std::size_t unit_width_max = 5;  // "MB/s;"
  std::vector<std::string> words;
  for (const std::string& word : sys::split(text, ' ')) {
    const bool is_behind_figure = !words.empty() && !words.back().empty() && !word.empty() &&
                                  words.back().back() >= '0' && words.back().back() <= '9';
    if (is_behind_figure && word.size() <= unit_width_max) {
      words.back() += " " + word;
    } else {
      words.push_back(word);
    }
  }
  return words;
}

// What an escape says of each tint.
constexpr std::array escapes = {"", "1", "1;32", "1;31", "33", "2"};

}  // namespace

std::string Look::paint(Tint tint, std::string_view text) const {
  if (!colour || tint == Tint::none || text.empty()) return std::string{text};
  return fmt::format("\x1b[{}m{}\x1b[0m", escapes[static_cast<std::size_t>(tint)], text);
}

Look look_of(const TerminalTraits& terminal) {
  return {wants_colour(terminal), terminal.is_utf8, columns_of(terminal)};
}

Look look_of(int fd) {
  TerminalTraits terminal;
  terminal.is_terminal = ::isatty(fd) == 1;
  winsize size{};
  if (::ioctl(fd, TIOCGWINSZ, &size) == 0) terminal.terminal_columns = size.ws_col;
  terminal.is_utf8 = charmap_is_utf8();
  terminal.variable = [](const char* name) -> const char* { return std::getenv(name); };
  return look_of(terminal);
}

std::size_t width_of(std::string_view text) noexcept {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80; }));
}

std::string shortened(const std::string& text, std::size_t columns_max, const Look& look) {
  if (width_of(text) <= columns_max) return text;
  const std::string ellipsis = look.unicode ? "\u2026" : "...";
  const std::size_t room = columns_max - std::min(columns_max, width_of(ellipsis));
  const std::size_t tail = room / 2;
  return text.substr(0, room - tail) + ellipsis + text.substr(text.size() - tail);
}

std::string wrapped(const std::string& text, std::size_t columns, const std::string& first,
                    std::size_t indent) {
  std::string lines;
  std::string line = first;
  bool begun = false;
  for (const std::string& word : words_of(text)) {
    if (begun && width_of(line) + 1 + width_of(word) > columns) {
      lines += line + "\n";
      line = std::string(indent, ' ');
      begun = false;
    }
    line += (begun ? " " : "") + word;
    begun = true;
  }
  return lines + line + "\n";
}

std::string fitted(std::string_view text, const Look& look, Tint tint) {
  std::string all;
  for (const std::string& line : sys::split(text, '\n')) {
    const std::size_t indent = std::min(line.find_first_not_of(' '), line.size());
    const std::string lines = wrapped(line.substr(indent), look.columns, std::string(indent, ' '), indent);
    for (const std::string& each : sys::split(std::string_view{lines}.substr(0, lines.size() - 1), '\n'))
      all += look.paint(tint, each) + "\n";
  }
  // What ends with a newline has an empty piece behind it.
  if (text.empty() || text.back() == '\n') all.pop_back();
  return all;
}

std::string share_bar(double share, const Look& look) {
  const auto filled =
      static_cast<std::size_t>(std::lround(std::clamp(share, 0.0, 1.0) * static_cast<double>(bar_width)));
  const char* const full = look.unicode ? "\u2588" : "#";   // full block
  const char* const empty = look.unicode ? "\u2591" : ".";  // light shade
  std::string bar;
  for (std::size_t i = 0; i < bar_width; ++i) bar += i < filled ? full : empty;
  return fmt::format("{}{:4} %", bar, std::lround(share * 100));
}

}  // namespace ipcsort::text
