// SIGINT, SIGTERM and SIGHUP as something one can poll instead of something that happens.
#pragma once

#include "sys/fd.hpp"

namespace ipcsort::sys {

// While it lives the three signals are blocked for the calling thread and threads it makes, and wait in fd().
// Children made by fork() must restore their own signal mask.
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
  Fd fd_;
  int signal_ = 0;
};

}  // namespace ipcsort::sys
