// A verb of the command line: one file each, dispatched by main.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bench/cli/usage.hpp"
#include "bench/cli/words.hpp"
#include "sys/exit_status.hpp"
#include "transports/registry.hpp"

namespace ipcsort::cli {

struct Arguments {
  const Registry& registry;
  std::vector<std::string> words;  // after the command's name
  Values values;                   // what they say by the command's usage; --help is not among them
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
int completion(const Arguments& arguments);
int help(const Arguments& arguments);
int manual(const Arguments& arguments);
Usage completion_usage();
Usage help_usage();
Usage manual_usage();

// What can stand in the place of the last of `words`, which are those behind the program's name: a line
// each, the word and behind a tab what it means; or ":files" or ":directories" for words the shell knows.
int complete(const Registry& registry, std::vector<std::string> words);

// ipcsort without a command.
Usage program_usage();

}  // namespace ipcsort::cli
