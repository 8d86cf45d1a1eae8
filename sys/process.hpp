// Processes by descriptor: no signal ever goes to a recycled PID (pidfd_open(2)).
#pragma once

#include <sys/types.h>
#include <sys/wait.h>

#include <optional>
#include <string>

#include "sys/fd.hpp"

namespace ipcsort::sys {

// One child made by fork(). The owner must collect it (wait or try_wait) before the object goes.
class Child {
 public:
  Child() noexcept = default;
  // Throws std::system_error when pidfd_open fails; the child is then killed and collected.
  explicit Child(pid_t pid);

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  [[nodiscard]] int pidfd() const noexcept { return pidfd_.get(); }  // readable once the child has ended
  [[nodiscard]] bool running() const noexcept { return pid_ > 0 && !wait_status_; }
  void kill(int signal) const noexcept;
  // What waitpid(2) reports of it. The first never blocks, the second until the child has ended.
  std::optional<int> try_wait() { return wait_status(WNOHANG); }
  int wait() { return wait_status(0).value(); }

 private:
  std::optional<int> wait_status(int options);

  pid_t pid_ = -1;
  Fd pidfd_;
  std::optional<int> wait_status_;  // once it is collected
};

// To be called first in a child: die (SIGKILL) with the parent. `parent` is the parent's pid as read before
// the fork; if it is gone already, the child ends here.
void die_with_parent(pid_t parent) noexcept;

// "exited with status 3", "killed by signal 9 (SIGKILL)".
std::string describe_wait_status(int wait_status);

// "SIGKILL" for 9; "signal 77" where there is no name.
std::string signal_name(int signal);

}  // namespace ipcsort::sys
