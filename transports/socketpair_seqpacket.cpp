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
    .family = Family::message,
    .naming = Naming::anonymous,
    .framing = Framing::message,
    .payload_copies = 2,
    .limit = "twice sndbuf= less 32 bytes",
    .needs = "Linux 2.6.4",
    .peer_death = "EOF, once nobody holds the worker's end any more",
    .eof_on_death = true,
    .best_for = "records below 200 KiB between relatives, when the receiver shall see the end by itself",
    .options = options,
};

Availability probe() { return message_pair_available(SOCK_SEQPACKET, seqpacket_traits); }

}  // namespace

extern constexpr Mechanism socketpair_seqpacket{
    seqpacket_traits, probe, [](const SessionSpec& spec) -> std::unique_ptr<Session> {
      return std::make_unique<MessagePairSession>(SOCK_SEQPACKET, seqpacket_traits, spec);
    }};

}  // namespace ipcsort::transports
