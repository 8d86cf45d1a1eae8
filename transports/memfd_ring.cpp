// A byte ring in a sealed memfd, one per worker: both sides copy at the same time, and while neither has to
// wait for the other no system call is made.
#include <sys/eventfd.h>

#include <bit>
#include <memory>

#include "sys/error.hpp"
#include "sys/fd.hpp"
#include "sys/mapping.hpp"
#include "transports/support/memfd.hpp"
#include "transports/support/ring.hpp"
#include "transports/support/slot.hpp"
#include "transports/transport.hpp"

namespace ipcsort::transports {
namespace {

constexpr OptionTraits options[] = {
    {"wait", "futex", OptionValues::one_of("futex", "spin", "eventfd"),
     "what waiting is: a short spin and then a futex or an eventfd to sleep on, or a pure spin"},
    // Larger than a core's own cache: what the reader still holds there the writer can only take back from
    // that core, which is slower than from the cache they share (bench/messages/ceiling.cpp).
    {"capacity", "4M", any_size, "size of the ring, a power of two, at most 1024G"},
};

constexpr Traits ring_traits{
    .name = "memfd_ring",
    .summary = "one single-producer single-consumer ring in a sealed memfd per worker",
    .family = Family::shared_memory,
    .naming = Naming::anonymous,
    .framing = Framing::region,
    .payload_copies = 2,
    .limit = "capacity=",
    .buffers_reserved = true,
    .needs = "Linux 3.17; wait=spin wants a processor for each worker and one for the parent",
    .peer_death = "nothing; the supervisor has to say so",
    .best_for =
        "streams between relatives without a system call for each piece; wants a processor for each side",
    .options = options,
};

std::size_t capacity_bytes(const Options& given) {
  const std::size_t bytes = payload_bytes(ring_traits, given, "capacity");
  if (!std::has_single_bit(bytes)) {
    throw UsageError("memfd_ring: capacity=" + std::to_string(bytes) + " is not a power of two; use " +
                     std::to_string(std::bit_floor(bytes)) + " or " + std::to_string(std::bit_ceil(bytes)));
  }
  return bytes;
}

// One worker's. The memfd itself is closed once it is mapped.
class Channel {
 public:
  Channel(std::size_t capacity_bytes, std::size_t send_bytes_max, RingWait wait)
      : memory_(make_sealed_memory(sizeof(RingControl) + capacity_bytes)),
        control_(std::construct_at(reinterpret_cast<RingControl*>(memory_.data()))),
        used_(memory_.bytes().first(sizeof(RingControl) + std::min(capacity_bytes, send_bytes_max))),
        wait_(wait) {
    sys::touch_shared(used_);
    if (wait_ != RingWait::eventfd) return;
    readable_ = sys::Fd{sys::check(::eventfd(0, EFD_CLOEXEC), "eventfd")};
    writable_ = sys::Fd{sys::check(::eventfd(0, EFD_CLOEXEC), "eventfd")};
  }

  [[nodiscard]] std::vector<int> descriptors() const {
    if (wait_ != RingWait::eventfd) return {};
    return {readable_.get(), writable_.get()};
  }
  template <typename Side>
  [[nodiscard]] std::unique_ptr<Side> make() const {
    sys::touch_shared(used_);
    return std::make_unique<Side>(Ring{control_, memory_.bytes().subspan(sizeof(RingControl))},
                                  RingBell{control_->reader_sleeps, wait_, readable_.get()},
                                  RingBell{control_->writer_sleeps, wait_, writable_.get()});
  }

 private:
  sys::Mapping memory_;
  RingControl* control_;
  std::span<const std::byte> used_;
  RingWait wait_;
  sys::Fd readable_;
  sys::Fd writable_;
};

class RingSession final : public Session {
 public:
  explicit RingSession(const SessionSpec& spec) {
    const std::size_t bytes = capacity_bytes(spec.options);
    const RingWait wait = option_choice<RingWait>(ring_traits, spec.options, "wait");
    for (int worker = 0; worker < spec.workers; ++worker)
      channels_.emplace_back(bytes, spec.send_bytes_max, wait);
  }
  [[nodiscard]] std::vector<int> sender_descriptors(int worker) const override {
    return of(worker).descriptors();
  }
  [[nodiscard]] std::vector<int> receiver_descriptors(int worker) const override {
    return of(worker).descriptors();
  }
  std::unique_ptr<Sender> make_sender(int worker) override { return of(worker).make<RingSender>(); }
  Attached attach_receiver(int worker, Watch&) override { return {Io::ok, of(worker).make<RingReceiver>()}; }

 private:
  [[nodiscard]] const Channel& of(int worker) const { return channels_.at(static_cast<std::size_t>(worker)); }

  std::vector<Channel> channels_;
};

}  // namespace

extern constexpr Mechanism memfd_ring{ring_traits, memfd_available, open_session<RingSession>};

}  // namespace ipcsort::transports
