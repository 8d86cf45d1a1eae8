#include "bench/stats/ranks.hpp"

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <functional>
#include <numeric>

#include "bench/stats/precondition.hpp"

namespace ipcsort::stats {

MidRanks mid_ranks(std::span<const double> values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });

  MidRanks ranks{.doubled = std::vector<std::size_t>(values.size()), .tied = false};
  for (std::size_t first = 0, end = 0; first < order.size(); first = end) {
    while (end < order.size() && values[order[end]] == values[order[first]]) ++end;
    // The ranks first + 1 .. end, of which the mean is (first + 1 + end) / 2.
    for (std::size_t i = first; i < end; ++i) ranks.doubled[order[i]] = first + 1 + end;
    ranks.tied = ranks.tied || end - first > 1;
  }
  return ranks;
}

std::size_t rejected(std::span<const double> tails, double level) {
  return static_cast<std::size_t>(std::upper_bound(tails.begin(), tails.end(), level) - tails.begin());
}

std::vector<double> mirrored(std::span<const double> values) {
  std::vector<double> negative(values.size());
  std::ranges::transform(values, negative.begin(), std::negate{});
  return negative;
}

double normal_quantile(double probability) {
  require_inside_0_1(probability);
  return boost::math::quantile(boost::math::normal(), probability);
}

double normal_upper_tail(double z) {
  return boost::math::cdf(boost::math::complement(boost::math::normal(), z));
}

}  // namespace ipcsort::stats
