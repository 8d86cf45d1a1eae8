#include "bench/cli/output.hpp"

#include <unistd.h>

#include <algorithm>
#include <iostream>

#include "sys/error.hpp"
#include "sys/text.hpp"

namespace ipcsort::cli {
namespace {

// In the order of the enumeration.
const std::vector<std::string>& format_names() {
  static const std::vector<std::string> names = {"table", "csv", "json", "markdown"};
  return names;
}

}  // namespace

void add_format_option(OptionGroup& group) {
  group.options.push_back({"format", "WORD",
                           sys::join(format_names(), "|") + ": what is printed on standard output",
                           format_names().front()});
}

Format format_from(const Values& values) {
  const std::string& name = values.text("format");
  const std::vector<std::string>& known = format_names();
  const auto found = std::ranges::find(known, name);
  if (found == known.end()) throw UsageError("--format: " + sys::is_none_of(name, known));
  return static_cast<Format>(found - known.begin());
}

void add_talk_options(OptionGroup& group, std::string quiet, std::string verbose) {
  group.options.push_back({"quiet", "", std::move(quiet), "", "q"});
  group.options.push_back({"verbose", "", std::move(verbose), "", "v"});
}

Talk talk_from(const Values& values) {
  const Talk talk{values.has("quiet"), values.has("verbose")};
  if (talk.is_quiet && talk.is_verbose)
    throw UsageError("--quiet and --verbose say the opposite of each other; give one of them");
  return talk;
}

void print_note(const std::string& sentence) {
  std::cerr << text::fitted("ipcsort: " + sentence + "\n", text::look_of(STDERR_FILENO));
}

void print_warnings(const std::vector<doctor::Warning>& warnings, const Talk& talk) {
  if (talk.is_quiet) return;
  std::size_t others = 0;
  for (const doctor::Warning& warning : warnings) {
    if (warning.severity == doctor::Severity::spoils || talk.is_verbose) {
      print_note(warning.what + "; " + warning.remedy);
    } else {
      ++others;
    }
  }
  if (others > 0) {
    print_note(std::to_string(others) + (others == 1 ? " thing makes" : " things make") +
               " figures vary more, or mean less, than they could; ipcsort doctor says which");
  }
}

std::ostream& notes_to(Format format, const Talk& talk) {
  static std::ostream nowhere(nullptr);
  if (format == Format::table) return std::cout;
  return talk.is_quiet ? nowhere : std::cerr;
}

text::Look look_of_notes(Format format) {
  return text::look_of(format == Format::table ? STDOUT_FILENO : STDERR_FILENO);
}

}  // namespace ipcsort::cli
