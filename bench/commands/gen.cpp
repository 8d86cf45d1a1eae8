#include <filesystem>
#include <iostream>
#include <limits>

#include "bench/cli/options.hpp"
#include "bench/cli/output.hpp"
#include "bench/commands/commands.hpp"
#include "bench/text/progress.hpp"
#include "bench/text/units.hpp"
#include "datagen/writer.hpp"
#include "sys/error.hpp"
#include "sys/interrupts.hpp"
#include "sys/text.hpp"

namespace ipcsort::commands {
namespace {

std::string file_name(std::uint32_t index) {
  std::string digits = std::to_string(index);
  return std::string(digits.size() < 4 ? 4 - digits.size() : 0, '0') + digits + ".txt";
}

std::uint64_t single(const cli::Values& values, const char* option) {
  const auto counts = cli::parse_counts(values.text(option), option);
  if (counts.size() != 1) throw UsageError(std::string{"--"} + option + " takes one value here");
  return counts.front();
}

// A file, for programs.
struct Written {
  std::string path;
  std::uint64_t numbers = 0;
  std::uint64_t bytes = 0;
};

const text::Columns<Written>& written_columns() {
  using text::column;
  static const text::Columns<Written> columns = {
      column("path", "", "", &Written::path),
      column("numbers", "", "", &Written::numbers),
      column("bytes", "B", "", &Written::bytes),
  };
  return columns;
}

}  // namespace

Usage gen_usage() {
  // clang-format off
  cli::OptionGroup options{"Options", {
      cli::help_option(),
      {"files", "COUNT", "how many files", "1"},
      {"numbers", "COUNT", "numbers in all files together", "1M"},
      {"distribution", "WORD", cli::distribution_names(), "uniform"},
      {"data-seed", "NUMBER", "other seeds, other numbers", "1"},
      {"output", "DIR", "directory for the files; existing files are not touched"}}};
  // clang-format on
  cli::add_format_option(options);
  return {
      .examples = {{"ipcsort gen --files 4 --numbers 80M --output data", "data/0000.txt ... data/0003.txt"},
                   {"ipcsort gen --numbers 1000 --distribution zipf --output small", "a few, unevenly"}},
      .description =
          "Writes text files of decimal 32-bit integers, one a line; the same options give the same bytes.",
      .groups = {options},
      .silent = {},
      .operands = {},
      .exits = {{exit_done, "done"},
                {exit_usage, "wrong usage or input"},
                {exit_failed, "a file could not be written"},
                {exit_interrupted(2), "interrupted (143 by SIGTERM)"}}};
}

int gen(const Arguments& arguments) {
  const cli::Values& values = arguments.values;
  const cli::Format format = cli::format_from(values);
  if (!values.has("output")) throw UsageError("gen needs --output DIRECTORY for the files");
  const std::uint64_t files = single(values, "files");
  if (files < 1 || files > 10'000)
    throw UsageError("--files " + std::to_string(files) + " is not between 1 and 10000");
  const datagen::DataSpec spec{
      datagen::from_string(values.text("distribution")),
      cli::whole_number(values, "data-seed", 0, std::numeric_limits<std::uint64_t>::max()),
      static_cast<std::uint32_t>(files), single(values, "numbers")};
  const std::filesystem::path directory = values.text("output");
  if (directory.empty()) throw UsageError("--output is empty; name a directory for the files");
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error)
    throw UsageError("--output " + directory.string() + " cannot be made a directory: " + error.message());

  sys::Interrupts interrupts;
  std::vector<Written> written;
  text::Progress progress(text::Progress::detect(false));
  for (std::uint32_t i = 0; i < spec.files; ++i) {
    const std::string path = (directory / file_name(i)).string();
    progress.generating(path, static_cast<double>(i) / spec.files);
    try {
      const datagen::InputFile file =
          datagen::write_file(path, spec, i, [&] { return interrupts.signal() != 0; });
      written.push_back({file.path, file.fingerprint.count, file.bytes});
      if (format == cli::Format::table) {
        std::cout << file.path << ": " << file.fingerprint.count << " numbers, "
                  << text::bytes_text(static_cast<double>(file.bytes)) << "\n";
      }
    } catch (const datagen::Interrupted&) {
      std::cerr << "ipcsort: interrupted; " << path << " was removed, files before it are complete\n";
      cli::print_rows(written_columns(), written, format);
      return exit_interrupted(interrupts.signal());
    }
  }
  cli::print_rows(written_columns(), written, format);
  return exit_done;
}

}  // namespace ipcsort::commands
