#include "bench/cli/output.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include "bench/results/ownership.hpp"
#include "sys/error.hpp"
#include "sys/file.hpp"
#include "sys/text.hpp"

namespace ipcsort::cli {
namespace {

std::vector<std::string> known_names(std::span<const Format> of) {
  std::vector<std::string> names;
  for (const Format format : of) names.emplace_back(to_string(format));
  return names;
}

}  // namespace

std::string names_of(std::span<const Format> of) { return sys::join(known_names(of), "|"); }

Format parse_format(const std::string& text, std::string_view option, std::span<const Format> of) {
  const auto found = std::ranges::find_if(of, [&](Format format) { return to_string(format) == text; });
  if (found == of.end())
    throw UsageError(fmt::format("--{}: {}", option, sys::is_none_of(text, known_names(of))));
  return *found;
}

std::vector<Row<Verbosity>> verbosity_rows(std::string quiet, std::string verbose) {
  const Reader<Verbosity> read_verbose = [](Verbosity& verbosity, const std::string&,
                                            const std::vector<std::string>&) {
    if (verbosity.is_quiet)
      throw UsageError("--quiet and --verbose say the opposite of each other; give one of them");
    verbosity.is_verbose = true;
  };
  return {{{"quiet", "", std::move(quiet), "", "q"}, to(&Verbosity::is_quiet)},
          {{"verbose", "", std::move(verbose), "", "v"}, read_verbose}};
}

std::optional<std::string> output_file(const std::string& path, std::string_view option) {
  if (path.empty()) throw UsageError(fmt::format("--{} is empty; name a file", option));
  if (path == "-") return std::nullopt;
  const std::string refusal = fmt::format("--{} {} cannot be written: ", option, sys::printable(path));
  const int error = sys::write_refusal(path);
  if (error == 0) return path;
  if (error == EISDIR) throw UsageError(refusal + "it is a directory; name a file in a directory of yours");
  throw UsageError(
      refusal + std::generic_category().message(error) +
      (error == ENOENT ? "; make that directory first" : "; name a file in a directory of yours"));
}

std::vector<sys::LoggedObject> tidy_up(const Verbosity& verbosity) {
  const std::string oddity = sys::settle_runtime_directory();
  if (!oddity.empty() && !verbosity.is_quiet) print_note(oddity);
  return sys::clean_dead_logs();
}

bool make_output_directory(const std::string& path, std::span<const std::string> own) {
  results::require_own(path, own);
  std::error_code error;
  const bool is_new = std::filesystem::create_directories(path, error);
  if (error)
    throw UsageError(fmt::format("--output {} cannot be made a directory: {}", path, error.message()));
  return is_new;
}

void print_note(const std::string& sentence) {
  std::cerr << text::fitted("ipcsort: " + sentence + "\n", text::look_of(STDERR_FILENO));
}

void print_warnings(const std::vector<doctor::Warning>& warnings, const Verbosity& verbosity) {
  if (verbosity.is_quiet) return;
  std::size_t others = 0;
  for (const doctor::Warning& warning : warnings) {
    if (warning.severity == doctor::Severity::spoils || verbosity.is_verbose) {
      print_note(warning.what + "; " + warning.remedy);
    } else {
      ++others;
    }
  }
  if (others > 0) {
    print_note(fmt::format("{} figures vary more, or mean less, than they could; ipcsort doctor says which",
                           others == 1 ? "1 thing makes" : fmt::format("{} things make", others)));
  }
}

std::ostream& notes_to(Format format, const Verbosity& verbosity) {
  static std::ostream nowhere(nullptr);
  if (format == Format::table) return std::cout;
  return verbosity.is_quiet ? nowhere : std::cerr;
}

text::Look look_of_notes(Format format) {
  return text::look_of(format == Format::table ? STDOUT_FILENO : STDERR_FILENO);
}

}  // namespace ipcsort::cli
