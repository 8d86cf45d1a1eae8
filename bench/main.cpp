// ipcsort: which transport should move data between processes on this machine?
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "bench/commands/command.hpp"
#include "bench/commands/options.hpp"
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
    {"tune", "the best options of each transport on this machine, and what each is worth", tune},
    {"ab", "has another ipcsort become slower? both in turn, until each cell is decided", ab},
    {"selftest", "how far the verdicts of ab can be trusted on this machine", selftest},
    {"report", "table, finding and charts of a sweep that was recorded", report},
    {"export", "a sweep that was recorded, in the formats of other tools", export_results},
    {"micro", "each transport message by message, and the kernels, with Google Benchmark", micro},
    {"compare", "two recorded sweeps, cell by cell: what regressed", compare},
    {"list", "the transports there are, and what each is", list},
    {"doctor", "what this machine does to figures, and how to measure on it", doctor},
    {"gen", "write files of integers", gen},
    {"clean", "remove what killed runs and old data left behind", clean},
};

void print_usage(std::ostream& out) {
  out << "Measures how sorted data gets from worker processes to their parent, transport against "
         "transport.\n\n"
         "  ipcsort sweep                                  the quick sweep over everything (four minutes)\n"
         "  ipcsort run --transports pipe --workers 4      one run\n"
         "  ipcsort COMMAND --help                         all options of a command\n\nCommands:\n";
  for (const Command& command : all_commands) {
    out << "  " << command.name << std::string(10 - command.name.size(), ' ') << command.summary << "\n";
  }
  out << "\nExit status: 0 done, 1 something regressed, 2 wrong usage or input, 3 a run failed or nothing "
         "was "
         "measured, 4 inconclusive (with --strict), 5 not comparable, 130 interrupted.\n";
}

int unknown_command(const std::string& name) {
  std::vector<std::string> known;
  for (const Command& command : all_commands) known.emplace_back(command.name);
  const std::string meant = nearest(name, known);
  std::cerr << "ipcsort: there is no command '" << sys::printable(name) << "'"
            << (meant.empty() ? "" : "; did you mean " + meant + "?") << "\nTry: ipcsort --help\n";
  return exit_usage;
}

int dispatch(std::vector<std::string> words) {
  if (words.size() == 2 && words[0] == "help") words = {words[1], "--help"};
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

// Descriptors 0 to 2 are always open: otherwise the next file opened would be one of them, and what is meant
// for the terminal would end up among the recorded rows. A closed output stays one that cannot be written.
void open_standard_descriptors() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(fd, F_GETFD) != -1) continue;
    [[maybe_unused]] const int lowest_free = ::open("/dev/null", O_RDONLY);  // which is fd
  }
}

bool reader_is_gone() {
  pollfd out{STDOUT_FILENO, 0, 0};
  return ::poll(&out, 1, 0) == 1 && (out.revents & POLLERR) != 0;
}

int finish(int status) {
  std::cout.flush();
  if (!std::cout) {
    if (reader_is_gone()) {  // `ipcsort list | head -1`: end as other programs do, without a word
      ::signal(SIGPIPE, SIG_DFL);
      ::raise(SIGPIPE);
    }
    std::cerr << "ipcsort: standard output could not be written\n";
    return exit_failed;
  }
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  open_standard_descriptors();
  ::signal(SIGPIPE, SIG_IGN);  // a sweep goes on recording when nobody reads its progress any more
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
