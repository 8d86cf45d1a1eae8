// pipe(2), one per worker: the kernel copies into its own pages and out of them again.
#include "transports/support/pipe.hpp"
#include "transports/transport.hpp"

namespace ipcsort::transports {
namespace {

constexpr OptionTraits options[] = {capacity_option};

constexpr Traits pipe_traits{
    .name = "pipe",
    .summary = "one anonymous pipe per worker",
    .naming = Naming::anonymous,
    .framing = Framing::stream,
    .payload_copies = 2,
    .limit = "",
    .lends = false,
    .needs = "any Linux; capacity= 2.6.35",
    .peer_death = "EOF, once nobody holds the write end any more",
    .best_for =
        "the default: no set-up, no limits, works everywhere; slow when one write is larger than its buffer",
    .options = options,
};

class PipeSession final : public LineSession {
 public:
  explicit PipeSession(const SessionSpec& spec)
      : LineSession(spec.workers, [&] { return make_pipe(pipe_traits, spec.options); }) {}
  std::unique_ptr<Sender> attach_sender(int worker) override {
    return std::make_unique<PipeSender>(take_sender_end(worker));
  }
  Attached attach_receiver(int worker, Watch&) override {
    return {Io::ok, std::make_unique<PipeReceiver>(take_receiver_end(worker))};
  }
};

class PipeTransport final : public Transport {
 public:
  [[nodiscard]] const Traits& traits() const noexcept override { return pipe_traits; }
  [[nodiscard]] Availability probe() const override { return {}; }
  [[nodiscard]] std::unique_ptr<Session> open(const SessionSpec& spec) const override {
    return std::make_unique<PipeSession>(spec);
  }
};

}  // namespace

const Transport& pipe() {
  static const PipeTransport transport;
  return transport;
}

}  // namespace ipcsort::transports
