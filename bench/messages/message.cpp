#include "bench/messages/message.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <fstream>
#include <random>
#include <string>

#include "sys/text.hpp"

#if defined(__x86_64__)
#include <emmintrin.h>
#endif

namespace ipcsort::messages {
namespace {

constexpr std::size_t cache_line_bytes = 64;

// Twice the largest cache: by the time a walk comes round, nothing of it is in any cache. Where the kernel
// does not tell the caches, larger than most.
std::size_t beyond_caches_bytes() {
  std::size_t largest = 32UL << 20U;
  for (int index = 0;; ++index) {
    std::ifstream file("/sys/devices/system/cpu/cpu0/cache/index" + std::to_string(index) + "/size");
    std::string size;  // "32768K"
    if (!(file >> size)) break;
    largest = std::max<std::size_t>(largest, sys::parse_bytes(size).value_or(0));
  }
  return 2 * largest;
}

std::size_t memory_bytes(std::size_t message_bytes, MemoryState state) {
  if (state != MemoryState::stream) return message_bytes;
  return std::max(beyond_caches_bytes() / message_bytes, std::size_t{2}) * message_bytes;
}

std::vector<std::byte> pattern(std::size_t bytes) {
  std::mt19937 random(1);
  std::vector<std::byte> message(bytes);
  for (std::byte& byte : message) byte = static_cast<std::byte>(random());
  set_number(message, 0);
  return message;
}

#if defined(__x86_64__)
void flush(std::span<const std::byte> bytes) noexcept {
  for (std::size_t at = 0; at < bytes.size(); at += cache_line_bytes) _mm_clflush(bytes.data() + at);
  _mm_clflush(&bytes.back());  // a message need not begin at a cache line
  _mm_mfence();
}
#else
// There is no flushing from user space here: other memory drives it out.
void flush(std::span<const std::byte>) noexcept {
  static const sys::Mapping other = sys::Mapping::private_memory(beyond_caches_bytes(), sys::Pages::huge);
  for (std::size_t at = 0; at < other.size(); at += cache_line_bytes) {
    other.data()[at] = std::byte{1};
  }
  std::atomic_signal_fence(std::memory_order_seq_cst);
}
#endif

}  // namespace

MessageMemory::MessageMemory(std::size_t message_bytes, MemoryState state)
    : message_bytes_(message_bytes),
      state_(state),
      memory_(sys::Mapping::private_memory(memory_bytes(message_bytes, state), sys::Pages::huge)),
      places_(memory_.size() / message_bytes) {
  const std::vector<std::byte> message = pattern(message_bytes);
  for (std::size_t place = 0; place < places_; ++place)
    std::copy(message.begin(), message.end(), memory_.data() + place * message_bytes);
}

std::span<std::byte> MessageMemory::next() noexcept {
  const std::size_t place = place_;
  if (++place_ == places_) place_ = 0;
  return memory_.bytes().subspan(place * message_bytes_, message_bytes_);
}

void MessageMemory::settle(std::span<const std::byte> message) const noexcept {
  if (state_ == MemoryState::cold) flush(message);
}

void set_number(std::span<std::byte> message, std::uint64_t number) noexcept {
  std::memcpy(message.data(), &number, std::min(message.size(), sizeof number));
}

std::uint64_t checksum(std::span<const std::byte> message) noexcept {
  const std::size_t words = message.size() / sizeof(std::uint64_t);
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < words; ++i) {
    std::uint64_t word = 0;
    std::memcpy(&word, message.data() + i * sizeof word, sizeof word);
    sum += word;
  }
  std::uint64_t rest = 0;
  std::memcpy(&rest, message.data() + words * sizeof rest, message.size() % sizeof rest);
  return sum + rest;
}

Expectation::Expectation(std::size_t message_bytes)
    : number_bytes_(std::min(message_bytes, sizeof(std::uint64_t))),
      pattern_checksum_(checksum(pattern(message_bytes))) {}

std::uint64_t Expectation::checksum_of(std::uint64_t number) const noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, &number, number_bytes_);
  return pattern_checksum_ + word;
}

}  // namespace ipcsort::messages
