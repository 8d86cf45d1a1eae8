// The words of a command line, and lines of configuration, as values of options.
#pragma once

#include <functional>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "bench/cli/usage.hpp"
#include "sys/error.hpp"

namespace ipcsort::cli {

// What options say, by their names. A switch that was given is there with an empty value.
class Values {
 public:
  struct Value {
    std::vector<std::string> words;
    bool is_fallback = false;
    std::string place{};  // "my.cfg:3: ", where a file says it
  };

  // Whether the option was given, or has a fallback.
  [[nodiscard]] bool has(std::string_view option) const { return values_.contains(option); }
  // The value of an option that is there; otherwise std::out_of_range, which is a bug of the caller.
  [[nodiscard]] const std::string& text(std::string_view option) const;
  // The values of one that can have several; none if it is not there.
  [[nodiscard]] std::vector<std::string> list(std::string_view option) const;
  // What `parse` makes of them, the value of an option that is there. What it throws names the file and the line where the
  // option stands.
  template <typename Parse>
  auto parsed(std::string_view option, Parse parse) const {
    try {
      return parse(list(option));
    } catch (const UsageError& error) {
      throw UsageError(place_of(option) + error.what());
    }
  }
  // All that are there, in the order of their names.
  [[nodiscard]] const auto& all() const noexcept { return values_; }

  // In the place of what is there.
  void put(const std::string& option, std::vector<std::string> words, std::string place = "") {
    values_[option] = {std::move(words), false, std::move(place)};
  }
  // If it is not there.
  void put_fallback(const std::string& option, const std::string& word) {
    values_.try_emplace(option, Value{{word}, true});
  }
  // What is there by other than a fallback stays.
  void add_below(const Values& lower);

 private:
  [[nodiscard]] std::string place_of(std::string_view option) const;

  std::map<std::string, Value, std::less<>> values_;
};

// Parses `words` by `options`; `positional` names the option that takes bare words, "" for none. What is not
// given has its fallback. Throws UsageError, with a spelling suggestion.
Values parse_words(const std::vector<std::string>& words, const std::vector<Option>& options,
                   std::string_view positional = "");

// Layers what the user gave with what was not given: command line over the file of --config over each of
// `texts`, the first over the next, which have the form of a configuration file. Throws UsageError for what
// is in none of `options`, and for axes that contradict --input.
void layer(Values& values, const std::vector<Option>& options, std::initializer_list<std::string_view> texts);

// "name = value" lines that say the same again.
std::string print_config(const Values& values);

}  // namespace ipcsort::cli
