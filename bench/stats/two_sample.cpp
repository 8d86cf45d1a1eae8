#include "bench/stats/two_sample.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <utility>
#include <vector>

#include "bench/stats/precondition.hpp"
#include "bench/stats/ranks.hpp"
#include "bench/stats/sample.hpp"

namespace ipcsort::stats {
namespace {

// P(S <= s) for s in 0 .. sum of ranks: S is the sum of `chosen` of the ranks, each choice equally likely.
std::vector<double> rank_sum_tails(std::span<const std::size_t> ranks, std::size_t chosen) {
  const std::size_t largest = std::accumulate(ranks.begin(), ranks.end(), std::size_t{0});
  // ways[k][s]: of choosing k ranks with sum s; a double holds the largest, C(60, 30), to 16 digits.
  std::vector<std::vector<double>> ways(chosen + 1, std::vector<double>(largest + 1));
  ways[0][0] = 1;
  std::size_t sum = 0;
  for (const std::size_t rank : ranks) {
    sum += rank;
    for (std::size_t k = chosen; k > 0; --k) {
      for (std::size_t s = rank; s <= sum; ++s) ways[k][s] += ways[k - 1][s - rank];
    }
  }
  std::vector<double>& tails = ways[chosen];
  std::partial_sum(tails.begin(), tails.end(), tails.begin());
  const double all = tails.back();
  for (double& tail : tails) tail /= all;
  return std::move(tails);
}

// The same of the ranks 1 .. n, kept: comparisons come by the hundred and mostly with the same numbers.
const std::vector<double>& untied_tails(std::size_t n, std::size_t chosen) {
  thread_local std::map<std::pair<std::size_t, std::size_t>, std::vector<double>> kept;
  auto [place, fresh] = kept.try_emplace({n, chosen});
  if (fresh) {
    std::vector<std::size_t> ranks(n);
    std::iota(ranks.begin(), ranks.end(), std::size_t{1});
    place->second = rank_sum_tails(ranks, chosen);
  }
  return place->second;
}

// Sums of ranks lie symmetrically about their mean only without ties, so both tails are looked up.
double two_sided(std::span<const double> tails, std::size_t sum) {
  const double lower = tails[sum];
  const double upper = sum == 0 ? 1 : 1 - tails[sum - 1];
  return std::min(1.0, 2 * std::min(lower, upper));
}

// The mean and the variance of the sum of `chosen` values drawn without replacement.
double normal_p_value(std::span<const std::size_t> doubled_ranks, std::size_t chosen, std::size_t sum) {
  const std::vector<double> ranks(doubled_ranks.begin(), doubled_ranks.end());
  const double deviation = standard_deviation(ranks);
  if (deviation == 0) return 1;  // all values are the same
  const auto n = static_cast<double>(ranks.size());
  const auto m = static_cast<double>(chosen);
  constexpr double half_a_rank = 1;  // doubled
  const double distance = std::abs(static_cast<double>(sum) - m * mean(ranks)) - half_a_rank;
  return 2 * normal_upper_tail(std::max(0.0, distance / (deviation * std::sqrt(m * (n - m) / n))));
}

// The k for which the k-th smallest and the k-th largest difference bound the shift; 0 if there is none.
std::size_t interval_rank(std::size_t m, std::size_t n, double tail) {
  if (m + n <= two_sample_exact_n_max) {
    // The smallest sum of m ranks is m (m + 1) / 2; below it there is nothing to reject.
    return rejected(untied_tails(m + n, m), tail) - m * (m + 1) / 2;
  }
  const auto pairs = static_cast<double>(m * n);
  const double deviation = std::sqrt(pairs * static_cast<double>(m + n + 1) / 12);
  return static_cast<std::size_t>(std::max(0.0, pairs / 2 + 0.5 + deviation * normal_quantile(tail)));
}

}  // namespace

double mann_whitney_p_value(std::span<const double> a, std::span<const double> b) {
  require_sample(a);
  require_sample(b);
  std::vector<double> pooled(a.begin(), a.end());
  pooled.insert(pooled.end(), b.begin(), b.end());
  const MidRanks ranks = mid_ranks(pooled);
  const auto end_of_a = ranks.doubled.begin() + static_cast<std::ptrdiff_t>(a.size());
  const std::size_t sum = std::accumulate(ranks.doubled.begin(), end_of_a, std::size_t{0});
  if (pooled.size() > two_sample_exact_n_max) return normal_p_value(ranks.doubled, a.size(), sum);
  if (!ranks.tied) return two_sided(untied_tails(pooled.size(), a.size()), sum / 2);
  return two_sided(rank_sum_tails(ranks.doubled, a.size()), sum);
}

Shift two_sample_shift(std::span<const double> a, std::span<const double> b, double confidence) {
  require_sample(a);
  require_sample(b);
  require_inside_0_1(confidence);
  std::vector<double> differences;
  differences.reserve(a.size() * b.size());
  for (const double of_a : a) {
    for (const double of_b : b) differences.push_back(of_a - of_b);
  }
  std::sort(differences.begin(), differences.end());
  Shift shift{.centre = median(differences), .interval = std::nullopt};
  const std::size_t rank = interval_rank(a.size(), b.size(), (1 - confidence) / 2);
  if (rank > 0) shift.interval = Interval{differences[rank - 1], differences[differences.size() - rank]};
  return shift;
}

}  // namespace ipcsort::stats
