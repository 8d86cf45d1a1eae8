// Anonymous shared memory, one region per worker, whose slots are handed back and forth by two atomic flags each.
// No system call moves a byte; the price is a processor that waits at full speed.
#include <sched.h>

#include <atomic>
#include <memory>

#include "sys/mapping.hpp"
#include "transports/support/lend.hpp"
#include "transports/support/slot.hpp"
#include "transports/support/spin.hpp"
#include "transports/transport.hpp"

namespace ipcsort::transports {
namespace {

constexpr OptionTraits options[] = {
    {"wait", "yield", OptionValues::one_of("spin", "yield"),
     "what waiting is: a pure loop, or a short loop that then gives up the processor"},
    slots_option("1"),
    buffer_option,
};

constexpr Traits mmap_traits{
    .name = "mmap_flags",
    .summary = "one anonymous shared mapping per worker, handed over by atomic flags",
    .family = Family::shared_memory,
    .naming = Naming::anonymous,
    .framing = Framing::region,
    .payload_copies = 2,
    .limit = "buffer=",
    .lends = true,
    .buffers_reserved = true,
    .needs =
        "any Linux that ipcsort runs on; wait=spin wants a processor for each worker and one for the parent",
    .peer_death = "nothing; the supervisor has to say so",
    .best_for = "large payloads between few processes with a core for each; waiting costs processor time",
    .options = options,
};

enum class Wait { spin, yield };  // in the order in which the option lists them

// Each flag in a cache line of its own: the side that waits for one is not disturbed by the other.
// One slot's; of the first also that of what is lent.
struct Flags {
  alignas(64) std::atomic<std::uint32_t> is_writable{1};
  alignas(64) std::atomic<std::uint32_t> is_readable{0};
  alignas(64) std::atomic<std::uint32_t> is_returned{0};
};

class FlagSemaphores {
 public:
  FlagSemaphores(std::span<Flags> flags, Wait wait) noexcept : flags_(flags), wait_(wait) {}

  void wait_writable() noexcept { wait(flags_[current_].is_writable); }
  void post_readable() noexcept { pass(flags_[current_].is_readable); }

  Io wait_readable(Watch& watch) noexcept {
    std::atomic<std::uint32_t>& is_readable = flags_[current_].is_readable;
    const unsigned turns_per_check = wait_ == Wait::spin ? 1024 : 16;
    for (unsigned turn = 1; !take(is_readable); ++turn) {
      rest(turn);
      if (turn % turns_per_check != 0) continue;
      const Io status = watch.check();
      // What the worker published before it ended still counts.
      if (status != Io::ok) return take(is_readable) ? Io::ok : status;
    }
    return Io::ok;
  }
  void post_writable() noexcept { pass(flags_[current_].is_writable); }
  void wait_returned() noexcept { wait(flags_[0].is_returned); }
  void post_returned() noexcept { flags_[0].is_returned.store(1, std::memory_order_release); }

 private:
  // The slot is done with; on to the next.
  void pass(std::atomic<std::uint32_t>& flag) noexcept {
    flag.store(1, std::memory_order_release);
    current_ = current_ + 1 == flags_.size() ? 0 : current_ + 1;
  }
  // Nobody ends this wait but a kill, of us or of the parent (PR_SET_PDEATHSIG).
  void wait(std::atomic<std::uint32_t>& flag) const noexcept {
    for (unsigned turn = 1; !take(flag); ++turn) rest(turn);
  }
  // The clearing store needs no order of its own: the other side sets the flag again only after it has
  // acquired something that we release later.
  static bool take(std::atomic<std::uint32_t>& flag) noexcept {
    if (flag.load(std::memory_order_acquire) == 0) return false;
    flag.store(0, std::memory_order_relaxed);
    return true;
  }
  void rest(unsigned turn) const noexcept {
    // As long as a slot of 64 KiB takes to copy, a yield would only be in the way.
    constexpr unsigned turns_before_yield = 128;
    if (wait_ == Wait::spin || turn < turns_before_yield) {
      spin_pause();
    } else {
      ::sched_yield();
    }
  }

  std::span<Flags> flags_;
  std::size_t current_ = 0;
  Wait wait_;
};

class MmapSession final : public LendingSlotSession<FlagSemaphores> {
 public:
  explicit MmapSession(const SessionSpec& spec) {
    const std::size_t bytes = payload_bytes(mmap_traits, spec.options);
    const std::size_t slots = slot_count(mmap_traits, spec);
    const Wait wait = option_choice<Wait>(mmap_traits, spec.options, "wait");
    for (int worker = 0; worker < spec.workers; ++worker) {
      const sys::Mapping& region =
          regions_.emplace_back(sys::Mapping::shared_memory((sizeof(Flags) + slot_bytes(bytes)) * slots));
      const sys::Mapping& lent = lent_.emplace_back(
          sys::Mapping::shared_memory(lend_area_bytes(spec.lend_bytes_max), spec.lend_pages));
      const std::span flags{reinterpret_cast<Flags*>(region.data()), slots};
      std::uninitialized_default_construct(flags.begin(), flags.end());
      add(spec, {region.data() + flags.size_bytes(), bytes, slots}, {flags, wait}, lent.bytes());
    }
  }

 private:
  std::vector<sys::Mapping> regions_;
  std::vector<sys::Mapping> lent_;
};

}  // namespace

extern constexpr Mechanism mmap_flags{mmap_traits, always_available, open_session<MmapSession>};

}  // namespace ipcsort::transports
