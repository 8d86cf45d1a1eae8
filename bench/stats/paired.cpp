#include "bench/stats/paired.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "bench/stats/precondition.hpp"
#include "bench/stats/ranks.hpp"
#include "bench/stats/sample.hpp"
#include "bench/stats/signed_rank.hpp"

namespace ipcsort::stats {
namespace {

// Times that tie put a Walsh average at zero, and so an end of the interval at 1, only up to the rounding of
// the logarithms; that must not pass for a difference.
constexpr double rounding = 1e-12;

double detectable_shift_of_one_pair(double log_sd, double alpha, double beta) {
  if (!(log_sd >= 0 && std::isfinite(log_sd)))
    throw std::invalid_argument("a standard deviation is negative or not finite");
  return (normal_quantile(1 - alpha) + normal_quantile(1 - beta)) * log_sd;
}

}  // namespace

bool Ratio::differs() const { return slower() || faster(); }

bool Ratio::slower() const { return interval && interval->low > 1 + rounding; }

bool Ratio::faster() const { return interval && interval->high < 1 - rounding; }

std::optional<double> Ratio::detectable_effect() const {
  if (!interval || !log_sd) return std::nullopt;
  return minimum_detectable_effect(*log_sd, pairs);
}

Ratio ratio_of_logs(std::span<const double> log_ratios) {
  Ratio ratio{.centre = std::exp(hodges_lehmann(log_ratios)),
              .interval = signed_rank_interval(log_ratios, ratio_confidence),
              .pairs = log_ratios.size(),
              .log_sd = std::nullopt};
  if (ratio.interval) ratio.interval = exp_of(*ratio.interval);
  if (ratio.pairs >= 2) ratio.log_sd = standard_deviation(log_ratios);
  return ratio;
}

std::vector<double> paired_log_ratios(const TimesByBlock& a, const TimesByBlock& b) {
  std::vector<double> log_ratios;
  for (std::size_t block = 0; block < std::min(a.size(), b.size()); ++block) {
    if (a[block] && b[block]) log_ratios.push_back(log_of_time(*a[block]) - log_of_time(*b[block]));
  }
  return log_ratios;
}

std::optional<Ratio> paired_ratio(const TimesByBlock& a, const TimesByBlock& b) {
  const std::vector<double> log_ratios = paired_log_ratios(a, b);
  return log_ratios.empty() ? std::nullopt : std::optional(ratio_of_logs(log_ratios));
}

double minimum_detectable_effect(double log_sd, std::size_t pairs, double alpha, double beta) {
  if (pairs == 0) throw std::invalid_argument("detectable effect of no pairs");
  return std::expm1(detectable_shift_of_one_pair(log_sd, alpha, beta) /
                    std::sqrt(static_cast<double>(pairs)));
}

std::size_t pairs_needed(double log_sd, double effect, double alpha, double beta) {
  if (!(effect > 0 && std::isfinite(effect)))
    throw std::invalid_argument("the effect to detect is not finite and above 0");
  const double root = detectable_shift_of_one_pair(log_sd, alpha, beta) / std::log1p(effect);
  return static_cast<std::size_t>(std::max(1.0, std::ceil(root * root)));
}

}  // namespace ipcsort::stats
