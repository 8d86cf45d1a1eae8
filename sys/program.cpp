#include "sys/program.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <string_view>

#include "sys/error.hpp"
#include "sys/fd.hpp"
#include "sys/process.hpp"

namespace ipcsort::sys {
namespace {

// How long a program may take to end in an orderly way.
constexpr Nanoseconds grace_ns = 2 * second_ns;

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> list;
  for (std::string& word : words) list.push_back(word.data());
  list.push_back(nullptr);
  return list;
}

std::vector<std::string> environment_with(const std::vector<std::string>& extra) {
  std::vector<std::string> environment = extra;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    // Of a name that stands there twice, some programs take the first and some the last.
    const std::string_view inherited = *entry;
    const std::string_view name = inherited.substr(0, inherited.find('=') + 1);
    const bool replaced = std::any_of(extra.begin(), extra.end(),
                                      [&](const std::string& word) { return word.starts_with(name); });
    if (!replaced) environment.emplace_back(inherited);
  }
  return environment;
}

// A pipe that the program writes into.
class Capture {
 public:
  Capture(std::string& text, std::size_t bytes_max) : text_(text), bytes_max_(bytes_max) {
    std::array<int, 2> ends{};
    check(::pipe2(ends.data(), O_CLOEXEC), "pipe2");
    read_end_ = Fd(ends[0]);
    write_end_ = Fd(ends[1]);
  }
  [[nodiscard]] int read_end() const noexcept { return read_end_.get(); }
  [[nodiscard]] int write_end() const noexcept { return write_end_.get(); }
  void close_write_end() noexcept { write_end_.reset(); }
  // One read(2), which does not block when poll(2) has just announced something.
  void take() {
    std::array<char, 4096> buffer{};
    const ssize_t count = ::read(read_end_.get(), buffer.data(), buffer.size());
    if (count > 0) {
      const std::size_t room = bytes_max_ - std::min(bytes_max_, text_.size());
      text_.append(buffer.data(), std::min(room, static_cast<std::size_t>(count)));
    } else if (count == 0 || errno != EINTR) {
      read_end_.reset();
    }
  }

 private:
  std::string& text_;
  std::size_t bytes_max_;
  Fd read_end_;
  Fd write_end_;
};

// posix_spawn(3): 0 or what errno would say.
int spawn(pid_t& pid, const std::vector<std::string>& words,
          const std::vector<std::string>& extra_environment, int output, int errors, bool own_group) {
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  if (errors != STDERR_FILENO) ::posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO);
  if (own_group) ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  // Signals that we have blocked to read them from a descriptor are the program's own affair again.
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  // And those that we ignore.
  sigset_t ours;
  sigemptyset(&ours);
  for (const int signal : {SIGPIPE, SIGXFSZ}) sigaddset(&ours, signal);
  ::posix_spawnattr_setsigdefault(&attributes, &ours);
  ::posix_spawnattr_setpgroup(&attributes, 0);
  ::posix_spawnattr_setflags(&attributes, static_cast<short>(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                                                             (own_group ? POSIX_SPAWN_SETPGROUP : 0)));
  std::vector<std::string> arguments = words;
  std::vector<std::string> environment = environment_with(extra_environment);
  const int error = ::posix_spawnp(&pid, words.front().c_str(), &actions, &attributes,
                                   pointers(arguments).data(), pointers(environment).data());
  ::posix_spawn_file_actions_destroy(&actions);
  ::posix_spawnattr_destroy(&attributes);
  return error;
}

// Ends a process group, politely first. Nothing without one.
class Terminator {
 public:
  explicit Terminator(std::optional<pid_t> group) : group_(group) {}
  // Its member must not have been collected yet: then the number is still the group's.
  void end() {
    signal_all(asked_at_ == 0 ? SIGTERM : SIGKILL);
    asked_at_ = now_ns();
  }
  void end_leftovers() const { signal_all(SIGKILL); }
  [[nodiscard]] Nanoseconds next_at() const { return asked_at_ + grace_ns; }

 private:
  void signal_all(int signal) const {
    if (group_) ::kill(-*group_, signal);
  }
  std::optional<pid_t> group_;
  Nanoseconds asked_at_ = 0;
};

// Takes what the program prints until it ends, by itself or by the limits.
Ending watch(const Child& child, Capture& output, Capture* errors, Terminator& terminator,
             const ProgramLimits& limits) {
  Ending ending = Ending::by_itself;
  Nanoseconds until = limits.deadline_ns == 0 ? 0 : now_ns() + limits.deadline_ns;
  for (bool ended = false;;) {
    std::array<pollfd, 4> events = {
        {{output.read_end(), POLLIN, 0},
         {errors != nullptr ? errors->read_end() : -1, POLLIN, 0},
         {ended ? -1 : child.pidfd(), POLLIN, 0},
         {ending == Ending::by_itself && !ended ? limits.stop_fd : -1, POLLIN, 0}}};
    const int timeout_ms = ended ? 0 : until == 0 ? -1 : poll_timeout_ms(until - now_ns());
    const int ready = ::poll(events.data(), events.size(), timeout_ms);
    if (ready < 0 && errno != EINTR) throw_errno("poll");
    if (ready < 0) continue;
    if (events[0].revents != 0) output.take();
    if (events[1].revents != 0) errors->take();
    if (ended && ready == 0) return ending;
    if (events[2].revents != 0) {
      ended = true;  // once more around for what is still in the pipes
      terminator.end_leftovers();
    }
    if (ended) continue;
    if (events[3].revents != 0) {
      ending = Ending::stopped;
    } else if (until == 0 || now_ns() < until) {
      continue;
    } else if (ending == Ending::by_itself) {
      ending = Ending::timed_out;
    }
    terminator.end();
    until = terminator.next_at();
  }
}

}  // namespace

ProgramResult run_program(const std::vector<std::string>& words, Stderr errors,
                          const std::vector<std::string>& extra_environment, const ProgramLimits& limits) {
  ProgramResult result;
  Capture output(result.output, limits.output_bytes_max);
  std::optional<Capture> taken;
  Fd silence;
  int errors_to = STDERR_FILENO;
  if (errors == Stderr::take) errors_to = taken.emplace(result.errors, limits.output_bytes_max).write_end();
  if (errors == Stderr::silence) errors_to = (silence = open_file("/dev/null", O_WRONLY)).get();

  const bool own_group = limits.deadline_ns != 0 || limits.stop_fd >= 0;
  pid_t pid = -1;
  const int error = spawn(pid, words, extra_environment, output.write_end(), errors_to, own_group);
  if (error == ENOENT || error == EACCES || error == ENOEXEC) return {127 << 8, {}, {}, Ending::by_itself};
  if (error != 0) throw_errno("posix_spawn", words.front(), error);
  Child child(pid);
  output.close_write_end();
  if (taken) taken->close_write_end();
  Terminator terminator(own_group ? std::optional(pid) : std::nullopt);
  result.ending = watch(child, output, taken ? &*taken : nullptr, terminator, limits);
  result.wait_status = child.wait();
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
