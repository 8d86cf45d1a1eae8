#include "bench/stats/sample.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <stdexcept>

#include "bench/stats/precondition.hpp"

namespace ipcsort::stats {
namespace {

std::vector<double> sorted(std::span<const double> sample) {
  require_sample(sample);
  std::vector<double> values(sample.begin(), sample.end());
  std::sort(values.begin(), values.end());
  return values;
}

// The largest k with P(Binomial(n, 1/2) < k) <= tail; 0 if there is none.
std::size_t sign_interval_rank(std::size_t n, double tail) {
  // The terms go from one to the next as logarithms: 2^-n is no longer a double from n = 1075 on.
  double log2_term = -static_cast<double>(n);
  double below = 0;
  for (std::size_t rank = 0;; ++rank) {
    below += std::exp2(log2_term);
    if (below > tail) return rank;
    log2_term += std::log2(static_cast<double>(n - rank) / static_cast<double>(rank + 1));
  }
}

}  // namespace

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
  if (!(p >= 0 && p <= 1)) throw std::invalid_argument("the p of a quantile is not in 0..1");
  const std::vector<double> values = sorted(sample);
  const double position = static_cast<double>(values.size() - 1) * p;
  const auto below = static_cast<std::size_t>(position);
  const auto above = std::min(below + 1, values.size() - 1);
  return std::lerp(values[below], values[above], position - static_cast<double>(below));
}

double scaled_mad(std::span<const double> sample) {
  const double centre = median(sample);
  std::vector<double> distances(sample.size());
  std::transform(sample.begin(), sample.end(), distances.begin(),
                 [centre](double value) { return std::abs(value - centre); });
  return 1.4826 * median(distances);
}

std::optional<Interval> sign_interval(std::span<const double> sample, double confidence) {
  require_inside_0_1(confidence);
  const std::vector<double> values = sorted(sample);
  const std::size_t rank = sign_interval_rank(values.size(), (1 - confidence) / 2);
  if (rank == 0) return std::nullopt;
  return Interval{values[rank - 1], values[values.size() - rank]};
}

std::vector<double> logarithms(std::span<const double> times) {
  std::vector<double> logs(times.size());
  std::ranges::transform(times, logs.begin(), log_of_time);
  return logs;
}

}  // namespace ipcsort::stats
