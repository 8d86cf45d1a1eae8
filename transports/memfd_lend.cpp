// One sealed memfd per worker, in which the worker builds what the parent reads: nothing is copied. Used with
// send() and receive() it is a slot in the same memory.
#include <memory>

#include "sys/mapping.hpp"
#include "transports/support/futex_semaphores.hpp"
#include "transports/support/lend.hpp"
#include "transports/support/memfd.hpp"
#include "transports/support/slot.hpp"
#include "transports/transport.hpp"

namespace ipcsort::transports {
namespace {

constexpr OptionTraits options[] = {buffer_option};

constexpr Traits memfd_traits{
    .name = "memfd_lend",
    .summary = "one sealed memfd per worker, lent to it and read in place, with futexes to wait on",
    .family = Family::lent_memory,
    .naming = Naming::anonymous,
    .framing = Framing::region,
    .payload_copies = 2,
    .limit = "buffer=",
    .lends = true,
    .buffers_reserved = true,
    .needs = "Linux 3.17",
    .peer_death = "nothing; the supervisor has to say so",
    .best_for = "large results that the worker can build in place: handing them over costs microseconds",
    .options = options,
};

// One worker's: flags, slot, and what is lent.
class Channel {
 public:
  Channel(std::size_t payload_bytes, const SessionSpec& spec)
      : memory_(make_sealed_memory(area_offset(payload_bytes) + lend_area_bytes(spec.lend_bytes_max),
                                   spec.lend_bytes_max > 0 ? spec.lend_pages : sys::Pages::base)),
        flags_(std::construct_at(reinterpret_cast<FutexFlags*>(memory_.data()))),
        slot_(memory_.data() + sizeof(FutexFlags), payload_bytes) {
    sys::touch_shared(memory_.bytes().first(area_offset(payload_bytes)));
    if (spec.lend_bytes_max > 0) area_.emplace(memory_.bytes().subspan(area_offset(payload_bytes)));
  }
  template <typename Side>
  [[nodiscard]] std::unique_ptr<Side> make() const {
    const FutexSemaphores semaphores(*flags_);
    return std::make_unique<Side>(area_, semaphores, slot_, semaphores);
  }

 private:
  static std::size_t area_offset(std::size_t payload_bytes) noexcept {
    return round_up_to_page(sizeof(FutexFlags) + slot_bytes(payload_bytes));
  }

  sys::Mapping memory_;
  FutexFlags* flags_;
  Slot slot_;
  std::optional<LendArea> area_;
};

class MemfdSession final : public Session {
 public:
  explicit MemfdSession(const SessionSpec& spec) {
    const std::size_t bytes = payload_bytes(memfd_traits, spec.options);
    for (int worker = 0; worker < spec.workers; ++worker) channels_.emplace_back(bytes, spec);
  }
  std::unique_ptr<Sender> make_sender(int worker) override {
    return of(worker).make<LendingSender<SlotSender<FutexSemaphores>, FutexSemaphores>>();
  }
  Attached attach_receiver(int worker, Watch&) override {
    return {Io::ok, of(worker).make<LendingReceiver<SlotReceiver<FutexSemaphores>, FutexSemaphores>>()};
  }

 private:
  [[nodiscard]] const Channel& of(int worker) const { return channels_.at(static_cast<std::size_t>(worker)); }

  std::vector<Channel> channels_;
};

}  // namespace

extern constexpr Mechanism memfd_lend{memfd_traits, memfd_available, open_session<MemfdSession>};

}  // namespace ipcsort::transports
