// The bounded buffer: slots in shared memory, which the worker fills and the parent empties, both going round
// them. With one slot the two take turns (half duplex).
//
// The copying is written here once. A mechanism supplies two semaphores, which count to the number of slots, as
// a class of which each side has a copy of its own:
//   void wait_writable();              // sender; blocks until one more slot is the sender's
//   void post_readable();              // sender; gives it to the receiver, at once
//   Io   wait_readable(Watch& watch);  // receiver; blocks until one more slot is the receiver's
//   void post_writable();              // receiver; gives it back, by slots_per_return() at the latest
// Each pair must order memory: what was written before a post is seen after the matching wait. A post never
// waits for the other side to do something. A wait may take more than one slot and keep count of them in the
// copy. A wait that sleeps on a futex or an eventfd spins first (spin.hpp): to be woken costs more than most
// waits take. One that sleeps in a call which is the mechanism itself (semop, sem_wait) does not: what that
// call costs is what is to be measured.
//
// The session touches the slots when it is opened, and for each side when it attaches.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>

#include "sys/error.hpp"
#include "sys/mapping.hpp"
#include "transports/transport.hpp"

namespace ipcsort::transports {

// 64 KiB stays in the second level cache together with what the two sides work on.
inline constexpr OptionTraits buffer_option{"buffer", "64K", any_size, "payload of one slot; at most 1024G"};

constexpr OptionTraits slots_option(std::string_view default_value) noexcept {
  return {"slots", default_value, OptionValues::one_of("1", "16", "64"),
          "slots of a worker; 1: the two sides take turns"};
}

// Of a session. Where memory is lent, all that changes hands is two numbers, in turns (lend.hpp).
inline std::size_t slot_count(const Traits& traits, const SessionSpec& spec) {
  if (spec.lend_bytes_max > 0) return 1;
  constexpr std::size_t counts[] = {1, 16, 64};  // in the order in which the option lists them
  return counts[option_index(traits, spec.options, "slots")];
}

// How many the receiver gives back together: a sender that waits is woken once for all of them, and has others
// to fill meanwhile.
constexpr unsigned slots_per_return(std::size_t slot_count) noexcept {
  return static_cast<unsigned>(std::max<std::size_t>(1, slot_count / 4));
}

// The value of buffer_option, or of another that says how large a buffer is. Above its limit the arithmetic
// on whole regions could overflow.
inline std::size_t payload_bytes(const Traits& traits, const Options& options,
                                 std::string_view name = buffer_option.name) {
  constexpr std::size_t most = std::size_t{1} << 40;
  const std::size_t bytes = option_bytes(traits, options, name);
  if (bytes > most) {
    throw UsageError(std::string{traits.name} + ": " + std::string{name} + "=" + std::to_string(bytes) +
                     " is too much; at most " + std::to_string(most));
  }
  return bytes;
}

// Lies at the start of each slot, alone in its cache line; the payload follows.
struct alignas(64) SlotHeader {
  std::uint64_t bytes = 0;  // how much of the payload is filled
};

inline std::size_t slot_bytes(std::size_t payload_bytes) {
  constexpr std::size_t line = alignof(SlotHeader);
  return sizeof(SlotHeader) + (payload_bytes + line - 1) / line * line;
}

struct Slot {
  Slot(std::byte* start, std::size_t payload_bytes) noexcept
      : header(reinterpret_cast<SlotHeader*>(start)), payload(start + sizeof(SlotHeader), payload_bytes) {}

  SlotHeader* header;
  std::span<std::byte> payload;
};

// One worker's, one behind the other, and where one side is on its way round them.
class Slots {
 public:
  Slots(std::byte* start, std::size_t payload_bytes, std::size_t count = 1) noexcept
      : start_(start), payload_bytes_(payload_bytes), count_(count) {}

  [[nodiscard]] std::size_t payload_bytes() const noexcept { return payload_bytes_; }
  [[nodiscard]] Slot current() const noexcept {
    return {start_ + slot_bytes(payload_bytes_) * current_, payload_bytes_};
  }
  void advance() noexcept { current_ = current_ + 1 == count_ ? 0 : current_ + 1; }
  // As far as a worker comes that does not send more than `spec` says. What is cut smaller than a slot may come
  // anywhere.
  [[nodiscard]] std::span<const std::byte> used(const SessionSpec& spec) const {
    constexpr std::size_t ragged_slots = 2;  // a header, and the end of a payload
    const std::size_t filled = spec.send_bytes_max / payload_bytes_;
    const bool is_cut = spec.options.contains("chunk");
    const std::size_t used = is_cut || filled >= count_ ? count_ : std::min(count_, filled + ragged_slots);
    return {start_, slot_bytes(payload_bytes_) * used};
  }

 private:
  std::byte* start_;
  std::size_t payload_bytes_;
  std::size_t count_;
  std::size_t current_ = 0;
};

template <typename Semaphores>
class SlotSender : public Sender {
 public:
  SlotSender(const Slots& slots, Semaphores semaphores) : slots_(slots), semaphores_(std::move(semaphores)) {}
  [[nodiscard]] std::size_t step_bytes_max() const noexcept override { return slots_.payload_bytes(); }

 protected:
  Moved write_some(std::span<const std::byte> bytes) override {
    semaphores_.wait_writable();
    const Slot slot = slots_.current();
    std::memcpy(slot.payload.data(), bytes.data(), bytes.size());
    slot.header->bytes = bytes.size();
    semaphores_.post_readable();
    slots_.advance();
    return {Io::ok, bytes.size()};
  }

 private:
  Slots slots_;
  Semaphores semaphores_;
};

template <typename Semaphores>
class SlotReceiver : public Receiver {
 public:
  SlotReceiver(const Slots& slots, Semaphores semaphores)
      : slots_(slots), semaphores_(std::move(semaphores)) {}

 protected:
  Moved read_some(std::span<std::byte> bytes, Watch& watch) override {
    if (unread_.empty()) {
      const Io status = semaphores_.wait_readable(watch);
      if (status != Io::ok) return {status, 0};
      // Read once, then checked: the other process could change it between two looks.
      const Slot slot = slots_.current();
      const std::uint64_t filled = slot.header->bytes;
      if (filled == 0 || filled > slot.payload.size()) {
        throw std::runtime_error("the worker announced " + std::to_string(filled) + " bytes in a slot of " +
                                 std::to_string(slot.payload.size()));
      }
      unread_ = slot.payload.first(filled);
    }
    const std::size_t count = std::min(bytes.size(), unread_.size());
    std::memcpy(bytes.data(), unread_.data(), count);
    unread_ = unread_.subspan(count);
    if (unread_.empty()) {
      slots_.advance();
      semaphores_.post_writable();
    }
    return {Io::ok, count};
  }

 private:
  Slots slots_;
  Semaphores semaphores_;
  std::span<const std::byte> unread_;  // of the slot that is ours at the moment
};

}  // namespace ipcsort::transports
