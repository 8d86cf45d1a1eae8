// XSI shared memory with a robust mutex: one segment with a slot per worker, handed to and fro by a semaphore
// that is made of a mutex and conditions (transports/support/robust_turn.hpp).
#include <new>

#include "sys/mapping.hpp"
#include "transports/support/robust_turn.hpp"
#include "transports/support/slot.hpp"
#include "transports/support/xsi.hpp"
#include "transports/transport.hpp"

namespace ipcsort::transports {
namespace {

constexpr OptionTraits options[] = {buffer_option};

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
        segment_(stride_bytes() * static_cast<std::size_t>(spec.workers), *spec.objects) {
    sys::touch_shared(segment_.bytes());
    for (int worker = 0; worker < spec.workers; ++worker) new (start(worker)) RobustTurn;
  }
  std::unique_ptr<Sender> make_sender(int worker) override {
    return std::make_unique<SlotSender<WorkersTurn>>(slot(worker), WorkersTurn{turn(worker)});
  }
  Attached attach_receiver(int worker, Watch&) override {
    return {Io::ok, std::make_unique<SlotReceiver<ParentsTurn>>(slot(worker), ParentsTurn{turn(worker)})};
  }

 private:
  [[nodiscard]] std::size_t stride_bytes() const noexcept {
    return sizeof(RobustTurn) + slot_bytes(payload_bytes_);
  }
  [[nodiscard]] std::byte* start(int worker) const noexcept {
    return segment_.data() + stride_bytes() * static_cast<std::size_t>(worker);
  }
  [[nodiscard]] RobustTurn& turn(int worker) const noexcept {
    return *reinterpret_cast<RobustTurn*>(start(worker));
  }
  // For who attaches.
  [[nodiscard]] Slot slot(int worker) const noexcept {
    const Slot slot{start(worker) + sizeof(RobustTurn), payload_bytes_};
    sys::touch_shared(slot.payload);
    return slot;
  }

  std::size_t payload_bytes_;
  XsiSegment segment_;
};

}  // namespace

extern constexpr Mechanism xsi_shm_mutex{mutex_traits, xsi_segment_available, open_session<MutexSession>};

}  // namespace ipcsort::transports
