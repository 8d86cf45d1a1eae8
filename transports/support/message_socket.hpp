// The two sides of a Unix socket that keeps the boundaries of messages (SOCK_DGRAM, SOCK_SEQPACKET).
#pragma once

#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "sys/error.hpp"
#include "sys/fd.hpp"
#include "transports/support/descriptor_pair.hpp"
#include "transports/support/socket.hpp"
#include "transports/support/wait.hpp"
#include "transports/transport.hpp"

namespace ipcsort::transports {

// Makes every message that `fd` receives say who sent it.
inline void ask_for_credentials(int fd) {
  const int on = 1;
  sys::check(::setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof on), "setsockopt", "SO_PASSCRED");
}

// recvmsg(2). Returns the length that the message really has, also when it does not fit; what is beyond
// `bytes` is lost. `from` becomes the sender as the kernel knows it, or pid 0 when there was no message but
// the end of a connection: credentials are what tells an empty message from that. Descriptors that somebody
// sends along find no room and are closed by the kernel.
inline ssize_t receive_message(int fd, std::span<std::byte> bytes, int flags, ucred& from) {
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(ucred))];
  iovec part{bytes.data(), bytes.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  from = {};
  const ssize_t length = ::recvmsg(fd, &message, MSG_TRUNC | MSG_CMSG_CLOEXEC | flags);
  if (length < 0) return length;
  const cmsghdr* first = CMSG_FIRSTHDR(&message);
  if (first != nullptr && first->cmsg_level == SOL_SOCKET && first->cmsg_type == SCM_CREDENTIALS)
    std::memcpy(&from, CMSG_DATA(first), sizeof from);
  return length;
}

// socketpair(2) of `type`, for messages from the worker to the parent.
inline DescriptorPair make_message_pair(int type, std::size_t sndbuf_bytes) {
  DescriptorPair pair = make_socket_pair(type);
  set_send_buffer(pair.worker.get(), sndbuf_bytes);
  ask_for_credentials(pair.parent.get());
  return pair;
}

// The longest message that gets through a socket of `type`. unix(7) promises the buffer less 32 bytes, but a
// very long one also needs so much memory in one piece that the kernel may not have it (ENOBUFS): what counts
// is what goes through a scratch pair.
inline std::size_t longest_message(int type, std::size_t sndbuf_bytes) {
  const DescriptorPair scratch = make_message_pair(type, sndbuf_bytes);
  std::vector<std::byte> message(send_buffer_bytes(scratch.worker.get()));
  const auto passes = [&](std::size_t bytes) {
    if (retry_interrupted(
            [&] { return ::send(scratch.worker.get(), message.data(), bytes, MSG_NOSIGNAL); }) >= 0) {
      std::byte none{};
      sys::check(retry_interrupted([&] { return ::recv(scratch.parent.get(), &none, 1, 0); }), "recv",
                 "scratch pair");
      return true;
    }
    if (errno != EMSGSIZE && errno != ENOBUFS && errno != ENOMEM) sys::throw_errno("send", "scratch pair");
    return false;
  };
  constexpr std::size_t overhead_bytes = 32;
  if (passes(message.size() - overhead_bytes)) return message.size() - overhead_bytes;
  std::size_t longest = 1;
  for (std::size_t too_long = message.size() - overhead_bytes; too_long - longest > 1;) {
    const std::size_t middle = longest + (too_long - longest) / 2;
    (passes(middle) ? longest : too_long) = middle;
  }
  return longest;
}

class MessageSender final : public Sender {
 public:
  MessageSender(sys::Fd fd, std::size_t message_bytes_max)
      : fd_(std::move(fd)), message_bytes_max_(message_bytes_max) {}
  [[nodiscard]] std::size_t step_bytes_max() const noexcept override { return message_bytes_max_; }

 protected:
  Moved write_some(std::span<const std::byte> bytes) override {
    const ssize_t count =
        retry_interrupted([&] { return ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL); });
    if (count >= 0) return {Io::ok, static_cast<std::size_t>(count)};
    // On datagrams the first send after the other end closed says ECONNREFUSED, later ones ENOTCONN.
    if (errno == ECONNREFUSED || errno == ECONNRESET || errno == EPIPE || errno == ENOTCONN)
      return {Io::closed, 0};
    sys::throw_errno("send", "message socket, " + std::to_string(bytes.size()) + " bytes");
  }

 private:
  sys::Fd fd_;
  std::size_t message_bytes_max_;
};

// Of a pair: nobody but the worker can send to it.
class PairReceiver final : public Receiver {
 public:
  explicit PairReceiver(sys::Fd fd) : fd_(std::move(fd)) {}

 protected:
  Moved read_some(std::span<std::byte> bytes, Watch& watch) override {
    ucred from{};
    const auto receive_now = [&](int flags) { return receive_message(fd_.get(), bytes, flags, from); };
    const CallResult result = call_under_watch(
        watch, [&] { return receive_now(0); }, [&] { return receive_now(MSG_DONTWAIT); });
    if (result.status != Io::ok) return {result.status, 0};
    if (result.value < 0 && result.error == ECONNRESET) return {Io::closed, 0};
    if (result.value < 0) sys::throw_errno("recvmsg", "socketpair", result.error);
    if (result.value == 0 && from.pid == 0) return {Io::closed, 0};
    return {Io::ok, checked_length(result.value, bytes.size())};
  }

 private:
  sys::Fd fd_;
};

// One pair of `type` per worker.
class MessagePairSession final : public PairSession {
 public:
  MessagePairSession(int type, const Traits& traits, const SessionSpec& spec)
      : MessagePairSession(type, spec.workers, option_bytes(traits, spec.options, sndbuf_option.name)) {}
  std::unique_ptr<Sender> make_sender(int worker) override {
    return std::make_unique<MessageSender>(take_sender_end(worker), message_bytes_max_);
  }
  Attached attach_receiver(int worker, Watch&) override {
    return {Io::ok, std::make_unique<PairReceiver>(take_receiver_end(worker))};
  }

 private:
  MessagePairSession(int type, int workers, std::size_t sndbuf_bytes)
      : PairSession(workers, [&] { return make_message_pair(type, sndbuf_bytes); }),
        message_bytes_max_(longest_message(type, sndbuf_bytes)) {}

  std::size_t message_bytes_max_;
};

// Whether such a pair can be had with the default options.
inline Availability message_pair_available(int type, const Traits& traits) {
  return available_if([&] { (void)make_message_pair(type, option_bytes(traits, {}, sndbuf_option.name)); });
}

}  // namespace ipcsort::transports
