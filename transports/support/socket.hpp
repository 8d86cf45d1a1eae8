// What the socket transports share.
#pragma once

#include <sys/socket.h>

#include <climits>
#include <cstddef>
#include <string>

#include "sys/error.hpp"
#include "transports/transport.hpp"

namespace ipcsort::transports {

// The ordinary net.core.wmem_default, 212 992 bytes, as the kernel would take it: socket(7) doubles what it
// is told.
inline constexpr OptionTraits sndbuf_option{
    "sndbuf", "104K", any_size,
    "SO_SNDBUF of the worker's socket; the kernel doubles it; at most net.core.wmem_max"};

inline std::size_t send_buffer_bytes(int fd) {
  int bytes = 0;
  socklen_t size = sizeof bytes;
  sys::check(::getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, &size), "getsockopt", "SO_SNDBUF");
  return static_cast<std::size_t>(bytes);
}

// Sets the send buffer to exactly twice `bytes`. The kernel says nothing when it clamps, so the answer is
// read back.
inline void set_send_buffer(int fd, std::size_t bytes) {
  if (bytes > INT_MAX / 2)
    throw UsageError("sndbuf=" + std::to_string(bytes) + " is more than any socket can have");
  const int wanted = static_cast<int>(bytes);
  sys::check(::setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &wanted, sizeof wanted), "setsockopt", "SO_SNDBUF");
  const std::size_t given = send_buffer_bytes(fd) / 2;
  if (given < bytes) {
    throw UsageError("sndbuf=" + std::to_string(bytes) + " is not to be had, the kernel gives " +
                     std::to_string(given) + "; raise net.core.wmem_max or lower sndbuf=");
  }
  if (given > bytes) {
    throw UsageError("sndbuf=" + std::to_string(bytes) + " is not to be had, the kernel's minimum is " +
                     std::to_string(given) + "; use at least that");
  }
}

}  // namespace ipcsort::transports
