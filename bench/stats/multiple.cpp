#include "bench/stats/multiple.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <stdexcept>

namespace ipcsort::stats {

std::vector<double> benjamini_hochberg(std::span<const double> p_values) {
  for (const double p : p_values) {
    if (!(p >= 0 && p <= 1)) throw std::invalid_argument("a p value is not in 0..1");
  }
  std::vector<std::size_t> order(p_values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return p_values[a] < p_values[b]; });

  std::vector<double> adjusted(p_values.size());
  double smallest = 1;
  for (std::size_t j = order.size(); j > 0; --j) {
    const double scaled = p_values[order[j - 1]] * static_cast<double>(order.size()) / static_cast<double>(j);
    smallest = std::min(smallest, scaled);
    adjusted[order[j - 1]] = smallest;
  }
  return adjusted;
}

}  // namespace ipcsort::stats
