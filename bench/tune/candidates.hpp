// Which sets of options of a transport are worth trying. Pure: from the options that it has.
#pragma once

#include <cstddef>
#include <vector>

#include "transports/transport.hpp"

namespace ipcsort::tune {

// More sets than this are not raced: each costs a run in every block.
inline constexpr std::size_t candidates_max = 36;

// Sets that differ in effect or at least in wording: the defaults first (no option set), then those with one
// option off its default, with two, and so on. A choice takes all its values, a size a short ladder around
// its default. Where all combinations are more than candidates_max, first those of more than two options off
// their defaults go, then the last rung of the longest ladder, until they fit. What this machine refuses is
// in the list all the same: only a run can tell.
std::vector<Options> candidates_for(const Traits& traits);

}  // namespace ipcsort::tune
