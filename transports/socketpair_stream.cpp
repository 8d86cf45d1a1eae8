// socketpair(AF_UNIX, SOCK_STREAM), one per worker: a connected pair that never had a name.
#include <sys/socket.h>

#include "sys/error.hpp"
#include "sys/fd.hpp"
#include "transports/support/socket.hpp"
#include "transports/support/stream_socket.hpp"
#include "transports/transport.hpp"

namespace ipcsort::transports {
namespace {

constexpr OptionTraits options[] = {sndbuf_option};

constexpr Traits stream_traits{
    .name = "socketpair_stream",
    .summary = "one pair of Unix stream sockets per worker",
    .naming = Naming::anonymous,
    .framing = Framing::stream,
    .payload_copies = 2,
    .limit = "",
    .lends = false,
    .needs = "any Linux",
    .peer_death = "EOF, once nobody holds the worker's end any more",
    .best_for = "streams between relatives in writes of 64 KiB and more, or when both sides have to talk",
    .options = options,
};

struct Ends {
  sys::Fd parent;
  sys::Fd worker;
};

Ends make_pair(const Options& given) {
  int fds[2];
  sys::check(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), "socketpair");
  Ends ends{sys::Fd{fds[0]}, sys::Fd{fds[1]}};
  set_send_buffer(ends.worker.get(), option_bytes(stream_traits, given, sndbuf_option.name));
  return ends;
}

class StreamSession final : public Session {
 public:
  explicit StreamSession(const SessionSpec& spec) {
    for (int worker = 0; worker < spec.workers; ++worker) pairs_.push_back(make_pair(spec.options));
  }
  [[nodiscard]] std::vector<int> sender_descriptors(int worker) const override {
    return {of(worker).worker.get()};
  }
  [[nodiscard]] std::vector<int> receiver_descriptors(int worker) const override {
    return {of(worker).parent.get()};
  }
  std::unique_ptr<Sender> attach_sender(int worker) override {
    return std::make_unique<StreamSocketSender>(std::move(of(worker).worker));
  }
  Attached attach_receiver(int worker, Watch&) override {
    of(worker).worker.reset();
    return {Io::ok, std::make_unique<StreamSocketReceiver>(std::move(of(worker).parent))};
  }

 private:
  [[nodiscard]] const Ends& of(int worker) const { return pairs_.at(static_cast<std::size_t>(worker)); }
  Ends& of(int worker) { return pairs_.at(static_cast<std::size_t>(worker)); }

  std::vector<Ends> pairs_;
};

class StreamTransport final : public Transport {
 public:
  [[nodiscard]] const Traits& traits() const noexcept override { return stream_traits; }
  [[nodiscard]] Availability probe() const override {
    try {
      (void)make_pair({});
      return {};
    } catch (const std::runtime_error& error) {  // std::system_error and UsageError alike
      return {false, error.what()};
    }
  }
  [[nodiscard]] std::unique_ptr<Session> open(const SessionSpec& spec) const override {
    return std::make_unique<StreamSession>(spec);
  }
};

}  // namespace

const Transport& socketpair_stream() {
  static const StreamTransport transport;
  return transport;
}

}  // namespace ipcsort::transports
