// How text may look on the stream it goes to: decided once, where the stream is known, and passed to the
// functions that word it, which stay pure.
#pragma once

#include <cstddef>
#include <functional>
#include <limits>
#include <string>
#include <string_view>

namespace ipcsort::text {

// What a piece of text is, for the eye. Never the only way in which something is said.
enum class Tint { none, strong, good, bad, doubtful, faint };

struct Look {
  static constexpr std::size_t any_width = std::numeric_limits<std::size_t>::max();

  bool colour = false;
  bool unicode = false;             // block elements may be used, not ASCII alone
  std::size_t columns = any_width;  // no line may be wider

  [[nodiscard]] bool is_limited() const noexcept { return columns != any_width; }
  // `text` with the escapes of its tint around it; as it is without colour.
  [[nodiscard]] std::string paint(Tint tint, std::string_view text) const;
};

// What a stream and the environment say about it.
struct TerminalTraits {
  bool is_terminal = false;
  std::size_t terminal_columns = 0;  // by TIOCGWINSZ; 0: it does not say
  bool is_utf8 = false;              // the charmap of the user's locale
  // A variable of the environment, nullptr when it is not set.
  std::function<const char*(const char*)> variable;
};

// Colour: NO_COLOR that is not empty forbids it (https://no-color.org), else CLICOLOR_FORCE other than 0
// wants it, else it is for terminals unless TERM is dumb. Width: what the terminal says, else COLUMNS, else
// 80 on a terminal and any elsewhere.
Look look_of(const TerminalTraits& terminal);

// Of an open descriptor of this process.
Look look_of(int fd);

// Characters that take a column; for UTF-8 without combining or double-wide ones.
std::size_t width_of(std::string_view text) noexcept;

// `text`, or its beginning and end around an ellipsis so that it takes `columns_max`.
std::string shortened(const std::string& text, std::size_t columns_max, const Look& look = {});

// `text` in lines no wider than `columns`, broken between words, and not between a figure and its unit: `first`
// stands before the first, `indent` blanks before the others. A word that is wider stands alone. With a newline
// at the end.
std::string wrapped(const std::string& text, std::size_t columns, const std::string& first = {},
                    std::size_t indent = 0);

// Each line of `text` wrapped to the width of `look`, further lines as far in as it; each piece tinted.
std::string fitted(std::string_view text, const Look& look, Tint tint = Tint::none);

// "###.....  34 %": a share from 0 to 1 as eight characters and a number.
std::string share_bar(double share, const Look& look);

}  // namespace ipcsort::text
