#include "sys/interrupts.hpp"

#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "sys/error.hpp"

namespace ipcsort::sys {
namespace {

sigset_t the_three() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&set, signal);
  return set;
}

}  // namespace

Interrupts::Interrupts() {
  const sigset_t set = the_three();
  check(::sigprocmask(SIG_BLOCK, &set, nullptr), "sigprocmask");
  fd_ = Fd{check(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK), "signalfd")};
}

Interrupts::~Interrupts() {
  // What still waits was read as far as anybody cared; delivering it now would end the program half-way
  // through its last words.
  signalfd_siginfo info{};
  while (::read(fd_.get(), &info, sizeof info) > 0) {
  }
  const sigset_t set = the_three();
  ::sigprocmask(SIG_UNBLOCK, &set, nullptr);
}

int Interrupts::signal() noexcept {
  signalfd_siginfo info{};
  if (signal_ == 0 && ::read(fd_.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
    signal_ = static_cast<int>(info.ssi_signo);
  }
  return signal_;
}

}  // namespace ipcsort::sys
