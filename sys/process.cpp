#include "sys/process.hpp"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "sys/error.hpp"

namespace ipcsort::sys {

Child::Child(pid_t pid) : pid_(pid) {
  const long fd = ::syscall(SYS_pidfd_open, pid, 0);
  if (fd < 0) {
    const int error = errno;
    // Nobody could watch over it, so it must not run on. Not collected yet, its PID is still its own.
    int status = 0;
    if (::waitpid(pid, &status, WNOHANG) == 0) {
      ::kill(pid, SIGKILL);
      ::waitpid(pid, &status, 0);
    }
    throw_errno("pidfd_open", {}, error);
  }
  pidfd_ = Fd{static_cast<int>(fd)};
}

void Child::kill(int signal) const noexcept {
  // By descriptor: ESRCH once it has been collected, and never somebody else.
  if (pidfd_) ::syscall(SYS_pidfd_send_signal, pidfd_.get(), signal, nullptr, 0);
}

std::optional<int> Child::wait_status(int options) {
  if (!wait_status_ && pid_ > 0) {
    int status = 0;
    const auto wait_now = [&] { return ::wait4(pid_, &status, options, nullptr); };
    if (check(retry_interrupted(wait_now), "wait4") == pid_) wait_status_ = status;
  }
  return wait_status_;
}

void die_with_parent(pid_t parent) noexcept {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  // The parent may have died between fork() and prctl(); then nobody would tell us.
  if (::getppid() != parent) ::_exit(1);
}

std::string signal_name(int signal) {
  const char* name = ::sigabbrev_np(signal);
  return name != nullptr ? std::string{"SIG"} + name : "signal " + std::to_string(signal);
}

namespace {

// The limit of the user's by which the kernel may have sent it; children have the same. "" for none.
std::string behind(int signal) {
  rlimit cpu{};
  if ((signal != SIGKILL && signal != SIGXCPU) || ::getrlimit(RLIMIT_CPU, &cpu) != 0 ||
      cpu.rlim_cur == RLIM_INFINITY)
    return "";
  return "; ulimit -t lets it use the CPUs for " + std::to_string(cpu.rlim_cur) +
         " s, raise that if it took longer";
}

}  // namespace

std::string describe_wait_status(int wait_status) {
  if (WIFSIGNALED(wait_status)) {
    const int signal = WTERMSIG(wait_status);
    return "killed by signal " + std::to_string(signal) + " (" + signal_name(signal) + ")" + behind(signal);
  }
  return "exited with status " + std::to_string(WEXITSTATUS(wait_status));
}

}  // namespace ipcsort::sys
