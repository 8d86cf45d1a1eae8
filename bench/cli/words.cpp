#include "bench/cli/words.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <boost/program_options.hpp>
#include <charconv>
#include <sstream>
#include <system_error>

#include "sys/error.hpp"
#include "sys/file.hpp"
#include "sys/text.hpp"

namespace ipcsort::cli {
namespace {

namespace po = boost::program_options;

// No guessing of abbreviated names: a script written today must not change its meaning with a new option.
constexpr int style = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;

po::options_description described(const std::vector<Option>& options) {
  po::options_description all;
  for (const Option& option : options) {
    const std::string names = option.name + (option.letter.empty() ? "" : "," + option.letter);
    if (option.value_name.empty()) {
      all.add_options()(names.c_str(), "");
    } else if (option.takes == Takes::once) {
      all.add_options()(names.c_str(), po::value<std::string>());
    } else {
      auto* values = po::value<std::vector<std::string>>();
      all.add_options()(names.c_str(), option.takes == Takes::several ? values->multitoken() : values);
    }
  }
  return all;
}

// Boost's complaints are about words that are given twice, or lack a value.
Values stored(const po::parsed_options& parsed) {
  po::variables_map map;
  po::store(parsed, map);
  Values values;
  for (const auto& [name, value] : map) {
    const auto* list = boost::any_cast<std::vector<std::string>>(&value.value());
    values.put(name, list != nullptr ? *list : std::vector{value.as<std::string>()});
  }
  return values;
}

// The option of `options` that `name` was perhaps meant to be.
std::string suggestion(const std::string& name, const std::vector<Option>& options) {
  std::vector<std::string> known;
  for (const Option& option : options) known.push_back(option.name);
  const std::string meant = sys::nearest(name, known);
  return meant.empty() ? "see --help" : "did you mean --" + meant + "?";
}

// The first word that is neither an option nor an option's value.
std::string bare_word(const std::vector<std::string>& words, const po::options_description& options) {
  const auto parsed = po::command_line_parser(words).options(options).style(style).allow_unregistered().run();
  for (const auto& option : parsed.options) {
    if (option.position_key != -1) return option.value.front();
  }
  return {};
}

// In a configuration file only what has a value there: it cannot name itself, and a switch would be on
// whatever stood behind the sign of equality.
void require_setting(const std::string& name, const std::vector<Option>& options, const std::string& origin) {
  const auto known = std::ranges::find(options, name, &Option::name);
  if (known == options.end())
    throw UsageError(fmt::format("{}there is no option '{}'; {}", origin, sys::printable(name),
                                 suggestion(name, options)));
  if (known->value_name.empty() || name == "config" || name == "preset")
    throw UsageError(origin + "'" + name + "' can be given on the command line only");
}

bool takes_once(const std::string& name, const std::vector<Option>& options) {
  return std::ranges::find(options, name, &Option::name)->takes == Takes::once;
}

// In a configuration file '#' begins a comment, blanks around a value are dropped, and a line is a line. A value that these
// would change stands in quotes there, and in them what is in the way as \xHH.
bool is_in_the_way(char c) { return c == '#' || c == '"' || c == '\\' || (c >= 0 && c < ' '); }

std::string quoted_where_needed(const std::string& value) {
  const bool is_plain = value.empty() || (std::ranges::none_of(value, is_in_the_way) &&
                                          value.front() != ' ' && value.back() != ' ');
  if (is_plain) return value;
  std::string text = "\"";
  for (const char c : value) text += is_in_the_way(c) ? fmt::format("\\x{:02x}", c) : std::string{c};
  return text + '"';
}

std::string without_quotes(const std::string& text) {
  if (text.size() < 2 || !text.starts_with('"') || !text.ends_with('"')) return text;
  std::string value;
  for (std::size_t i = 1; i + 1 < text.size(); ++i) {
    unsigned char byte = 0;
    const char* const digits = text.data() + i + 2;
    if (text[i] == '\\' && i + 4 < text.size() && text[i + 1] == 'x' &&
        std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2) {
      value += static_cast<char>(byte);
      i += 3;
    } else {
      value += text[i];
    }
  }
  return value;
}

// Lines "OPTION = VALUE" and comments. Throws UsageError that begins with `origin` and the line.
Values parse_lines(const std::string& text, const std::vector<Option>& options, const std::string& origin) {
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";  // some editors begin a file with it
  std::istringstream lines(text.starts_with(byte_order_mark) ? text.substr(byte_order_mark.size()) : text);
  const po::options_description described_options = described(options);  // what is parsed points into it
  po::parsed_options all(&described_options);
  struct Place {
    std::size_t line;
    std::string text;  // "my.cfg:3: ", nothing of what the program brings along
  };
  std::map<std::string, Place> places;  // of the options
  std::string line, section;
  for (std::size_t number = 1; std::getline(lines, line); ++number) {
    const std::string place = origin.empty() ? "" : fmt::format("{}:{}: ", origin, number);
    if (const std::size_t begin = line.find_first_not_of(" \t"); begin != line.npos && line[begin] == '[')
      section = line + '\n';  // names of what follows begin with it, and none of ours does
    try {
      std::istringstream stream(section + line);
      for (auto& option : po::parse_config_file(stream, described_options, true).options) {
        require_setting(option.string_key, options, place);
        std::ranges::transform(option.value, option.value.begin(), without_quotes);
        const auto [first, is_first] = places.try_emplace(option.string_key, Place{number, place});
        if (!is_first && takes_once(option.string_key, options))
          throw UsageError(fmt::format("{}'{}' is given more than once, first in line {}", place,
                                       option.string_key, first->second.line));
        all.options.push_back(std::move(option));
      }
    } catch (const po::error& error) {
      throw UsageError(place + error.what());
    }
  }
  Values values = stored(all);
  for (const auto& [option, place] : places) values.put(option, values.list(option), place.text);
  return values;
}

// What the user's own files say and cannot be said besides them.
constexpr std::array said_by_input = {"files", "numbers", "distribution", "data-seed"};

}  // namespace

const std::string& Values::text(std::string_view option) const {
  const auto found = values_.find(option);
  if (found == values_.end()) throw std::out_of_range("no value of " + std::string{option});
  return found->second.words.front();
}

std::vector<std::string> Values::list(std::string_view option) const {
  const auto found = values_.find(option);
  return found == values_.end() ? std::vector<std::string>{} : found->second.words;
}

std::string Values::place_of(std::string_view option) const {
  const auto found = values_.find(option);
  return found == values_.end() ? "" : found->second.place;
}

void Values::add_below(const Values& lower) {
  for (const auto& [option, value] : lower.values_) {
    const auto found = values_.find(option);
    if (found == values_.end() || found->second.is_fallback) values_[option] = value;
  }
}

Values parse_words(const std::vector<std::string>& words, const std::vector<Option>& options,
                   std::string_view positional) {
  const po::options_description described_options = described(options);
  po::positional_options_description bare;
  if (!positional.empty()) bare.add(std::string{positional}.c_str(), -1);
  try {
    Values values =
        stored(po::command_line_parser(words).options(described_options).positional(bare).style(style).run());
    for (const Option& option : options) {
      if (!option.fallback.empty()) values.put_fallback(option.name, option.fallback);
    }
    return values;
  } catch (const po::unknown_option& error) {
    const std::string& written = error.get_option_name();
    const std::string name = written.substr(std::min(written.find_first_not_of('-'), written.size()));
    throw UsageError("there is no option " + sys::printable(written) + "; " + suggestion(name, options));
  } catch (const po::too_many_positional_options_error&) {
    throw UsageError(
        fmt::format("'{}' is a word too many on the command line; options begin with --, see --help",
                    sys::printable(bare_word(words, described_options))));
  } catch (const po::multiple_occurrences& error) {
    if (!positional.empty() && error.get_option_name() == "--" + std::string{positional})
      throw UsageError("a word too many on the command line: " + std::string{positional} +
                       " is said once; see --help");
    throw UsageError(std::string{error.what()} + "; see --help");
  } catch (const po::error& error) {
    throw UsageError(std::string{error.what()} + "; see --help");
  }
}

void layer(Values& values, const std::vector<Option>& options,
           std::initializer_list<std::string_view> texts) {
  if (values.has("config")) {
    const std::string path = values.text("config");
    std::string text;
    try {
      text = sys::read_file(path);
    } catch (const std::system_error& error) {
      throw UsageError("--config " + sys::printable(path) + " cannot be read: " + error.code().message());
    }
    values.add_below(parse_lines(text, options, path));
  }
  if (values.has("input")) {
    for (const char* option : said_by_input) {
      if (values.has(option))
        throw UsageError(fmt::format("--{} cannot be given together with --input: the files say it", option));
    }
  }
  // A preset's rounds are those of its own transfer.
  const auto is_rounds = [](const Option& option) { return option.name == "rounds"; };
  if (values.has("transfer") && !values.has("rounds") && std::ranges::any_of(options, is_rounds) &&
      values.text("transfer").find("steady") == std::string::npos)
    values.put("rounds", {"1"});
  for (const std::string_view text : texts) values.add_below(parse_lines(std::string{text}, options, ""));
}

std::string print_config(const Values& values) {
  std::string text;
  for (const auto& [name, value] : values.all()) {
    if (name == "config" || name == "print-config" || name == "preset" || name == "format") continue;
    if (values.has("input") && std::ranges::find(said_by_input, name) != said_by_input.end()) continue;
    for (const std::string& word : value.words) {
      if (!word.empty()) text += name + " = " + quoted_where_needed(word) + "\n";  // a switch has no value
    }
  }
  return text;
}

}  // namespace ipcsort::cli
