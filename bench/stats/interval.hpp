// A closed confidence interval, both ends included.
#pragma once

#include <cmath>

namespace ipcsort::stats {

struct Interval {
  double low;
  double high;
};

// Of what that is the logarithm of.
inline Interval exp_of(const Interval& logarithm) {
  return {std::exp(logarithm.low), std::exp(logarithm.high)};
}

}  // namespace ipcsort::stats
