// A pipe with exactly the buffer that an option asks for.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <cstddef>
#include <limits>
#include <string>

#include "sys/error.hpp"
#include "sys/fd.hpp"
#include "transports/transport.hpp"

namespace ipcsort::transports {

inline constexpr OptionTraits capacity_option{
    "capacity", "64K", "BYTES",
    "size of the kernel's buffer (F_SETPIPE_SZ); at most fs.pipe-max-size unprivileged"};

struct PipeEnds {
  sys::Fd read;
  sys::Fd write;
};

inline PipeEnds make_pipe(const Traits& traits, std::size_t capacity_bytes) {
  int fds[2];
  sys::check(::pipe2(fds, O_CLOEXEC), "pipe2");
  PipeEnds ends{sys::Fd{fds[0]}, sys::Fd{fds[1]}};
  const std::string asked = std::string{traits.name} + ": capacity=" + std::to_string(capacity_bytes);
  if (capacity_bytes > std::numeric_limits<int>::max())
    throw UsageError(asked + " is more than a pipe can have");
  const int given = ::fcntl(ends.write.get(), F_SETPIPE_SZ, static_cast<int>(capacity_bytes));
  if (given < 0) {
    sys::throw_errno("fcntl", "F_SETPIPE_SZ, " + std::to_string(capacity_bytes) +
                                  " bytes; raise fs.pipe-max-size or lower capacity=");
  }
  // The kernel rounds up to a power of two of pages; an option is honoured to the byte or refused.
  if (static_cast<std::size_t>(given) != capacity_bytes) {
    throw UsageError(asked + " is not to be had, the kernel would give " + std::to_string(given) +
                     "; use that");
  }
  return ends;
}

}  // namespace ipcsort::transports
