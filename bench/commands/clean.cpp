#include <iostream>

#include "bench/cli/output.hpp"
#include "bench/commands/commands.hpp"
#include "sys/object_log.hpp"

namespace ipcsort::commands {
namespace {

struct CleanRequest {
  cli::Format format{};
};

cli::OptionTable<CleanRequest> clean_options() {
  return {{{"Options", {{cli::help_option()}, cli::format_row(&CleanRequest::format)}}}};
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
  return {.examples = {{"ipcsort clean", "after a run was killed with SIGKILL"}},
          .description =
              "Removes kernel objects that killed runs of this user left behind: names in /dev/shm, "
              "semaphore arrays, socket paths. Only what an object log of a dead run lists; every other "
              "command that runs transports does it too.",
          .groups = clean_options().shown(),
          .exits = cli::plain_exits()};
}

int clean(const Arguments& arguments) {
  const cli::Format format = clean_options().read(arguments.values).format;
  const auto removed = cli::tidy_up();
  cli::print_rows(object_columns(), removed, format);
  if (format != cli::Format::table) return exit_done;
  for (const sys::LoggedObject& object : removed) std::cout << "removed " << sys::describe(object) << "\n";
  if (removed.empty()) std::cout << "nothing was left behind\n";
  return exit_done;
}

}  // namespace ipcsort::commands
