#include "bench/stats/sample.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <stdexcept>
#include <vector>

#include "bench/stats/precondition.hpp"

namespace ipcsort::stats {

double mean(std::span<const double> sample) {
  require_sample(sample);
  return std::accumulate(sample.begin(), sample.end(), 0.0) / static_cast<double>(sample.size());
}

double standard_deviation(std::span<const double> sample) {
  const double centre = mean(sample);
  if (sample.size() < 2) throw std::invalid_argument("standard deviation of a single value");
  // Two passes: the one-pass formula cancels where the spread is small beside the mean, as it is for times.
  double squares = 0;
  for (const double value : sample) squares += (value - centre) * (value - centre);
  return std::sqrt(squares / static_cast<double>(sample.size() - 1));
}

double median(std::span<const double> sample) { return quantile(sample, 0.5); }

double quantile(std::span<const double> sample, double p) {
  require_sample(sample);
  if (!(p >= 0 && p <= 1)) throw std::invalid_argument("the p of a quantile is not in 0..1");
  std::vector<double> sorted(sample.begin(), sample.end());
  std::sort(sorted.begin(), sorted.end());
  const double position = static_cast<double>(sorted.size() - 1) * p;
  const auto below = static_cast<std::size_t>(position);
  const auto above = std::min(below + 1, sorted.size() - 1);
  return std::lerp(sorted[below], sorted[above], position - static_cast<double>(below));
}

double scaled_mad(std::span<const double> sample) {
  const double centre = median(sample);
  std::vector<double> distances(sample.size());
  std::transform(sample.begin(), sample.end(), distances.begin(),
                 [centre](double value) { return std::abs(value - centre); });
  return 1.4826 * median(distances);
}

}  // namespace ipcsort::stats
