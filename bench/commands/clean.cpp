#include <iostream>

#include "bench/commands/command.hpp"
#include "bench/commands/options.hpp"
#include "sys/object_log.hpp"

namespace ipcsort::commands {
namespace {

constexpr std::string_view usage =
    "Removes kernel objects that killed runs of this user left behind: names in /dev/shm, semaphore arrays, "
    "socket\n"
    "paths. Only what an object log of a dead run lists; every other command that runs transports does it "
    "too.\n\n"
    "  ipcsort clean\n";

}  // namespace

int clean(const Arguments& arguments) {
  po::options_description options("Options");
  options.add_options()("help,h", "this text");
  const po::variables_map values = parse_words(arguments.words, options);
  if (help_wanted(values, usage, options)) return exit_done;
  const auto removed = sys::clean_dead_logs();
  for (const sys::LoggedObject& object : removed) std::cout << "removed " << sys::describe(object) << "\n";
  if (removed.empty()) std::cout << "nothing was left behind\n";
  return exit_done;
}

}  // namespace ipcsort::commands
