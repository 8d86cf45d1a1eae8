// What a multiset of numbers looks like from afar: equal for every order, different for every other content.
#pragma once

#include <cstdint>
#include <span>

namespace ipcsort::datagen {

inline constexpr std::uint64_t golden_gamma = 0x9E3779B97F4A7C15;  // 2^64 / golden ratio, odd

// The output function of splitmix64 (Steele, Lea, Flood 2014): a bijection in which every input bit moves
// every output bit.
constexpr std::uint64_t scramble(std::uint64_t z) noexcept {
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
  return z ^ (z >> 31);
}

// The constant is added because scramble(0) is 0: a lost zero would leave no trace in a sum.
constexpr std::uint64_t mix(std::int32_t number) noexcept {
  return scramble(static_cast<std::uint32_t>(number) + golden_gamma);
}

struct Fingerprint {
  std::uint64_t count = 0;
  std::uint64_t checksum = 0;  // sum of mix(x) over all numbers, modulo 2^64

  bool operator==(const Fingerprint&) const = default;
  Fingerprint& operator+=(const Fingerprint& other) noexcept {
    count += other.count;
    checksum += other.checksum;
    return *this;
  }
};

// Never blocks or allocates: usable on shared memory and in the child of a fork.
[[nodiscard]] Fingerprint fingerprint(std::span<const std::int32_t> numbers) noexcept;

}  // namespace ipcsort::datagen
