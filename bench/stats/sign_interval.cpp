#include "bench/stats/sign_interval.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "bench/stats/precondition.hpp"

namespace ipcsort::stats {
namespace {

// The largest k with P(Binomial(n, 1/2) < k) <= tail; 0 if there is none.
std::size_t interval_rank(std::size_t n, double tail) {
  // The terms go from one to the next as logarithms: 2^-n is no longer a double from n = 1075 on.
  double log2_term = -static_cast<double>(n);
  double below = 0;
  std::size_t rank = 0;
  while (true) {
    below += std::exp2(log2_term);
    if (below > tail) return rank;
    log2_term += std::log2(static_cast<double>(n - rank) / static_cast<double>(rank + 1));
    ++rank;
  }
}

}  // namespace

std::optional<Interval> sign_interval(std::span<const double> sample, double confidence) {
  require_sample(sample);
  require_inside_0_1(confidence);
  const std::size_t rank = interval_rank(sample.size(), (1 - confidence) / 2);
  if (rank == 0) return std::nullopt;
  std::vector<double> sorted(sample.begin(), sample.end());
  std::sort(sorted.begin(), sorted.end());
  return Interval{sorted[rank - 1], sorted[sorted.size() - rank]};
}

}  // namespace ipcsort::stats
