#include "bench/cli/command.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>

#include "bench/text/style.hpp"
#include "sys/text.hpp"

namespace ipcsort::cli {
namespace {

using text::wrapped;

constexpr std::size_t columns_min = 80;
// Labels that are longer have their text on the next line.
constexpr std::size_t option_indent = 22;
constexpr std::size_t example_indent = 48;

// `text` beside `label`, or below it where that leaves no room.
std::string beside(const std::string& label, std::size_t indent, const std::string& text,
                   std::size_t columns) {
  if (label.size() + 2 > indent)
    return label + "\n" + wrapped(text, columns, std::string(indent, ' '), indent);
  return wrapped(text, columns, label + std::string(indent - label.size(), ' '), indent);
}

std::string examples_text(const std::vector<Example>& examples, std::size_t columns) {
  std::size_t longest = 0;
  for (const Example& example : examples) longest = std::max(longest, example.command.size());
  const std::size_t indent = std::min(example_indent, longest + 4);
  std::string text = "Examples:\n";
  for (const Example& example : examples)
    text += beside("  " + example.command, indent, example.what, columns);
  return text;
}

std::string description_text(const std::string& description, std::size_t columns) {
  std::string text;
  for (const std::string& paragraph : sys::split(description, '\n')) {
    text += paragraph.empty() ? "\n" : wrapped(paragraph, columns);
  }
  return text;
}

std::string plain(std::string_view text) { return std::string{text}; }

std::string options_text(const std::vector<OptionGroup>& groups, std::size_t columns) {
  std::string text;
  for (const OptionGroup& group : groups) {
    text += "\n" + group.title + ":\n";
    for (const Option& option : group.options)
      text += beside("  " + option_label(option, plain, plain), option_indent, option_text(option), columns);
  }
  return text;
}

std::string exits_text(const std::vector<ExitStatus>& exits, std::size_t columns) {
  std::vector<std::string> parts;
  for (const ExitStatus& exit : exits) parts.push_back(fmt::format("{} {}", exit.status, exit.meaning));
  return "\n" + wrapped("Exit status: " + sys::join(parts, ", ") + ".", columns);
}

// Of the program as a whole when `command` is empty.
std::string text_of(std::string_view command, const Usage& usage, std::size_t columns) {
  std::string text = examples_text(usage.examples, columns) + "\n";
  text += wrapped("Usage: " + calling_line(command, usage), columns) + "\n";
  if (!usage.description.empty()) text += description_text(usage.description, columns);
  if (command.empty()) {
    text += "\nCommands:\n";
    for (const Command& one : all_commands())
      text += beside(fmt::format("  {}", one.name), 14, std::string{one.summary}, columns);
  }
  return text + options_text(usage.groups, columns) + exits_text(usage.exits, columns);
}

}  // namespace

std::string calling_line(std::string_view command, const Usage& usage) {
  return fmt::format("ipcsort{}{} [OPTION]...{}{}", command.empty() ? "" : " ", command,
                     usage.operands.shown.empty() ? "" : " ", usage.operands.shown);
}

std::string option_label(const Option& option, Style name, Style value) {
  std::string label = option.letter.empty() ? "" : name("-" + option.letter) + ", ";
  label += name("--" + option.name);
  if (!option.value_name.empty()) label += " " + value(option.value_name);
  return label + (option.takes == Takes::several ? "..." : "");
}

std::string option_text(const Option& option) {
  return option.description + (option.fallback.empty() ? "" : " (" + option.fallback + ")");
}

std::string help_text(const Command& command, std::size_t columns) {
  return text_of(command.name, command.usage(), columns);
}

std::string overview_text(std::size_t columns) { return text_of("", program_usage(), columns); }

std::size_t help_columns() {
  const text::Look look = text::look_of(STDOUT_FILENO);
  return look.is_limited() ? std::max(columns_min, look.columns) : columns_min;
}

Usage help_usage() {
  // clang-format off
  OptionGroup options{"Options", {
      help_option(),
      {"command", "COMMAND", "whose help; may be given without the option's name"}}};
  // clang-format on
  return {.examples = {{"ipcsort help sweep", "all options of sweep, as ipcsort sweep --help shows them"},
                       {"ipcsort help", "the commands there are"}},
          .groups = {options},
          .operands = {"command", "[COMMAND]"},
          .exits = plain_exits()};
}

int help(const Arguments& arguments) {
  const bool named = arguments.values.has("command");
  std::cout << (named ? help_text(command_named(arguments.values.text("command")), help_columns())
                      : overview_text(help_columns()));
  return exit_done;
}

}  // namespace ipcsort::cli
