// How well the time of one cell is known: what decides whether it is measured again.
#pragma once

#include <optional>
#include <span>

namespace ipcsort::stats {

// Half the width of the 95 % signed-rank interval of the times over their Hodges-Lehmann centre, 0.02 for
// +-2 %: both taken of the logarithms, where the noise of times is nearly symmetric, and given as times
// again: (exp(high) - exp(low)) / (2 exp(centre)). None for fewer than 6 times. Throws std::invalid_argument
// if there is none or one is not finite and above 0.
std::optional<double> relative_half_width(std::span<const double> times);

}  // namespace ipcsort::stats
