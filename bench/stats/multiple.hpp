// Many tests at once: what their p values are worth together.
#pragma once

#include <span>
#include <vector>

namespace ipcsort::stats {

// The p values adjusted so that calling all those at or below q differences makes an expected share of at
// most q of these calls false; where nothing differs, the chance of any call is then at most q. Entry i of
// the result belongs to entry i of `p_values` and is min over j with p_(j) >= p_i of p_(j) m / j, at most 1,
// p_(j) being the j-th smallest of m. Y. Benjamini and Y. Hochberg, "Controlling the False Discovery Rate",
// JRSS B 57 (1995), for independent tests; for all pairs of a set of means, which are not independent, it was
// found to hold by V. S. L. Williams, L. V. Jones and J. W. Tukey, "Controlling Error in Multiple
// Comparisons", J. Educ. Behav. Stat. 24 (1999). Throws std::invalid_argument for a p value outside 0..1.
std::vector<double> benjamini_hochberg(std::span<const double> p_values);

}  // namespace ipcsort::stats
