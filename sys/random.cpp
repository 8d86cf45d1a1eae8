#include "sys/random.hpp"

#include <sys/random.h>

#include "sys/error.hpp"
#include "sys/text.hpp"

namespace ipcsort::sys {

std::uint64_t random_seed() {
  std::uint64_t value = 0;
  // Up to 256 bytes are never cut short nor interrupted once the pool is ready (getrandom(2)).
  if (::getrandom(&value, sizeof value, 0) != static_cast<ssize_t>(sizeof value)) throw_errno("getrandom");
  return value;
}

std::string random_suffix() { return hex_text(random_seed()) + hex_text(random_seed()); }

}  // namespace ipcsort::sys
