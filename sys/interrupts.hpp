// SIGINT, SIGTERM and SIGHUP as something one can poll instead of something that happens.
#pragma once

#include <signal.h>

#include "sys/fd.hpp"

namespace ipcsort::sys {

// While it lives the three signals are blocked for the calling thread and threads it makes, and wait in fd().
// Children made by fork() must restore their own signal mask. A signal that was ignored before stays so: that is how
// nohup(1) and a shell's background jobs ask not to be interrupted.
class Interrupts {
 public:
  Interrupts();
  ~Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

  // Readable while a signal waits; for poll(2), not for read(2).
  [[nodiscard]] int fd() const noexcept { return fd_.get(); }
  // The signal that arrived first, 0 for none; never blocks. Safe to call from one thread at a time.
  int signal() noexcept;

 private:
  sigset_t signals_;
  Fd fd_;
  int signal_ = 0;
};

// What a program inherits of signals that would be in its way: none is blocked, SIGCHLD is not ignored, without which no
// child could be waited for; a pipe without reader and a file beyond the size limit (setrlimit(2)) are errors of the
// write(2), not the end. For the beginning of main().
void take_signals_in_hand() noexcept;

}  // namespace ipcsort::sys
