// In which order a block runs its members.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#include "sys/random.hpp"

namespace ipcsort::tune {

// Shuffles `members`; each block has an order of its own, whichever runs were made before.
inline void shuffle_block(std::vector<std::size_t>& members, std::uint64_t seed, int block) {
  constexpr std::uint64_t golden_ratio = 0x9E3779B97F4A7C15ULL;
  std::mt19937_64 random(seed + golden_ratio * static_cast<std::uint64_t>(block));
  sys::shuffle(members, random);
}

}  // namespace ipcsort::tune
