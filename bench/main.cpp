// ipcsort: which transport should move data between processes on this machine?
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <exception>
#include <iostream>
#include <new>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "bench/cli/command.hpp"
#include "bench/host/build_info.hpp"
#include "datagen/format.hpp"
#include "datagen/stop.hpp"
#include "sys/error.hpp"
#include "sys/interrupts.hpp"
#include "transports/registry.hpp"

namespace {

using namespace ipcsort;
using namespace ipcsort::cli;

std::string version_text() {
  using namespace host::build_info;
  return std::string{"ipcsort "} + version + " (" + git_commit + (git_dirty ? ", modified" : "") + ", " +
         compiler + ", " + build_type + ")\n";
}

int dispatch(const std::vector<std::string>& words) {
  if (words.empty()) {
    std::cerr << overview_text(help_columns());
    return exit_usage;
  }
  if (words[0] == "--help" || words[0] == "-h") {
    std::cout << overview_text(help_columns());
    return exit_done;
  }
  if (words[0] == "--version") {
    std::cout << version_text();
    return exit_done;
  }
  const Registry registry = builtin_transports();
  if (words[0] == "complete") return complete(registry, {words.begin() + 1, words.end()});  // for the shells
  const Command& command = command_named(words[0]);
  const Usage usage = command.usage();
  std::vector<std::string> rest(words.begin() + 1, words.end());
  Values values = parse_words(rest, taken_options(usage), usage.operands.option);
  const Arguments arguments(registry, std::move(rest), std::move(values));
  if (arguments.values.has("help")) {
    std::cout << help_text(command, help_columns());
    return exit_done;
  }
  try {
    return command.execute(arguments);
  } catch (const datagen::Interrupted&) {
    std::cerr << "ipcsort: interrupted" << usage.interrupted << "\n";
    return exit_interrupted(arguments.interrupts().signal());
  }
}

// What the user can do about an error of the system's: where a disk is full, or a limit (setrlimit(2), `ulimit`) is reached.
std::string remedy_for(int error, std::string_view text) {
  switch (error) {
    case ENOSPC:
    case EDQUOT: return "; free some space and repeat the command (a sweep goes on where it stopped)";
    case ENOSYS:
      return "; ipcsort needs " + std::string{host::build_info::kernel_needed} +
             ", and no filter (seccomp) that forbids this call";
    default: break;
  }
  // The standard library's own errors name no limit; those of EAGAIN are about threads.
  const std::string_view limit = sys::limit_behind(error, "pthread_create");
  if (limit.empty()) return "";
  const std::string named = text.find("ulimit") == text.npos ? "; " + std::string{limit} : "";
  return named + "; raise that limit and repeat the command";
}

// Descriptors 0 to 2 are always open: otherwise the next file opened would be one of them, and what is meant
// for the terminal would end up among the recorded rows. A closed output stays one that cannot be written.
void open_standard_descriptors() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(fd, F_GETFD) != -1) continue;
    [[maybe_unused]] const int lowest_free = ::open("/dev/null", O_RDONLY);  // which is fd
  }
}

// A stack that may not grow ends a program by SIGSEGV, without a word.
void require_stack() {
  constexpr rlim_t stack_bytes_min = 256 * 1024;
  rlimit stack{};
  if (::getrlimit(RLIMIT_STACK, &stack) == 0 && stack.rlim_cur < stack_bytes_min)
    throw UsageError("the stack may not grow beyond " + std::to_string(stack.rlim_cur / 1024) +
                     " KB, which is too little; raise ulimit -s to " +
                     std::to_string(stack_bytes_min / 1024) + " or more");
}

// What somebody else has left in the terminal or pipe that we share: a write(2) would fail where it should wait.
void let_output_wait() {
  for (const int fd : {STDOUT_FILENO, STDERR_FILENO}) {
    const int flags = ::fcntl(fd, F_GETFL);
    if (flags != -1 && (flags & O_NONBLOCK) != 0) ::fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
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
  let_output_wait();
  sys::take_signals_in_hand();  // a sweep goes on recording when nobody reads its progress any more
  try {
    require_stack();
    return finish(dispatch({argv + 1, argv + argc}));
  } catch (const UsageError& error) {
    std::cerr << "ipcsort: " << error.what() << "\n";
    return exit_usage;
  } catch (const datagen::ParseError& error) {
    std::cerr << "ipcsort: " << error.what() << "\n";
    return exit_usage;
  } catch (const NotComparable& error) {
    std::cerr << "ipcsort: " << error.what() << "\n";
    return exit_not_comparable;
  } catch (const std::system_error& error) {
    std::cerr << "ipcsort: " << error.what() << remedy_for(error.code().value(), error.what()) << "\n";
    return exit_failed;
  } catch (const std::bad_alloc&) {
    std::cerr << "ipcsort: there is no more memory" << remedy_for(ENOMEM, "") << "\n";
    return exit_failed;
  } catch (const std::exception& error) {
    std::cerr << "ipcsort: " << error.what() << "\n";
    return exit_failed;
  }
}
