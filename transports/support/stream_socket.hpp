// The two sides of a connected stream socket, whatever way it was connected.
#pragma once

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>

#include <cerrno>
#include <ctime>
#include <span>
#include <utility>

#include "sys/error.hpp"
#include "sys/fd.hpp"
#include "transports/support/wait.hpp"
#include "transports/transport.hpp"

namespace ipcsort::transports {

// Whether what a process has sent is in the receiver's queue when the process ends.
enum class Delivery {
  immediate,
  deferred,  // some of it may be in the sender's queue, which outlives the process, or on its way
};

// poll(2) for the last time: waits only for what is still on its way, and through signals. EAGAIN when
// nothing comes.
inline ssize_t poll_at_the_end(std::span<pollfd> fds, Delivery delivery, long patience_ns) {
  sigset_t all;
  ::sigfillset(&all);
  const timespec patience{.tv_sec = 0, .tv_nsec = delivery == Delivery::deferred ? patience_ns : 0};
  const int ready = ::ppoll(fds.data(), fds.size(), &patience, &all);
  if (ready == 0) errno = EAGAIN;
  return ready > 0 ? ready : -1;
}

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
  explicit StreamSocketReceiver(sys::Fd fd, Delivery delivery = Delivery::immediate)
      : fd_(std::move(fd)), delivery_(delivery) {}

 protected:
  Moved read_some(std::span<std::byte> bytes, Watch& watch) override {
    const auto receive_now = [&](int flags) { return ::recv(fd_.get(), bytes.data(), bytes.size(), flags); };
    if (delivery_ == Delivery::deferred) {
      const ssize_t count = receive_now(MSG_DONTWAIT);
      if (count > 0) return {Io::ok, static_cast<std::size_t>(count)};
      acknowledge();
    }
    const auto attempt = [&]() -> ssize_t {
      pollfd readable{fd_.get(), POLLIN, 0};
      const ssize_t ready = poll_at_the_end({&readable, 1}, delivery_, patience_ns(watch.check()));
      return ready > 0 ? receive_now(MSG_DONTWAIT) : -1;
    };
    return moved_by(call_under_watch(
                        watch, [&] { return receive_now(0); }, attempt),
                    "recv", "stream socket");
  }

 private:
  // A worker that has ended in an orderly way has closed its end, and what it sent comes before that. When
  // the run is lost nothing may come any more, so that is not worth a long wait.
  static constexpr long patience_ns(Io status) noexcept {
    return status == Io::closed ? 999'999'999 : status == Io::peer_died ? 20'000'000 : 0;
  }

  // What TCP has received it acknowledges after up to 40 ms, unless more comes. A sender without TCP_NODELAY
  // waits for that with what is not a whole segment, which must not be what we wait for. (tcp(7): TCP_QUICKACK;
  // where there is none, or nothing to acknowledge, nothing happens.)
  void acknowledge() const noexcept {
    const int on = 1;
    (void)::setsockopt(fd_.get(), IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
  }

  sys::Fd fd_;
  Delivery delivery_;
};

}  // namespace ipcsort::transports
