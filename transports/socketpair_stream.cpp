// socketpair(AF_UNIX, SOCK_STREAM), one per worker: a connected pair that never had a name.
#include <sys/socket.h>

#include "transports/support/descriptor_pair.hpp"
#include "transports/support/socket.hpp"
#include "transports/support/stream_socket.hpp"
#include "transports/transport.hpp"

namespace ipcsort::transports {
namespace {

constexpr OptionTraits options[] = {sndbuf_option};

constexpr Traits stream_traits{
    .name = "socketpair_stream",
    .summary = "one pair of Unix stream sockets per worker",
    .family = Family::stream,
    .naming = Naming::anonymous,
    .framing = Framing::stream,
    .payload_copies = 2,
    .needs = "any Linux that ipcsort runs on",
    .peer_death = "EOF, once nobody holds the worker's end any more",
    .eof_on_death = true,
    .best_for = "streams between relatives in writes of 64 KiB and more, or when both sides have to talk",
    .options = options,
};

DescriptorPair make_pair(const Options& given) {
  DescriptorPair pair = make_socket_pair(SOCK_STREAM);
  set_send_buffer(pair.worker.get(), option_bytes(stream_traits, given, sndbuf_option.name));
  return pair;
}

class StreamSession final : public PairSession {
 public:
  explicit StreamSession(const SessionSpec& spec)
      : PairSession(spec.workers, [&] { return make_pair(spec.options); }) {}
  std::unique_ptr<Sender> make_sender(int worker) override {
    return std::make_unique<StreamSocketSender>(take_sender_end(worker));
  }
  Attached attach_receiver(int worker, Watch&) override {
    return {Io::ok, std::make_unique<StreamSocketReceiver>(take_receiver_end(worker))};
  }
};

Availability probe() {
  return available_if([] { (void)make_pair({}); });
}

}  // namespace

extern constexpr Mechanism socketpair_stream{stream_traits, probe, open_session<StreamSession>};

}  // namespace ipcsort::transports
