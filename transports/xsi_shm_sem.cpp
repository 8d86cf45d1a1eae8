// XSI (System V) shared memory and semaphores: one segment with the slots of each worker, and what is lent, one
// semaphore array for all.
#include <sys/sem.h>

#include "sys/mapping.hpp"
#include "transports/support/lend.hpp"
#include "transports/support/slot.hpp"
#include "transports/support/wait.hpp"
#include "transports/support/xsi.hpp"
#include "transports/transport.hpp"

namespace ipcsort::transports {
namespace {

constexpr OptionTraits options[] = {slots_option("16"), buffer_option};

constexpr Traits xsi_traits{
    .name = "xsi_shm_sem",
    .summary = "one XSI shared memory segment, three XSI semaphores per worker",
    .family = Family::shared_memory,
    .naming = Naming::xsi_key,
    .framing = Framing::region,
    .payload_copies = 2,
    .limit = "buffer=",
    .lends = true,
    .buffers_reserved = true,
    .needs = "a kernel with SYSVIPC; a third as many workers as SEMMSL (kernel.sem)",
    .peer_death = "nothing; the supervisor has to say so",
    .best_for = "where POSIX semaphores are missing; a system call for each buffer at least",
    .options = options,
};

// Every semop is a system call, so a wait takes as many slots at once as it can: the sender what the receiver
// gives back together, the receiver all that there are. Nobody else takes any, so they are there to be taken.
class XsiSlotSemaphores {
 public:
  XsiSlotSemaphores(int array, int worker, std::size_t slots) noexcept
      : array_(array),
        writable_(static_cast<unsigned short>(3 * worker)),
        per_return_(static_cast<int>(slots_per_return(slots))) {}

  void wait_writable() {
    if (taken_ == 0) {
      wait(writable_, per_return_);
      taken_ = per_return_;
    }
    --taken_;
  }
  void post_readable() { post(readable(), 1); }

  Io wait_readable(Watch& watch) {
    if (taken_ == 0) {
      const int there = per_return_ > 1 ? ::semctl(array_, readable(), GETVAL) : 1;
      if (there < 0) fail("semctl", errno);
      const int wanted = std::max(there, 1);
      const CallResult result = call_under_watch(
          watch, [&] { return add(readable(), -wanted); },
          [&] { return add(readable(), -wanted, IPC_NOWAIT); });
      if (result.status != Io::ok) return result.status;
      if (result.value < 0) fail("semop", result.error);
      taken_ = wanted;
    }
    --taken_;
    return Io::ok;
  }
  void post_writable() {
    if (++emptied_ < per_return_) return;
    post(writable_, per_return_);
    emptied_ = 0;
  }
  void wait_returned() { wait(returned(), 1); }
  void post_returned() { post(returned(), 1); }

 private:
  [[nodiscard]] unsigned short readable() const noexcept {
    return static_cast<unsigned short>(writable_ + 1);
  }
  [[nodiscard]] unsigned short returned() const noexcept {
    return static_cast<unsigned short>(writable_ + 2);
  }
  // Never SEM_UNDO: it takes back what a process did when that process ends. For a lock that is a mercy; here
  // it would unsay a dead worker's "there is data".
  [[nodiscard]] ssize_t add(unsigned short number, int amount, short flags = 0) const noexcept {
    sembuf operation{number, static_cast<short>(amount), flags};
    return ::semop(array_, &operation, 1);
  }
  void wait(unsigned short number, int count) {
    if (retry_interrupted([&] { return add(number, -count); }) < 0) fail("semop", errno);
  }
  void post(unsigned short number, int count) {
    if (retry_interrupted([&] { return add(number, count); }) < 0) fail("semop", errno);
  }
  [[noreturn]] void fail(const char* call, int error) const {
    throw_xsi_error(call, "semaphore array", array_, error);
  }

  int array_;
  unsigned short writable_;
  int per_return_;
  int taken_ = 0;    // slots that this side may use without asking
  int emptied_ = 0;  // and has not given back
};

// Semaphores 3w (writable), 3w + 1 (readable) and 3w + 2 (returned) are worker w's.
std::vector<unsigned short> first_values(int workers, std::size_t slots) {
  std::vector<unsigned short> values;
  for (int worker = 0; worker < workers; ++worker)
    values.insert(values.end(), {static_cast<unsigned short>(slots), 0, 0});
  return values;
}

class XsiSession final : public LendingSlotSession<XsiSlotSemaphores> {
 public:
  explicit XsiSession(const SessionSpec& spec)
      : payload_bytes_(payload_bytes(xsi_traits, spec.options)),
        slots_(slot_count(xsi_traits, spec)),
        slots_bytes_(round_up_to_page(stride_bytes() * static_cast<std::size_t>(spec.workers))),
        area_bytes_(lend_area_bytes(spec.lend_bytes_max)),
        segment_(slots_bytes_ + area_bytes_ * static_cast<std::size_t>(spec.workers), *spec.objects),
        semaphores_(first_values(spec.workers, slots_), *spec.objects) {
    const std::span<std::byte> lent = segment_.bytes().subspan(slots_bytes_);
    if (spec.lend_pages == sys::Pages::huge) sys::wish_for_huge_pages(segment_.bytes());
    for (int worker = 0; worker < spec.workers; ++worker) {
      const auto index = static_cast<std::size_t>(worker);
      add(spec, {segment_.data() + stride_bytes() * index, payload_bytes_, slots_},
          {semaphores_.id(), worker, slots_}, lent.subspan(area_bytes_ * index, area_bytes_));
    }
  }

 private:
  [[nodiscard]] std::size_t stride_bytes() const noexcept { return slot_bytes(payload_bytes_) * slots_; }

  std::size_t payload_bytes_;
  std::size_t slots_;
  std::size_t slots_bytes_;
  std::size_t area_bytes_;
  XsiSegment segment_;
  XsiSemaphores semaphores_;
};

Availability probe() {
  const Availability segment = xsi_segment_available();
  return segment.usable ? xsi_semaphores_available(3) : segment;
}

}  // namespace

extern constexpr Mechanism xsi_shm_sem{xsi_traits, probe, open_session<XsiSession>};

}  // namespace ipcsort::transports
