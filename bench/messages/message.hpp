// The messages: memory they lie in, what is in them, and how a receiver knows that it has read them all.
//
// A message is a fixed pattern whose first bytes (at most 8) are its number, so that one that is lost,
// doubled or left over from before does not pass for another.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "bench/messages/options.hpp"
#include "sys/mapping.hpp"

namespace ipcsort::messages {

// Memory for one message after the other, written once so that it has pages.
class MessageMemory {
 public:
  MessageMemory(std::size_t message_bytes, MemoryState state);

  // Where the next message goes: hot and cold the same place each time, stream the one behind the last.
  std::span<std::byte> next() noexcept;
  // Takes `message` out of all caches if that is what the memory state says.
  void settle(std::span<const std::byte> message) const noexcept;

 private:
  std::size_t message_bytes_;
  MemoryState state_;
  sys::Mapping memory_;
  std::size_t places_;
  std::size_t place_ = 0;
};

// Writes the number of a message into its first bytes.
void set_number(std::span<std::byte> message, std::uint64_t number) noexcept;

// The sum of a message's 64-bit words, the last one filled up with zeros. Reads every byte.
std::uint64_t checksum(std::span<const std::byte> message) noexcept;

// What the checksum of a message must be.
class Expectation {
 public:
  explicit Expectation(std::size_t message_bytes);
  [[nodiscard]] std::uint64_t checksum_of(std::uint64_t number) const noexcept;

 private:
  std::size_t number_bytes_;
  std::uint64_t pattern_checksum_;  // of all but the number
};

}  // namespace ipcsort::messages
