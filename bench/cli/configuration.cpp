#include "bench/cli/configuration.hpp"

#include <algorithm>
#include <array>
#include <system_error>

#include "sys/error.hpp"
#include "sys/file.hpp"
#include "sys/text.hpp"

namespace ipcsort::cli {
namespace {

// What the user's own files say and cannot be said besides them.
constexpr std::array said_by_input = {"files", "numbers", "distribution", "data-seed"};

}  // namespace

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
      if (values.has(option)) {
        throw UsageError(std::string{"--"} + option +
                         " cannot be given together with --input: the files say it");
      }
    }
  }
  for (const std::string_view text : texts)
    values.add_below(parse_lines(std::string{text}, options, "preset"));
}

std::string print_config(const Values& values) {
  std::string text;
  for (const auto& [name, words] : values.all()) {
    if (name == "config" || name == "print-config" || name == "preset" || name == "format") continue;
    const bool filled_in = std::find(said_by_input.begin(), said_by_input.end(), name) != said_by_input.end();
    if (filled_in && values.has("input")) continue;
    for (const std::string& word : words) {
      if (!word.empty()) text += name + " = " + word + "\n";  // a switch has no value
    }
  }
  return text;
}

}  // namespace ipcsort::cli
