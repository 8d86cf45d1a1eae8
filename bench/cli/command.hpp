// A verb of the command line: one file each, dispatched by main.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/cli/usage.hpp"
#include "bench/cli/words.hpp"
#include "sys/exit_status.hpp"
#include "sys/interrupts.hpp"
#include "transports/registry.hpp"

namespace ipcsort::cli {

// What a command was called with. It throws UsageError and ParseError (exit_usage), NotComparable
// (exit_not_comparable), datagen::Interrupted (with Usage::interrupted) and what else std::exception is
// (exit_failed); main says so.
class Arguments {
 public:
  Arguments(const Registry& with_registry, std::vector<std::string> all_words, Values all_values)
      : registry(with_registry), words(std::move(all_words)), values(std::move(all_values)) {}

  // From the first call on, signals wait in it instead of ending the program.
  [[nodiscard]] sys::Interrupts& interrupts() const {
    if (!interrupts_) interrupts_.emplace();
    return *interrupts_;
  }

  const Registry& registry;
  const std::vector<std::string> words;  // after the command's name
  const Values values;                   // what they say by the command's usage; --help is not among them

 private:
  mutable std::optional<sys::Interrupts> interrupts_;
};

struct Command {
  std::string_view name;
  std::string_view summary;
  int (*execute)(const Arguments&);
  Usage (*usage)();
};

// In the order in which they are shown.
std::span<const Command> all_commands() noexcept;

// Throws UsageError, with a spelling suggestion, when there is none of that name.
const Command& command_named(const std::string& name);

// The verbs that are about the others.
using Verb = int(const Arguments& arguments);  // returns an exit status
Verb completion, help, manual;
using Description = Usage();
Description completion_usage, help_usage, manual_usage;

// What can stand in the place of the last of `words`, which are those behind the program's name: a line
// each, the word and behind a tab what it means; or ":files" or ":directories" for words the shell knows.
int complete(const Registry& registry, std::vector<std::string> words);

// ipcsort without a command.
Usage program_usage();

// ---- --help, from the tables of the commands ----

// Examples, then how it is called, then all options; no line wider than `columns` if its words are not.
std::string help_text(const Command& command, std::size_t columns);

// Of the program as a whole: likewise, with the commands.
std::string overview_text(std::size_t columns);

// Of the terminal that standard output is, at least 80; 80 elsewhere.
std::size_t help_columns();

// "ipcsort report [OPTION]... [DIR]"
std::string calling_line(std::string_view command, const Usage& usage);

// "-q, --quiet", "--output FILE", "--input FILE...": the names and the value as `name` and `value` write them.
using Style = std::string (*)(std::string_view);
std::string option_label(const Option& option, Style name, Style value);

// The description, and the default if there is one.
std::string option_text(const Option& option);

}  // namespace ipcsort::cli
