// How a command answers: in which format, and how much it says besides.
//
// In another format than table, standard output holds the data and nothing else; what is for people only goes
// to standard error.
#pragma once

#include <iostream>
#include <span>
#include <vector>

#include "bench/cli/options.hpp"
#include "bench/doctor/warnings.hpp"
#include "bench/text/json.hpp"
#include "bench/text/style.hpp"
#include "bench/text/table.hpp"

namespace ipcsort::cli {

enum class Format { table, csv, json, markdown };

void add_format_option(OptionGroup& group);  // --format, table unless given
Format format_from(const Values& values);    // throws UsageError with a suggestion

// --quiet and --verbose, each with what it means for the command.
void add_talk_options(OptionGroup& group, std::string quiet, std::string verbose);

struct Talk {
  bool is_quiet = false;  // nothing but errors on standard error
  bool is_verbose = false;
};
Talk talk_from(const Values& values);  // throws UsageError for both at once

// Rows for programs, on standard output; as a table they are the caller's.
template <typename Row>
void print_rows(const text::Columns<Row>& columns, const std::vector<Row>& rows, Format format) {
  switch (format) {
    case Format::table: return;
    case Format::csv: std::cout << text::csv_text(columns, rows); return;
    case Format::json: std::cout << text::json_text(text::json_fields(columns, rows)); return;
    case Format::markdown: std::cout << text::markdown_text(text::table_of(columns, rows)); return;
  }
}

// "ipcsort: SENTENCE" on standard error, within the width of the terminal.
void print_note(const std::string& sentence);

// What is wrong with the machine, on standard error: in full what spoils the figures; of what only makes them
// vary that there is some, unless `talk` is verbose; nothing when it is quiet.
void print_warnings(const std::vector<doctor::Warning>& warnings, const Talk& talk);

// Where words for people go that stand beside the data: nowhere if `talk` is quiet and the data is for
// programs.
std::ostream& notes_to(Format format, const Talk& talk);
text::Look look_of_notes(Format format);

}  // namespace ipcsort::cli
