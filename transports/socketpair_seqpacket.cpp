// socketpair(AF_UNIX, SOCK_SEQPACKET), one per worker: the messages of a datagram socket on a connection that
// has an end.
#include "transports/support/message_socket.hpp"
#include "transports/transport.hpp"

namespace ipcsort::transports {
namespace {

constexpr OptionTraits options[] = {sndbuf_option};

constexpr Traits seqpacket_traits{
    .name = "socketpair_seqpacket",
    .summary = "one pair of Unix sequenced-packet sockets per worker",
    .naming = Naming::anonymous,
    .framing = Framing::message,
    .payload_copies = 2,
    .limit = "twice sndbuf= less 32 bytes",
    .lends = false,
    .needs = "Linux 2.6.4",
    .peer_death = "EOF, once nobody holds the worker's end any more",
    .best_for = "records below 200 KiB between relatives, when the receiver shall see the end by itself",
    .options = options,
};

class SeqpacketTransport final : public Transport {
 public:
  [[nodiscard]] const Traits& traits() const noexcept override { return seqpacket_traits; }
  [[nodiscard]] Availability probe() const override {
    return message_pair_available(SOCK_SEQPACKET, seqpacket_traits);
  }
  [[nodiscard]] std::unique_ptr<Session> open(const SessionSpec& spec) const override {
    return std::make_unique<MessagePairSession>(SOCK_SEQPACKET, seqpacket_traits, spec);
  }
};

}  // namespace

const Transport& socketpair_seqpacket() {
  static const SeqpacketTransport transport;
  return transport;
}

}  // namespace ipcsort::transports
