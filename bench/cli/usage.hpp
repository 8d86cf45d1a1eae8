// What a command takes, as data: its words are parsed by it, and --help, the manual and the completions of
// the shells are made from it.
#pragma once

#include <boost/program_options.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "sys/exit_status.hpp"

namespace ipcsort::cli {

namespace po = boost::program_options;

// Options under one heading.
struct OptionGroup : po::options_description {
  explicit OptionGroup(std::string heading) : po::options_description(heading), title(std::move(heading)) {}
  std::string title;
};

// An option's value, called `name` in help. Some names say what can be completed:
//   WORD, WORDS  one, or a list with commas, of the words that the option's description begins with: "a|b|c:
//   " FILE, DIR, PATH (either), PROGRAM, TRANSPORTS, NAME (of what ipcsort list shows), COMMAND
// Any other is told to people only: COUNT, TIME, BYTES.
po::typed_value<std::string>* one_value(const char* name);
po::typed_value<std::string>* one_value(const char* name, const std::string& fallback);
// An option that takes several words, or may be given as bare ones.
po::typed_value<std::vector<std::string>>* many_values(const char* name);

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
  std::string description;        // paragraphs with an empty line between them; may be empty
  std::vector<OptionGroup> groups;
  std::vector<po::options_description> silent;  // taken, not shown: what a preset or a sweep's file may say
  Operands operands;
  std::vector<ExitStatus> exits;
};

// All that is taken.
po::options_description taken_options(const Usage& usage);

// An option as it is shown.
struct ShownOption {
  std::string name;        // without --
  std::string letter;      // "q" for -q, "" for none
  std::string value_name;  // "FILE"; "" for a switch
  std::string fallback;    // the value when it is not given, "" for none
  std::string description;
  bool takes_several = false;  // --input a b c
};

ShownOption shown(const po::option_description& option);

// Whether its value is a list with commas.
bool is_list(const ShownOption& option);

// The words its value is one of; empty where it is not known by words.
std::vector<std::string> known_words(const ShownOption& option);

// What the program reads from the environment, and where it keeps files.
struct Outside {
  std::string name;
  std::string meaning;
  std::vector<std::string_view> commands;  // that it is of use for; empty: all
};

const std::vector<Outside>& environment_variables();
const std::vector<Outside>& files();
bool concerns(const Outside& outside, std::string_view command);

// ---- exit statuses that commands share ----
std::vector<ExitStatus> plain_exits();         // done or wrong usage
std::vector<ExitStatus> measuring_exits();     // of what runs transports
std::vector<ExitStatus> with_profile_exits();  // likewise, by options that were found on some machine

}  // namespace ipcsort::cli
