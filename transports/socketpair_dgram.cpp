// socketpair(AF_UNIX, SOCK_DGRAM), one per worker: reliable, ordered messages, each copied into kernel memory
// and out.
#include <sys/socket.h>

#include "sys/error.hpp"
#include "sys/fd.hpp"
#include "transports/support/socket.hpp"
#include "transports/support/wait.hpp"
#include "transports/transport.hpp"

namespace ipcsort::transports {
namespace {

constexpr OptionTraits options[] = {sndbuf_option};

constexpr Traits dgram_traits{
    .name = "socketpair_dgram",
    .summary = "one pair of Unix datagram sockets per worker",
    .naming = Naming::anonymous,
    .framing = Framing::message,
    .payload_copies = 2,
    .limit = "twice sndbuf= less 32 bytes",
    .lends = false,
    .needs = "any Linux",
    .peer_death = "nothing: no EOF on datagrams; the supervisor has to say so",
    .best_for = "records below 200 KiB between relatives, when boundaries shall be kept",
    .options = options,
};

struct Ends {
  sys::Fd parent;
  sys::Fd worker;
};

Ends make_pair(std::size_t sndbuf_bytes) {
  int fds[2];
  sys::check(::socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, fds), "socketpair");
  Ends ends{sys::Fd{fds[0]}, sys::Fd{fds[1]}};
  set_send_buffer(ends.worker.get(), sndbuf_bytes);
  return ends;
}

// The longest message that gets through. unix(7) promises the buffer less 32 bytes, but a very long one also
// needs so much memory in one piece that the kernel may not have it (ENOBUFS): what counts is what goes
// through a scratch pair.
std::size_t longest_message(std::size_t sndbuf_bytes) {
  const Ends scratch = make_pair(sndbuf_bytes);
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

class DgramSender final : public Sender {
 public:
  DgramSender(sys::Fd fd, std::size_t message_bytes_max)
      : fd_(std::move(fd)), message_bytes_max_(message_bytes_max) {}
  [[nodiscard]] std::size_t step_bytes_max() const noexcept override { return message_bytes_max_; }

 protected:
  Moved write_some(std::span<const std::byte> bytes) override {
    const ssize_t count =
        retry_interrupted([&] { return ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL); });
    if (count >= 0) return {Io::ok, static_cast<std::size_t>(count)};
    // The first send after the other end closed says ECONNREFUSED, later ones ENOTCONN.
    if (errno == ECONNREFUSED || errno == ECONNRESET || errno == EPIPE || errno == ENOTCONN)
      return {Io::closed, 0};
    sys::throw_errno("send", "socketpair, " + std::to_string(bytes.size()) + " bytes");
  }

 private:
  sys::Fd fd_;
  std::size_t message_bytes_max_;
};

class DgramReceiver final : public Receiver {
 public:
  explicit DgramReceiver(sys::Fd fd) : fd_(std::move(fd)) {}

 protected:
  Moved read_some(std::span<std::byte> bytes, Watch& watch) override {
    // MSG_TRUNC makes recv return the length that the message really has, also when it does not fit.
    const auto receive_now = [&](int flags) {
      return ::recv(fd_.get(), bytes.data(), bytes.size(), MSG_TRUNC | flags);
    };
    // There is no end of file here: that the worker has ended is for the Watch to notice.
    const CallResult result = call_under_watch(
        watch, [&] { return receive_now(0); }, [&] { return receive_now(MSG_DONTWAIT); });
    if (result.status != Io::ok) return {result.status, 0};
    if (result.value < 0 && result.error == ECONNRESET) return {Io::closed, 0};
    if (result.value < 0) sys::throw_errno("recv", "socketpair", result.error);
    const auto length = static_cast<std::size_t>(result.value);
    if (length == 0 || length > bytes.size()) {
      throw std::runtime_error("the worker sent a message of " + std::to_string(length) +
                               " bytes where 1 to " + std::to_string(bytes.size()) + " were due");
    }
    return {Io::ok, length};
  }

 private:
  sys::Fd fd_;
};

class DgramSession final : public Session {
 public:
  explicit DgramSession(const SessionSpec& spec) {
    const std::size_t sndbuf_bytes = option_bytes(dgram_traits, spec.options, "sndbuf");
    message_bytes_max_ = longest_message(sndbuf_bytes);
    for (int worker = 0; worker < spec.workers; ++worker) pairs_.push_back(make_pair(sndbuf_bytes));
  }
  [[nodiscard]] std::vector<int> sender_descriptors(int worker) const override {
    return {of(worker).worker.get()};
  }
  [[nodiscard]] std::vector<int> receiver_descriptors(int worker) const override {
    return {of(worker).parent.get()};
  }
  std::unique_ptr<Sender> attach_sender(int worker) override {
    return std::make_unique<DgramSender>(std::move(of(worker).worker), message_bytes_max_);
  }
  Attached attach_receiver(int worker, Watch&) override {
    of(worker).worker.reset();
    return {Io::ok, std::make_unique<DgramReceiver>(std::move(of(worker).parent))};
  }

 private:
  [[nodiscard]] const Ends& of(int worker) const { return pairs_.at(static_cast<std::size_t>(worker)); }
  Ends& of(int worker) { return pairs_.at(static_cast<std::size_t>(worker)); }

  std::size_t message_bytes_max_ = 0;
  std::vector<Ends> pairs_;
};

class DgramTransport final : public Transport {
 public:
  [[nodiscard]] const Traits& traits() const noexcept override { return dgram_traits; }
  [[nodiscard]] Availability probe() const override {
    try {
      (void)make_pair(option_bytes(dgram_traits, {}, "sndbuf"));
      return {};
    } catch (const std::runtime_error& error) {  // std::system_error and UsageError alike
      return {false, error.what()};
    }
  }
  [[nodiscard]] std::unique_ptr<Session> open(const SessionSpec& spec) const override {
    return std::make_unique<DgramSession>(spec);
  }
};

}  // namespace

const Transport& socketpair_dgram() {
  static const DgramTransport transport;
  return transport;
}

}  // namespace ipcsort::transports
