// pipe(2), one per worker: the kernel copies into its own pages and out of them again.
#include "transports/support/pipe.hpp"
#include "transports/transport.hpp"

namespace ipcsort::transports {
namespace {

constexpr OptionTraits options[] = {capacity_option};

constexpr Traits pipe_traits{
    .name = "pipe",
    .summary = "one anonymous pipe per worker",
    .family = Family::stream,
    .naming = Naming::anonymous,
    .framing = Framing::stream,
    .payload_copies = 2,
    .needs = "any Linux that ipcsort runs on; capacity= 2.6.35",
    .peer_death = "EOF, once nobody holds the write end any more",
    .eof_on_death = true,
    .best_for = "the default: no set-up, no limits, works everywhere; slower when one write fills its buffer",
    .options = options,
    .usual_chunk = "half",
};

class PipeSession final : public PairSession {
 public:
  explicit PipeSession(const SessionSpec& spec)
      : PairSession(spec.workers, [&] { return make_pipe(pipe_traits, spec.options); }) {}
  std::unique_ptr<Sender> make_sender(int worker) override {
    return std::make_unique<PipeSender>(take_sender_end(worker));
  }
  Attached attach_receiver(int worker, Watch&) override {
    return {Io::ok, std::make_unique<PipeReceiver>(take_receiver_end(worker))};
  }
};

}  // namespace

extern constexpr Mechanism pipe{pipe_traits, always_available, open_session<PipeSession>};

}  // namespace ipcsort::transports
