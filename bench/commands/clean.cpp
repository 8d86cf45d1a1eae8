#include <iostream>

#include "bench/cli/options.hpp"
#include "bench/cli/output.hpp"
#include "bench/commands/commands.hpp"
#include "datagen/inputs.hpp"
#include "sys/object_log.hpp"

namespace ipcsort::commands {
namespace {

struct CleanRequest {
  cli::Format format{};
  bool with_data = false;
  datagen::CacheOptions cache;
};

cli::OptionTable<CleanRequest> clean_options() {
  using namespace cli;
  // clang-format off
  return {{{"Options", joined<CleanRequest>({
      {{help_option()},
       {{"data", "", "remove generated numbers that no run uses, too; they are made anew when they are needed"}, to(&CleanRequest::with_data)}},
      part(&CleanRequest::cache, {cache_rows().front()}),  // of which only the directory matters here
      {format_row(&CleanRequest::format)}})}}};
  // clang-format on
}

const text::Columns<sys::LoggedObject>& object_columns() {
  using O = sys::LoggedObject;
  static const text::Columns<O> columns = {
      text::text_column<O>("kind", "of object in the kernel or file",
                           [](const O& object) { return to_string(object.kind); }),
      text::column("name", "", "that it has there", &O::name)};
  return columns;
}

}  // namespace

Usage clean_usage() {
  return {.examples = {{"ipcsort clean", "after a run was killed with SIGKILL"},
                       {"ipcsort clean --data", "when the disk is full, or generated files were changed"}},
          .description =
              "Removes kernel objects that killed runs of this user left behind: names in /dev/shm, "
              "semaphore arrays, socket paths. Only what an object log of a dead run lists; every other "
              "command that runs transports does it too. And what is remembered of the files of --input, so "
              "that they are read whole again.",
          .groups = clean_options().shown(),
          .exits = cli::plain_exits()};
}

int clean(const Arguments& arguments) {
  const CleanRequest request = clean_options().read(arguments.values);
  const cli::Format format = request.format;
  std::vector<sys::LoggedObject> removed = cli::tidy_up();
  const std::string& cache = request.cache.directory;
  if (const auto memory = datagen::forget_inputs(cache)) removed.push_back({sys::ObjectKind::path, *memory});
  if (request.with_data) {
    for (const std::string& set : datagen::remove_unused_sets(cache))
      removed.push_back({sys::ObjectKind::directory, set});
  }
  cli::print_rows(object_columns(), removed, format);
  if (format != cli::Format::table) return exit_done;
  for (const sys::LoggedObject& object : removed) std::cout << "removed " << sys::describe(object) << "\n";
  if (removed.empty()) std::cout << "nothing was left behind\n";
  return exit_done;
}

}  // namespace ipcsort::commands
