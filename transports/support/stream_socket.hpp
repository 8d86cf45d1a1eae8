// The two sides of a connected stream socket, whatever way it was connected.
#pragma once

#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "sys/error.hpp"
#include "sys/fd.hpp"
#include "transports/support/wait.hpp"
#include "transports/transport.hpp"

namespace ipcsort::transports {

class StreamSocketSender final : public Sender {
 public:
  explicit StreamSocketSender(sys::Fd fd) : fd_(std::move(fd)) {}

 protected:
  Moved write_some(std::span<const std::byte> bytes) override {
    const ssize_t count =
        retry_interrupted([&] { return ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL); });
    if (count >= 0) return {Io::ok, static_cast<std::size_t>(count)};
    if (errno == EPIPE || errno == ECONNRESET) return {Io::closed, 0};
    sys::throw_errno("send", "stream socket");
  }

 private:
  sys::Fd fd_;
};

class StreamSocketReceiver final : public Receiver {
 public:
  explicit StreamSocketReceiver(sys::Fd fd) : fd_(std::move(fd)) {}

 protected:
  Moved read_some(std::span<std::byte> bytes, Watch& watch) override {
    const auto receive_now = [&](int flags) { return ::recv(fd_.get(), bytes.data(), bytes.size(), flags); };
    const CallResult result = call_under_watch(
        watch, [&] { return receive_now(0); }, [&] { return receive_now(MSG_DONTWAIT); });
    if (result.status != Io::ok) return {result.status, 0};
    // The worker's end is gone; ECONNRESET when it went with bytes unread in it.
    if (result.value == 0 || (result.value < 0 && result.error == ECONNRESET)) return {Io::closed, 0};
    if (result.value < 0) sys::throw_errno("recv", "stream socket", result.error);
    return {Io::ok, static_cast<std::size_t>(result.value)};
  }

 private:
  sys::Fd fd_;
};

}  // namespace ipcsort::transports
