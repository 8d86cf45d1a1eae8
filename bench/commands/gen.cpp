#include <fmt/core.h>

#include <filesystem>
#include <iostream>
#include <optional>

#include "bench/cli/options.hpp"
#include "bench/cli/output.hpp"
#include "bench/cli/parse.hpp"
#include "bench/commands/commands.hpp"
#include "bench/text/progress.hpp"
#include "bench/text/units.hpp"
#include "datagen/writer.hpp"
#include "sys/error.hpp"
#include "sys/interrupts.hpp"
#include "sys/text.hpp"

namespace ipcsort::commands {
namespace {

constexpr std::uint64_t files_max = 10'000;

std::uint64_t single(const std::string& text, std::string_view option) {
  const auto counts = cli::parse_counts(text, option);
  if (counts.size() != 1) throw UsageError("--" + std::string{option} + " takes one value here");
  return counts.front();
}

std::uint64_t file_count(const std::string& text, std::string_view option) {
  const std::uint64_t files = single(text, option);
  if (files < 1 || files > files_max)
    throw UsageError(fmt::format("--files {} is not between 1 and {}", files, files_max));
  return files;
}

struct GenRequest {
  datagen::DataSpec data{};
  std::optional<std::string> output;
  cli::Format format{};
};

cli::OptionTable<GenRequest> gen_options() {
  using namespace cli;
  using datagen::DataSpec;
  const auto distribution = [](const std::string& text, std::string_view) {
    return datagen::from_string(text);
  };
  // clang-format off
  const std::vector<Row<DataSpec>> data = {
      {{"files", "COUNT", "how many files", "1"}, to(&DataSpec::files, file_count)},
      {{"numbers", "COUNT", "numbers in all files together", "1M"}, to(&DataSpec::numbers, single)},
      {{"distribution", "WORD", distribution_names(), "uniform"}, to(&DataSpec::distribution, distribution)},
      {{"data-seed", "NUMBER", "other seeds, other numbers", "1"}, to(&DataSpec::seed, whole_number(0))}};
  return {{{"Options", joined<GenRequest>({{{help_option()}}, part(&GenRequest::data, data), {
      {{"output", "DIR", "directory for the files; a new or an empty one"}, to(&GenRequest::output)},
      format_row(&GenRequest::format)}})}}};
  // clang-format on
}

// Of a file, for programs.
const text::Columns<datagen::InputFile>& file_columns() {
  using text::column;
  using File = datagen::InputFile;
  static const text::Columns<File> columns = {
      column("path", "", "", &File::path),
      column<File>("numbers", "", "", &File::fingerprint, &datagen::Fingerprint::count),
      column("bytes", "B", "", &File::bytes),
  };
  return columns;
}

}  // namespace

Usage gen_usage() {
  return {
      .examples = {{"ipcsort gen --files 4 --numbers 80M --output data", "data/0000.txt ... data/0003.txt"},
                   {"ipcsort gen --numbers 1000 --distribution zipf --output small", "a few, unevenly"}},
      .description =
          "Writes text files of decimal 32-bit integers, one a line; the same options give the same bytes.",
      .groups = gen_options().shown(),
      .exits = {{exit_done, "done"},
                {exit_usage, "wrong usage or input"},
                {exit_failed, "a file could not be written"},
                {exit_interrupted(2), "interrupted (129 by SIGHUP, 143 by SIGTERM)"}}};
}

int gen(const Arguments& arguments) {
  const GenRequest request = gen_options().read(arguments.values);
  if (!request.output) throw UsageError("gen needs --output DIRECTORY for the files");
  const datagen::DataSpec& spec = request.data;
  const std::filesystem::path directory = *request.output;
  if (directory.empty()) throw UsageError("--output is empty; name a directory for the files");
  std::vector<std::string> names;
  for (std::uint32_t i = 0; i < spec.files; ++i) names.push_back(fmt::format("{:04}.txt", i));
  const bool is_new = cli::make_output_directory(directory.string(), names);

  sys::Interrupts& interrupts = arguments.interrupts();
  std::vector<datagen::InputFile> written;
  text::Progress progress(text::Progress::detect(false));
  for (std::uint32_t i = 0; i < spec.files; ++i) {
    const std::string path = (directory / names[i]).string();
    progress.generating(path, static_cast<double>(i) / spec.files);
    try {
      const datagen::InputFile file =
          datagen::write_file(path, spec, i, [&] { return interrupts.signal() != 0; });
      written.push_back(file);
      if (request.format == cli::Format::table) {
        std::cout << fmt::format("{}: {} numbers, {}\n", file.path, file.fingerprint.count,
                                 text::bytes_text(static_cast<double>(file.bytes)));
      }
    } catch (const datagen::Interrupted&) {
      std::error_code ignored;
      if (is_new && written.empty()) std::filesystem::remove(directory, ignored);
      std::cerr << "ipcsort: interrupted; " << path << " was removed, files before it are complete\n";
      cli::print_rows(file_columns(), written, request.format);
      return exit_interrupted(interrupts.signal());
    }
  }
  cli::print_rows(file_columns(), written, request.format);
  return exit_done;
}

}  // namespace ipcsort::commands
