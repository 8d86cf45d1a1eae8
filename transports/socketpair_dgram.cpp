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
    .family = Family::message,
    .naming = Naming::anonymous,
    .framing = Framing::message,
    .payload_copies = 2,
    .limit = "twice sndbuf= less 32 bytes",
    .needs = "any Linux that ipcsort runs on",
    .peer_death = "nothing: no EOF on datagrams; the supervisor has to say so",
    .best_for = "records below 200 KiB between relatives, when boundaries shall be kept",
    .options = options,
};

Availability probe() { return message_pair_available(SOCK_DGRAM, dgram_traits); }

}  // namespace

extern constexpr Mechanism socketpair_dgram{
    dgram_traits, probe, [](const SessionSpec& spec) -> std::unique_ptr<Session> {
      return std::make_unique<MessagePairSession>(SOCK_DGRAM, dgram_traits, spec);
    }};

}  // namespace ipcsort::transports
