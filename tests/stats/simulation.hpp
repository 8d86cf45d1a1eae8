// How often an interval must contain the truth in a simulation.
#pragma once

#include <cmath>

namespace ipcsort::stats {

// Four standard deviations of the share of hits in `trials` trials that each hit with `probability`: a
// correct interval strays further for one seed in 16 000.
inline double coverage_tolerance(double probability, int trials) {
  return 4 * std::sqrt(probability * (1 - probability) / trials);
}

}  // namespace ipcsort::stats
