// Options together with the places their values go to: the words of a command become one value of a type of
// its own, once, and whatever is wrong with them is said then.
#pragma once

#include <functional>
#include <initializer_list>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "bench/cli/usage.hpp"
#include "bench/cli/words.hpp"
#include "bench/pipeline/settings.hpp"

namespace ipcsort::cli {

// Puts what `words` say, at least one, into its place. Throws UsageError that names the option.
template <typename Into>
using Reader =
    std::function<void(Into& into, const std::string& option, const std::vector<std::string>& words)>;

template <typename Into>
struct Row {
  Option option;
  Reader<Into> read{};  // none: it is read by other means, such as --help
};

template <typename Into>
struct OptionTable {
  struct Group {
    std::string title;
    std::vector<Row<Into>> rows;
  };
  std::vector<Group> groups;
  std::vector<Row<Into>> silent{};  // taken, not shown

  // As they are shown and parsed.
  [[nodiscard]] std::vector<OptionGroup> shown() const {
    std::vector<OptionGroup> all;
    for (const Group& group : groups) all.push_back({group.title, options_of(group.rows)});
    return all;
  }

  [[nodiscard]] std::vector<Option> silently_taken() const { return options_of(silent); }

  // What `values` say; options that are not there leave what a new Into has.
  [[nodiscard]] Into read(const Values& values) const {
    Into into;
    const auto read_rows = [&](const std::vector<Row<Into>>& rows) {
      for (const Row<Into>& row : rows) {
        if (row.read && values.has(row.option.name))
          values.parsed(row.option.name, [&](const auto& words) { row.read(into, row.option.name, words); });
      }
    };
    for (const Group& group : groups) read_rows(group.rows);
    read_rows(silent);
    return into;
  }

 private:
  static std::vector<Option> options_of(const std::vector<Row<Into>>& rows) {
    std::vector<Option> all;
    for (const Row<Into>& row : rows) all.push_back(row.option);
    return all;
  }
};

// ---- readers ----

// A value that `parse` makes of the word and the option's name.
template <typename Into, typename Member, typename Parse>
Reader<Into> to(Member Into::*member, Parse parse) {
  return [member, parse](Into& into, const std::string& option, const std::vector<std::string>& words) {
    into.*member = static_cast<Member>(parse(words.front(), option));
  };
}

// By what the member is: whether the option was given, all its words, a value that words<Member> has, or the
// word.
template <typename Into, typename Member>
Reader<Into> to(Member Into::*member) {
  return [member](Into& into, [[maybe_unused]] const std::string& option,
                  [[maybe_unused]] const std::vector<std::string>& words) {
    if constexpr (std::is_same_v<Member, bool>) {
      into.*member = true;
    } else if constexpr (std::is_same_v<Member, std::vector<std::string>>) {
      into.*member = words;
    } else if constexpr (std::is_enum_v<Member>) {
      into.*member = pipeline::parse_word<Member>(option, words.front());
    } else {
      into.*member = words.front();
    }
  };
}

// ---- rows of parts ----

// Rows whose place is a part of another value.
template <typename Into, typename Part>
std::vector<Row<Into>> part(Part Into::*member, const std::vector<Row<Part>>& rows) {
  std::vector<Row<Into>> all;
  for (const Row<Part>& row : rows) {
    Reader<Into> read;
    if (row.read) {
      read = [member, read_part = row.read](Into& into, const std::string& option,
                                            const std::vector<std::string>& words) {
        read_part(into.*member, option, words);
      };
    }
    all.push_back({row.option, std::move(read)});
  }
  return all;
}

// Options that are read by other means.
template <typename Into>
std::vector<Row<Into>> unread(const std::vector<Option>& options) {
  std::vector<Row<Into>> all;
  for (const Option& option : options) all.push_back({option});
  return all;
}

template <typename Into>
typename OptionTable<Into>::Group unread(const OptionGroup& group) {
  return {group.title, unread<Into>(group.options)};
}

template <typename Into>
std::vector<Row<Into>> joined(std::initializer_list<std::vector<Row<Into>>> parts) {
  std::vector<Row<Into>> all;
  for (const std::vector<Row<Into>>& rows : parts) all.insert(all.end(), rows.begin(), rows.end());
  return all;
}

}  // namespace ipcsort::cli
