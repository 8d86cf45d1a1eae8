// How a command answers: in which format, and how much it says besides.
//
// In another format than table, standard output holds the data and nothing else; what is for people only goes
// to standard error.
#pragma once

#include <ostream>

#include "bench/commands/options.hpp"
#include "bench/driver/progress.hpp"

namespace ipcsort::commands {

enum class Format { table, csv, json, markdown };

void add_format_option(po::options_description& options);  // --format, table unless given
Format format_from(const po::variables_map& values);       // throws UsageError with a suggestion

// --quiet and --verbose, each with what it means for the command.
void add_talk_options(po::options_description& options, const char* quiet, const char* verbose);

struct Talk {
  bool is_quiet = false;  // nothing but errors on standard error
  bool is_verbose = false;
};
Talk talk_from(const po::variables_map& values);  // throws UsageError for both at once

// Where words for people go that stand beside the data: nowhere if `talk` is quiet and the data is for
// programs.
std::ostream& notes_to(Format format, const Talk& talk);

}  // namespace ipcsort::commands
