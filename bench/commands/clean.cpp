#include <iostream>

#include "bench/commands/command.hpp"
#include "sys/object_log.hpp"

namespace ipcsort::commands {

Usage clean_usage() {
  OptionGroup options("Options");
  options.add_options()("help,h", "this text");
  return {.examples = {{"ipcsort clean", "after a run was killed with SIGKILL"}},
          .description =
              "Removes kernel objects that killed runs of this user left behind: names in /dev/shm, "
              "semaphore arrays, socket paths. Only what an object log of a dead run lists; every other "
              "command that runs transports does it too.",
          .groups = {options},
          .silent = {},
          .operands = {},
          .exits = plain_exits()};
}

int clean(const Arguments&) {
  const auto removed = sys::clean_dead_logs();
  for (const sys::LoggedObject& object : removed) std::cout << "removed " << sys::describe(object) << "\n";
  if (removed.empty()) std::cout << "nothing was left behind\n";
  return exit_done;
}

}  // namespace ipcsort::commands
