// The receiver's side of "block in the natural call, come back when the Watch says so"
// (transports/transport.hpp).
#pragma once

#include <poll.h>
#include <sys/types.h>

#include <cerrno>
#include <stdexcept>
#include <string>

#include "sys/error.hpp"
#include "transports/transport.hpp"

namespace ipcsort::transports {

struct [[nodiscard]] CallResult {
  Io status = Io::ok;
  ssize_t value = -1;  // what the call returned; -1 with `error` set when it failed for a reason of its own
  int error = 0;
};

// Repeats `blocking` while signals interrupt it and `watch` says to go on. When it does not, `attempt`, the
// same call made not to block, has the last word: what was sent before the end still counts. Both return -1
// and set errno on failure; `attempt` says EAGAIN (or ENOMSG) when there is nothing.
template <typename Blocking, typename Attempt>
CallResult call_under_watch(Watch& watch, Blocking blocking, Attempt attempt) {
  for (;;) {
    ssize_t value = blocking();
    if (value >= 0) return {Io::ok, value, 0};
    if (errno != EINTR) return {Io::ok, -1, errno};
    const Io status = watch.check();
    if (status == Io::ok) continue;
    do {
      value = attempt();
    } while (value < 0 && errno == EINTR);
    if (value >= 0) return {Io::ok, value, 0};
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOMSG) return {status, -1, 0};
    return {Io::ok, -1, errno};
  }
}

// `call` on `fd`, made not to block; EAGAIN when it would.
template <typename Call>
ssize_t if_readable(int fd, Call call) {
  pollfd readable{fd, POLLIN, 0};
  const int ready = ::poll(&readable, 1, 0);
  if (ready == 0) errno = EAGAIN;
  return ready > 0 ? call() : -1;
}

// The sender's side: signals never end it.
using sys::retry_interrupted;

// What a read from a stream came to. Its end is 0 bytes, or ECONNRESET when the worker's end went with bytes
// unread in it.
inline Moved moved_by(const CallResult& result, const char* call, const char* where) {
  if (result.status != Io::ok) return {result.status, 0};
  if (result.value == 0 || (result.value < 0 && result.error == ECONNRESET)) return {Io::closed, 0};
  if (result.value < 0) sys::throw_errno(call, where, result.error);
  return {Io::ok, static_cast<std::size_t>(result.value)};
}

// The length of a message, when it is one that a worker may send where `room` bytes were due.
inline std::size_t checked_length(ssize_t value, std::size_t room) {
  const auto length = static_cast<std::size_t>(value);
  if (length == 0 || length > room) {
    throw std::runtime_error("the worker sent a message of " + std::to_string(length) + " bytes where 1 to " +
                             std::to_string(room) + " were due");
  }
  return length;
}

}  // namespace ipcsort::transports
