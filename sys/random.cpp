#include "sys/random.hpp"

#include <sys/random.h>

#include <array>
#include <cstdio>

#include "sys/error.hpp"

namespace ipcsort::sys {

std::uint64_t random_seed() {
  std::uint64_t value = 0;
  // Up to 256 bytes are never cut short nor interrupted once the pool is ready (getrandom(2)).
  if (::getrandom(&value, sizeof value, 0) != static_cast<ssize_t>(sizeof value)) throw_errno("getrandom");
  return value;
}

std::string random_suffix() {
  std::array<char, 33> text{};
  std::snprintf(text.data(), text.size(), "%016llx%016llx", static_cast<unsigned long long>(random_seed()),
                static_cast<unsigned long long>(random_seed()));
  return text.data();
}

}  // namespace ipcsort::sys
