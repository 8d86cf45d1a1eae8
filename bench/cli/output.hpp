// How a command answers: in which format, and how much it says besides.
//
// In another format than table, standard output holds the data and nothing else; what is for people only goes
// to standard error.
#pragma once

#include <array>
#include <iostream>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bench/cli/option_table.hpp"
#include "bench/doctor/warnings.hpp"
#include "bench/text/format.hpp"
#include "bench/text/json.hpp"
#include "bench/text/style.hpp"
#include "bench/text/table.hpp"
#include "sys/object_log.hpp"

namespace ipcsort::cli {

using text::Format;

// What most commands have.
inline constexpr std::array formats = {Format::table, Format::csv, Format::json, Format::markdown};

// "table|csv": as the description of an option begins.
std::string names_of(std::span<const Format> of);
// Throws UsageError with a suggestion for what is not one `of` them.
Format parse_format(const std::string& text, std::string_view option, std::span<const Format> of);

// --format, one of `of`, which must last; the first unless given.
template <typename Into>
Row<Into> format_row(Format Into::*member, std::span<const Format> of = formats,
                     const std::string& meaning = ": what is printed on standard output") {
  return {{"format", "WORD", names_of(of) + meaning, std::string{to_string(of.front())}},
          to(member, [of](const std::string& text, std::string_view option) {
            return parse_format(text, option, of);
          })};
}

struct Verbosity {
  bool is_quiet = false;  // nothing but errors on standard error
  bool is_verbose = false;
};

// --quiet and --verbose, which contradict each other, each with what it means for the command.
std::vector<Row<Verbosity>> verbosity_rows(std::string quiet, std::string verbose);

// Rows for programs, on standard output; as a table they are the caller's.
template <typename T>
void print_rows(const text::Columns<T>& columns, const std::vector<T>& rows, Format format) {
  switch (format) {
    case Format::csv: std::cout << text::csv_text(columns, rows); return;
    case Format::json: std::cout << text::json_text(columns, rows); return;
    case Format::markdown: std::cout << text::markdown_text(text::table_of(columns, rows)); return;
    case Format::table:
    case Format::junit: return;
  }
}

// The FILE of --output: nothing for standard output, "-". Throws UsageError unless it can be written: minutes of measuring
// shall not end at a path that cannot.
std::optional<std::string> output_file(const std::string& path, std::string_view option);

// Before anything is measured: settles where logs and sockets lie, which is said where it is not as the user wanted it, and
// removes what dead runs left there. Returns what that was.
std::vector<sys::LoggedObject> tidy_up(const Verbosity& verbosity = {});

// Makes the directory that --output names, unless it is there; whether it did. Throws UsageError if it cannot be, or is
// somebody else's: see results::require_own.
bool make_output_directory(const std::string& path, std::span<const std::string> own = {});

// "ipcsort: SENTENCE" on standard error, within the width of the terminal.
void print_note(const std::string& sentence);

// What is wrong with the machine, on standard error: in full what spoils the figures; of what only makes them
// vary that there is some, unless `verbosity` is verbose; nothing when it is quiet.
void print_warnings(const std::vector<doctor::Warning>& warnings, const Verbosity& verbosity);

// Where words for people go that stand beside the data: nowhere if `verbosity` is quiet and the data is for
// programs.
std::ostream& notes_to(Format format, const Verbosity& verbosity);
text::Look look_of_notes(Format format);

}  // namespace ipcsort::cli
