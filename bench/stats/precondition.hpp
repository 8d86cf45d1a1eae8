// The checks every estimator makes of its arguments. A violated one is a bug or an unusable file, so it is an
// exception at once: a NaN would travel on to a verdict that nobody can explain.
#pragma once

#include <cmath>
#include <span>
#include <stdexcept>

namespace ipcsort::stats {

inline void require_sample(std::span<const double> sample) {
  if (sample.empty()) throw std::invalid_argument("statistics of an empty sample");
  for (const double value : sample) {
    if (!std::isfinite(value)) throw std::invalid_argument("a value of the sample is not finite");
  }
}

inline double log_of_time(double time) {
  if (!(time > 0 && std::isfinite(time))) throw std::invalid_argument("a time is not finite and above 0");
  return std::log(time);
}

// The negated comparison also refuses NaN.
inline void require_inside_0_1(double probability) {
  if (!(probability > 0 && probability < 1)) {
    throw std::invalid_argument("a probability is not between 0 and 1");
  }
}

}  // namespace ipcsort::stats
