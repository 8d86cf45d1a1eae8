// XSI shared memory with a robust mutex: one segment with the slots of each worker, handed to and fro by a count
// under the mutex, and conditions (transports/support/robust_count.hpp).
#include <new>

#include "sys/mapping.hpp"
#include "transports/support/robust_count.hpp"
#include "transports/support/slot.hpp"
#include "transports/support/xsi.hpp"
#include "transports/transport.hpp"

namespace ipcsort::transports {
namespace {

constexpr OptionTraits options[] = {slots_option("16"), buffer_option};

constexpr Traits mutex_traits{
    .name = "xsi_shm_mutex",
    .summary = "one XSI shared memory segment, a robust mutex and two conditions per worker",
    .family = Family::shared_memory,
    .naming = Naming::xsi_key,
    .framing = Framing::region,
    .payload_copies = 2,
    .limit = "buffer=",
    .buffers_reserved = true,
    .needs = "a kernel with SYSVIPC and robust futexes (2.6.17)",
    .peer_death =
        "EOWNERDEAD, but only of a worker killed inside the mutex; else the supervisor has to say so",
    .best_for = "state that must stay whole when a process is killed while it changes it",
    .options = options,
};

class MutexSession final : public Session {
 public:
  explicit MutexSession(const SessionSpec& spec)
      : payload_bytes_(payload_bytes(mutex_traits, spec.options)),
        slots_(slot_count(mutex_traits, spec)),
        segment_(stride_bytes() * static_cast<std::size_t>(spec.workers), *spec.objects) {
    for (int worker = 0; worker < spec.workers; ++worker) {
      new (start(worker)) RobustCount;
      sys::touch_shared(used_.emplace_back(slots(worker).used(spec)));
    }
  }
  std::unique_ptr<Sender> make_sender(int worker) override {
    return make<SlotSender<FillingSide>, FillingSide>(worker);
  }
  Attached attach_receiver(int worker, Watch&) override {
    return {Io::ok, make<SlotReceiver<EmptyingSide>, EmptyingSide>(worker)};
  }

 private:
  [[nodiscard]] std::size_t stride_bytes() const noexcept {
    return sizeof(RobustCount) + slot_bytes(payload_bytes_) * slots_;
  }
  [[nodiscard]] std::byte* start(int worker) const noexcept {
    return segment_.data() + stride_bytes() * static_cast<std::size_t>(worker);
  }
  [[nodiscard]] Slots slots(int worker) const noexcept {
    return {start(worker) + sizeof(RobustCount), payload_bytes_, slots_};
  }
  template <typename Side, typename Semaphores>
  [[nodiscard]] std::unique_ptr<Side> make(int worker) const {
    sys::touch_shared(used_.at(static_cast<std::size_t>(worker)));
    auto& count = *std::launder(reinterpret_cast<RobustCount*>(start(worker)));
    return std::make_unique<Side>(slots(worker), Semaphores{count, slots_});
  }

  std::size_t payload_bytes_;
  std::size_t slots_;
  XsiSegment segment_;
  std::vector<std::span<const std::byte>> used_;  // of each worker's slots
};

}  // namespace

extern constexpr Mechanism xsi_shm_mutex{mutex_traits, xsi_segment_available, open_session<MutexSession>};

}  // namespace ipcsort::transports
