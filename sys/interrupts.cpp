#include "sys/interrupts.hpp"

#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "sys/error.hpp"

namespace ipcsort::sys {
namespace {

bool is_ignored(int signal) noexcept {
  struct sigaction action {};
  return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

sigset_t those_not_ignored() noexcept {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    if (!is_ignored(signal)) sigaddset(&set, signal);
  }
  return set;
}

}  // namespace

Interrupts::Interrupts() : signals_(those_not_ignored()) {
  check(::sigprocmask(SIG_BLOCK, &signals_, nullptr), "sigprocmask");
  fd_ = Fd{check(::signalfd(-1, &signals_, SFD_CLOEXEC | SFD_NONBLOCK), "signalfd")};
}

Interrupts::~Interrupts() {
  // What still waits was read as far as anybody cared; delivering it now would end the program half-way
  // through its last words.
  signalfd_siginfo info{};
  while (::read(fd_.get(), &info, sizeof info) > 0) {
  }
  ::sigprocmask(SIG_UNBLOCK, &signals_, nullptr);
}

int Interrupts::signal() noexcept {
  signalfd_siginfo info{};
  if (signal_ == 0 && ::read(fd_.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
    signal_ = static_cast<int>(info.ssi_signo);
  }
  return signal_;
}

void take_signals_in_hand() noexcept {
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::signal(SIGCHLD, SIG_DFL);
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGXFSZ, SIG_IGN);
}

}  // namespace ipcsort::sys
