// ipcsort: which transport should move data between processes on this machine?
#include <algorithm>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "bench/commands/command.hpp"
#include "bench/driver/build_info.hpp"
#include "datagen/format.hpp"
#include "sys/error.hpp"
#include "sys/text.hpp"
#include "transports/registry.hpp"

namespace {

using namespace ipcsort;
using namespace ipcsort::commands;

constexpr Command all_commands[] = {
    {"sweep", "measure a grid of transports, sizes and worker counts; table, CSV and charts", sweep},
    {"run", "one run of one transport, with its phases", run},
    {"report", "table, finding and charts of a sweep that was recorded", report},
    {"list", "the transports there are, and what each is", list},
    {"gen", "write files of integers", gen},
    {"clean", "remove what killed runs and old data left behind", clean},
};

void print_usage(std::ostream& out) {
  out << "Measures how sorted data gets from worker processes to their parent, transport against "
         "transport.\n\n"
         "  ipcsort sweep                                  the quick sweep over everything (about a minute)\n"
         "  ipcsort run --transports pipe --workers 4      one run\n"
         "  ipcsort COMMAND --help                         all options of a command\n\nCommands:\n";
  for (const Command& command : all_commands) {
    out << "  " << command.name << std::string(8 - command.name.size(), ' ') << command.summary << "\n";
  }
  out << "\nExit status: 0 done, 2 wrong usage or input, 3 a run failed or nothing was measured, 130 "
         "interrupted.\n";
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substitute = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substitute});
    }
  }
  return row.back();
}

int unknown_command(const std::string& name) {
  std::cerr << "ipcsort: there is no command '" << sys::printable(name) << "'";
  const auto nearest = std::min_element(
      std::begin(all_commands), std::end(all_commands),
      [&](auto& a, auto& b) { return edit_distance(name, a.name) < edit_distance(name, b.name); });
  if (edit_distance(name, nearest->name) <= 2) std::cerr << "; did you mean " << nearest->name << "?";
  std::cerr << "\nTry: ipcsort --help\n";
  return exit_usage;
}

int dispatch(const std::vector<std::string>& words) {
  if (words.empty() || words[0] == "--help" || words[0] == "-h" || words[0] == "help") {
    print_usage(words.empty() ? std::cerr : std::cout);
    return words.empty() ? exit_usage : exit_done;
  }
  if (words[0] == "--version") {
    std::cout << "ipcsort " << driver::build_info::version << " (" << driver::build_info::git_commit << ")\n";
    return exit_done;
  }
  const auto command = std::find_if(std::begin(all_commands), std::end(all_commands),
                                    [&](const Command& c) { return c.name == words[0]; });
  if (command == std::end(all_commands)) return unknown_command(words[0]);
  const Registry registry = builtin_transports();
  return command->execute({registry, {words.begin() + 1, words.end()}});
}

int finish(int status) {
  std::cout.flush();
  if (!std::cout) {
    std::cerr << "ipcsort: standard output could not be written\n";
    return exit_failed;
  }
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return finish(dispatch({argv + 1, argv + argc}));
  } catch (const UsageError& error) {
    std::cerr << "ipcsort: " << error.what() << "\n";
    return exit_usage;
  } catch (const datagen::ParseError& error) {
    std::cerr << "ipcsort: " << error.what() << "\n";
    return exit_usage;
  } catch (const std::exception& error) {
    std::cerr << "ipcsort: " << error.what() << "\n";
    return exit_failed;
  }
}
