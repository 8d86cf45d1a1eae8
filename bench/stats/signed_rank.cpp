#include "bench/stats/signed_rank.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <stdexcept>

#include "bench/stats/precondition.hpp"
#include "bench/stats/ranks.hpp"
#include "bench/stats/sample.hpp"

namespace ipcsort::stats {
namespace {

// Numbers the doubles in their order, so that a bisection over the numbers ends at one exact double.
constexpr std::uint64_t sign_bit = std::uint64_t{1} << 63;

std::uint64_t number_of(double value) {
  const auto bits = std::bit_cast<std::uint64_t>(value);
  return (bits & sign_bit) != 0 ? ~bits : bits | sign_bit;
}

double double_of(std::uint64_t number) {
  return std::bit_cast<double>((number & sign_bit) != 0 ? number & ~sign_bit : ~number);
}

std::size_t walsh_count(std::size_t n) { return n * (n + 1) / 2; }

class WalshAverages {
 public:
  explicit WalshAverages(std::span<const double> sample) : halves_(sample.begin(), sample.end()) {
    require_sample(sample);
    // Halved before they are added, so that the sum of two large values cannot overflow.
    for (double& value : halves_) value /= 2;
    std::sort(halves_.begin(), halves_.end());
  }

  std::size_t count() const { return walsh_count(halves_.size()); }

  // The rank-th smallest, counted from 1: the smallest double that at least `rank` averages do not exceed.
  double at_rank(std::size_t rank) const {
    std::uint64_t low = number_of(halves_.front() + halves_.front());
    std::uint64_t high = number_of(halves_.back() + halves_.back());
    while (low < high) {
      const std::uint64_t middle = std::midpoint(low, high);
      if (count_up_to(double_of(middle)) >= rank) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return double_of(low) + 0.0;  // -0.0, numbered before 0.0, becomes 0.0
  }

 private:
  // The partners j >= i of a value i whose average with it is at most `limit` are the ones before `end`; a
  // larger i has fewer of them, so `end` only ever moves down.
  std::size_t count_up_to(double limit) const {
    std::size_t found = 0;
    std::size_t end = halves_.size();
    for (std::size_t i = 0; i < end; ++i) {
      while (end > i && halves_[i] + halves_[end - 1] > limit) --end;
      found += end - i;
    }
    return found;
  }

  std::vector<double> halves_;
};

// P(T = s) for s in 0 .. sum of ranks: T is the sum of those ranks whose fair coin shows heads.
std::vector<double> coin_sums(std::span<const std::size_t> ranks) {
  std::vector<double> probability(std::accumulate(ranks.begin(), ranks.end(), std::size_t{1}));
  probability[0] = 1;
  std::size_t largest = 0;
  for (const std::size_t rank : ranks) {
    largest += rank;
    // A rank joins: f(s) = (f(s) + f(s - rank)) / 2, in place and so from the largest s down.
    for (std::size_t s = largest; s >= rank; --s)
      probability[s] = (probability[s] + probability[s - rank]) / 2;
    for (std::size_t s = 0; s < rank; ++s) probability[s] /= 2;
  }
  return probability;
}

// P(T >= `sum`). With half a rank, which is 1 when doubled, as continuity correction.
double approximate_upper_tail(std::span<const std::size_t> doubled_ranks, std::size_t sum) {
  double total = 0;
  double squares = 0;
  for (const std::size_t rank : doubled_ranks) {
    total += static_cast<double>(rank);
    squares += static_cast<double>(rank) * static_cast<double>(rank);
  }
  return normal_upper_tail((static_cast<double>(sum) - 1 - total / 2) / std::sqrt(squares / 4));
}

double exact_upper_tail(std::span<const std::size_t> doubled_ranks, std::size_t sum) {
  const std::vector<double> probability = coin_sums(doubled_ranks);
  // From the far end, where the terms are smallest.
  return std::accumulate(probability.rbegin(), probability.rend() - static_cast<std::ptrdiff_t>(sum), 0.0);
}

// The largest k with P(T <= k - 1) <= tail, T taken as normal and k - 1/2 standing for k - 1.
std::size_t approximate_interval_rank(std::size_t n, double tail) {
  const auto size = static_cast<double>(n);
  const double mean = size * (size + 1) / 4;
  const double deviation = std::sqrt(size * (size + 1) * (2 * size + 1) / 24);
  return static_cast<std::size_t>(std::max(0.0, mean + 0.5 + deviation * normal_quantile(tail)));
}

}  // namespace

std::vector<double> signed_rank_distribution(std::size_t n) {
  std::vector<std::size_t> ranks(n);
  std::iota(ranks.begin(), ranks.end(), std::size_t{1});
  return coin_sums(ranks);
}

const std::vector<double>& signed_rank_tails(std::size_t n) {
  if (n > signed_rank_exact_n_max) throw std::invalid_argument("exact signed ranks of too many values");
  thread_local std::array<std::vector<double>, signed_rank_exact_n_max + 1> kept;
  std::vector<double>& tails = kept[n];
  if (tails.empty()) {
    tails = signed_rank_distribution(n);
    std::partial_sum(tails.begin(), tails.end(), tails.begin());
  }
  return tails;
}

double signed_rank_upper_tail(std::span<const double> sample) {
  require_sample(sample);
  std::vector<double> magnitudes(sample.begin(), sample.end());
  for (double& value : magnitudes) value = std::abs(value);
  const MidRanks ranks = mid_ranks(magnitudes);
  std::vector<std::size_t> of_signed;  // ranks of what has a sign
  std::size_t sum = 0;
  for (std::size_t i = 0; i < sample.size(); ++i) {
    if (sample[i] != 0) of_signed.push_back(ranks.doubled[i]);
    if (sample[i] > 0) sum += ranks.doubled[i];
  }
  if (of_signed.size() > signed_rank_exact_n_max) return approximate_upper_tail(of_signed, sum);
  if (ranks.tied || of_signed.size() < sample.size()) return exact_upper_tail(of_signed, sum);
  return signed_rank_tails(sample.size())[walsh_count(sample.size()) - sum / 2];
}

double signed_rank_p_value(std::span<const double> sample) {
  return std::min(1.0,
                  2 * std::min(signed_rank_upper_tail(sample), signed_rank_upper_tail(mirrored(sample))));
}

std::optional<std::size_t> signed_rank_interval_rank(std::size_t n, double confidence) {
  require_inside_0_1(confidence);
  const double tail = (1 - confidence) / 2;
  const std::size_t rank = n <= signed_rank_exact_n_max ? rejected(signed_rank_tails(n), tail)
                                                        : approximate_interval_rank(n, tail);
  if (rank == 0) return std::nullopt;
  return rank;
}

double hodges_lehmann(std::span<const double> sample) {
  const WalshAverages averages(sample);
  const std::size_t lower_middle = (averages.count() + 1) / 2;
  const std::size_t upper_middle = averages.count() / 2 + 1;
  const double lower = averages.at_rank(lower_middle);
  return lower_middle == upper_middle ? lower : std::midpoint(lower, averages.at_rank(upper_middle));
}

std::optional<Interval> signed_rank_interval(std::span<const double> sample, double confidence) {
  const WalshAverages averages(sample);
  const auto rank = signed_rank_interval_rank(sample.size(), confidence);
  if (!rank) return std::nullopt;
  return Interval{averages.at_rank(*rank), averages.at_rank(averages.count() + 1 - *rank)};
}

std::optional<double> relative_half_width(std::span<const double> times) {
  const std::vector<double> logs = logarithms(times);
  const auto interval = signed_rank_interval(logs, 0.95);
  if (!interval) return std::nullopt;
  const auto [low, high] = exp_of(*interval);
  return (high - low) / (2 * std::exp(hodges_lehmann(logs)));
}

}  // namespace ipcsort::stats
