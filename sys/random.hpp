// Names nobody can guess or collide with.
#pragma once

#include <cstdint>
#include <string>

namespace ipcsort::sys {

// 128 random bits from getrandom(2) as 32 hex digits.
std::string random_suffix();
std::uint64_t random_seed();

}  // namespace ipcsort::sys
