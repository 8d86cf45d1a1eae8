// --help, from the tables of the commands.
#pragma once

#include <cstddef>
#include <string>

#include "bench/cli/command.hpp"

namespace ipcsort::cli {

// Examples, then how it is called, then all options; no line wider than `columns` if its words are not.
std::string help_text(const Command& command, std::size_t columns);

// Of the program as a whole: likewise, with the commands.
std::string overview_text(std::size_t columns);

// Of the terminal that standard output is, at least 80; 80 elsewhere.
std::size_t help_columns();

// "ipcsort report [OPTION]... [DIR]"
std::string calling_line(std::string_view command, const Usage& usage);

// "-q, --quiet", "--output FILE", "--input FILE..."
std::string option_label(const Option& option);

// The description, and the default if there is one.
std::string option_text(const Option& option);

}  // namespace ipcsort::cli
