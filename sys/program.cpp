#include "sys/program.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>

#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace ipcsort::sys {
namespace {

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> list;
  for (std::string& word : words) list.push_back(word.data());
  list.push_back(nullptr);
  return list;
}

}  // namespace

ProgramResult run_program(const std::vector<std::string>& words, Stderr errors,
                          const std::vector<std::string>& extra_environment) {
  std::array<int, 2> ends{};
  check(::pipe2(ends.data(), O_CLOEXEC), "pipe2");
  const Fd read_end(ends[0]);
  Fd write_end(ends[1]);

  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, write_end.get(), STDOUT_FILENO);
  if (errors == Stderr::silence) {
    ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  }
  // Signals that we have blocked to read them from a descriptor are the program's own affair again.
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  std::vector<std::string> arguments = words;
  std::vector<std::string> environment = extra_environment;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    // Of a name that stands there twice, some programs take the first and some the last.
    const std::string_view inherited = *entry;
    const std::string_view name = inherited.substr(0, inherited.find('=') + 1);
    const bool replaced = std::any_of(extra_environment.begin(), extra_environment.end(),
                                      [&](const std::string& extra) { return extra.starts_with(name); });
    if (!replaced) environment.emplace_back(inherited);
  }
  pid_t pid = -1;
  const int error = ::posix_spawnp(&pid, words.front().c_str(), &actions, &attributes,
                                   pointers(arguments).data(), pointers(environment).data());
  ::posix_spawn_file_actions_destroy(&actions);
  ::posix_spawnattr_destroy(&attributes);
  if (error == ENOENT || error == EACCES) return {127 << 8, {}};
  if (error != 0) throw_errno("posix_spawn", words.front(), error);
  write_end.reset();

  ProgramResult result;
  std::array<char, 4096> buffer{};
  for (;;) {
    const ssize_t count = ::read(read_end.get(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    result.output.append(buffer.data(), static_cast<std::size_t>(count));
  }
  while (::waitpid(pid, &result.wait_status, 0) < 0) {
    if (errno != EINTR) throw_errno("waitpid", words.front());
  }
  return result;
}

Child start_program(const std::vector<std::string>& words, int out_fd) {
  std::vector<std::string> copies = words;
  const std::vector<char*> arguments = pointers(copies);
  const pid_t parent = ::getpid();
  const pid_t pid = check(::fork(), "fork", words.front());
  if (pid > 0) return Child(pid);
  die_with_parent(parent);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::dup2(out_fd, STDOUT_FILENO);
  ::execvp(arguments.front(), arguments.data());
  ::_exit(127);
}

}  // namespace ipcsort::sys
