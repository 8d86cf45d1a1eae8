// socketpair(AF_UNIX, SOCK_DGRAM), one per worker: reliable, ordered messages, each copied into kernel memory
// and out.
#include "transports/support/message_socket.hpp"
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

class DgramTransport final : public Transport {
 public:
  [[nodiscard]] const Traits& traits() const noexcept override { return dgram_traits; }
  [[nodiscard]] Availability probe() const override {
    return message_pair_available(SOCK_DGRAM, dgram_traits);
  }
  [[nodiscard]] std::unique_ptr<Session> open(const SessionSpec& spec) const override {
    return std::make_unique<MessagePairSession>(SOCK_DGRAM, dgram_traits, spec);
  }
};

}  // namespace

const Transport& socketpair_dgram() {
  static const DgramTransport transport;
  return transport;
}

}  // namespace ipcsort::transports
