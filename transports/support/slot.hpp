// One buffer in shared memory, filled by the worker and emptied by the parent in turns (half duplex).
//
// The copying is written here once. A mechanism supplies two binary semaphores as a class:
//   void wait_writable();              // sender; blocks until the slot is the sender's
//   void post_readable();              // sender; gives the slot to the receiver
//   Io   wait_readable(Watch& watch);  // receiver; blocks until the slot is the receiver's
//   void post_writable();              // receiver; gives the slot back
// Each pair must order memory: what was written before a post is seen after the matching wait. A post never
// waits for the other side to do something. A wait that sleeps on a futex or an eventfd spins first
// (spin.hpp): to be woken costs more than most waits take. One that sleeps in a call which is the mechanism
// itself (semop, sem_wait) does not: what that call costs is what is to be measured.
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

template <typename Semaphores>
class SlotSender : public Sender {
 public:
  SlotSender(Slot slot, Semaphores semaphores) : slot_(slot), semaphores_(std::move(semaphores)) {}
  [[nodiscard]] std::size_t step_bytes_max() const noexcept override { return slot_.payload.size(); }

 protected:
  Moved write_some(std::span<const std::byte> bytes) override {
    semaphores_.wait_writable();
    std::memcpy(slot_.payload.data(), bytes.data(), bytes.size());
    slot_.header->bytes = bytes.size();
    semaphores_.post_readable();
    return {Io::ok, bytes.size()};
  }

 private:
  Slot slot_;
  Semaphores semaphores_;
};

template <typename Semaphores>
class SlotReceiver : public Receiver {
 public:
  SlotReceiver(Slot slot, Semaphores semaphores) : slot_(slot), semaphores_(std::move(semaphores)) {}

 protected:
  Moved read_some(std::span<std::byte> bytes, Watch& watch) override {
    if (unread_.empty()) {
      const Io status = semaphores_.wait_readable(watch);
      if (status != Io::ok) return {status, 0};
      // Read once, then checked: the other process could change it between two looks.
      const std::uint64_t filled = slot_.header->bytes;
      if (filled == 0 || filled > slot_.payload.size()) {
        throw std::runtime_error("the worker announced " + std::to_string(filled) + " bytes in a slot of " +
                                 std::to_string(slot_.payload.size()));
      }
      unread_ = slot_.payload.first(filled);
    }
    const std::size_t count = std::min(bytes.size(), unread_.size());
    std::memcpy(bytes.data(), unread_.data(), count);
    unread_ = unread_.subspan(count);
    if (unread_.empty()) semaphores_.post_writable();
    return {Io::ok, count};
  }

 private:
  Slot slot_;
  Semaphores semaphores_;
  std::span<const std::byte> unread_;  // of the slot that is ours at the moment
};

}  // namespace ipcsort::transports
