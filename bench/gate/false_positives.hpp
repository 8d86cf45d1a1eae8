// What a gate's own record says about the gate. Pure.
#pragma once

#include <array>
#include <cstddef>

#include "bench/gate/paired_test.hpp"

namespace ipcsort::gate {

// The rate of false positives that the rule of stats/gate.hpp stays below.
inline constexpr double false_positive_rate_max = 1e-4;
// The share of slow-downs of 5 % that it finds.
inline constexpr double power_min = 0.99;

struct Tally {
  std::size_t cells = 0;    // that came to a verdict, which may be inconclusive; without those that failed
  std::size_t flagged = 0;  // suspected by the first stage, and so measured again
  std::size_t pairs = 0;
  std::array<std::size_t, verdict_count> verdicts{};

  void add(const PairedTest& test);
  [[nodiscard]] std::size_t of(Verdict verdict) const {
    return verdicts.at(static_cast<std::size_t>(verdict));
  }
};

// How many false positives are no reason to doubt a gate that has them at `false_positive_rate_max`: the most that come
// about with a probability above 1 % among `cells`, and at least one.
std::size_t false_positives_allowed(std::size_t cells);

}  // namespace ipcsort::gate
