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

class MemfdSession final : public LendingSlotSession<FutexSemaphores> {
 public:
  explicit MemfdSession(const SessionSpec& spec) {
    const std::size_t bytes = payload_bytes(memfd_traits, spec.options);
    const std::size_t slot_offset = sizeof(FutexFlags);
    const std::size_t area_offset = round_up_to_page(slot_offset + slot_bytes(bytes));
    const std::size_t all_bytes = area_offset + lend_area_bytes(spec.lend_bytes_max);
    for (int worker = 0; worker < spec.workers; ++worker) {
      const sys::Mapping& memory = memory_.emplace_back(
          make_sealed_memory(all_bytes, spec.lend_bytes_max > 0 ? spec.lend_pages : sys::Pages::base));
      auto& flags = *std::construct_at(reinterpret_cast<FutexFlags*>(memory.data()));
      add(spec, {memory.data() + slot_offset, bytes}, FutexSemaphores{flags},
          memory.bytes().subspan(area_offset));
    }
  }

 private:
  std::vector<sys::Mapping> memory_;  // one worker's flags, slot, and what is lent
};

}  // namespace

extern constexpr Mechanism memfd_lend{memfd_traits, memfd_available, open_session<MemfdSession>};

}  // namespace ipcsort::transports
