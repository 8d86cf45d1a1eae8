// Names nobody can guess or collide with, and orders that a seed repeats.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace ipcsort::sys {

// 128 random bits from getrandom(2) as 32 hex digits.
std::string random_suffix();
std::uint64_t random_seed();

// std::shuffle may differ between libraries; this may not.
template <typename T>
void shuffle(std::vector<T>& items, std::mt19937_64& random) {
  for (std::size_t i = items.size(); i > 1; --i) {
    // The bias of the remainder is below 2^-50 for any list that fits in memory.
    std::swap(items[i - 1], items[random() % i]);
  }
}

}  // namespace ipcsort::sys
