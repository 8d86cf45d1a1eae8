#include "bench/stats/two_sample.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "bench/stats/normal.hpp"
#include "bench/stats/precondition.hpp"
#include "bench/stats/sample.hpp"

// By the normal approximation alone, until the exact distribution is there.
namespace ipcsort::stats {
namespace {

double deviation_of_u(std::size_t m, std::size_t n) {
  return std::sqrt(static_cast<double>(m * n) * static_cast<double>(m + n + 1) / 12);
}

}  // namespace

double mann_whitney_p_value(std::span<const double> a, std::span<const double> b) {
  require_sample(a);
  require_sample(b);
  double u = 0;
  for (const double of_a : a) {
    for (const double of_b : b) u += of_a > of_b ? 1 : of_a == of_b ? 0.5 : 0;
  }
  const double distance = std::abs(u - static_cast<double>(a.size() * b.size()) / 2) - 0.5;
  const double z = std::max(0.0, distance) / deviation_of_u(a.size(), b.size());
  return std::erfc(z / std::sqrt(2.0));
}

Shift two_sample_shift(std::span<const double> a, std::span<const double> b, double confidence) {
  require_sample(a);
  require_sample(b);
  require_inside_0_1(confidence);
  std::vector<double> differences;
  for (const double of_a : a) {
    for (const double of_b : b) differences.push_back(of_a - of_b);
  }
  std::sort(differences.begin(), differences.end());
  Shift shift{median(differences), std::nullopt};
  const double rank = static_cast<double>(differences.size()) / 2 + 0.5 +
                      deviation_of_u(a.size(), b.size()) * normal_quantile((1 - confidence) / 2);
  if (rank >= 1) {
    const auto k = static_cast<std::size_t>(rank);
    shift.interval = Interval{differences[k - 1], differences[differences.size() - k]};
  }
  return shift;
}

}  // namespace ipcsort::stats
