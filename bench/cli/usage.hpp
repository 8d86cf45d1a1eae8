// What a command takes, as data: its words are parsed by it, and --help, the manual and the completions of
// the shells are made from it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sys/exit_status.hpp"

namespace ipcsort::cli {

enum class Takes {
  once,      // one value, given at most once
  repeated,  // one value each time it is given; also for bare words
  several,   // likewise, and several values at once: --input a b c
};

// Some names of values say what can be completed:
//   WORD, WORDS  one, or a list with commas, of the words that the option's description begins with: "a|b|c: "
//   FILE, DIR, PATH (either), PROGRAM, TRANSPORTS, NAME (of what ipcsort list shows), COMMAND
// Any other is told to people only: COUNT, TIME, BYTES.
struct Option {
  std::string name{};        // without --
  std::string value_name{};  // "FILE"; "" for a switch
  std::string description{};
  std::string fallback{};  // the value when it is not given, "" for none
  std::string letter{};    // "q" for -q, "" for none
  Takes takes = Takes::once;
};

Option help_option(std::string description = "this text");

// Options under one heading.
struct OptionGroup {
  std::string title;
  std::vector<Option> options;
};

struct Example {
  std::string command;  // the whole command line
  std::string what;     // what it does, or when it is of use
};

struct ExitStatus {
  int status;
  std::string meaning;
};

struct Operands {
  std::string option;  // the long name of the option that takes bare words; "" for none
  std::string shown;   // in the usage line: "OLD NEW"
};

struct Usage {
  std::vector<Example> examples;  // at least one
  std::string description{};      // paragraphs with an empty line between them; may be empty
  std::vector<OptionGroup> groups;
  std::vector<Option> silent{};  // taken, not shown: what a preset or a sweep's file may say
  Operands operands{};
  std::vector<ExitStatus> exits;
  std::string interrupted{};  // what a signal came before, behind "interrupted": " before the first run"
};

// All that is taken.
std::vector<Option> taken_options(const Usage& usage);

// Whether its value is a list with commas.
bool is_list(const Option& option);

// The words its value is one of; empty where it is not known by words.
std::vector<std::string> known_words(const Option& option);

// ---- exit statuses that commands share ----
std::vector<ExitStatus> plain_exits();         // done or wrong usage
std::vector<ExitStatus> measuring_exits();     // of what runs transports
std::vector<ExitStatus> with_profile_exits();  // likewise, by options that were found on some machine

}  // namespace ipcsort::cli
