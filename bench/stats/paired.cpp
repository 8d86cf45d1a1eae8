#include "bench/stats/paired.hpp"

#include <cmath>
#include <stdexcept>
#include <vector>

#include "bench/stats/normal.hpp"
#include "bench/stats/precondition.hpp"
#include "bench/stats/sample.hpp"
#include "bench/stats/signed_rank.hpp"

namespace ipcsort::stats {
namespace {

// Times that tie put a Walsh average at zero, and so an end of the interval at 1, only up to the rounding of
// the logarithms; that must not pass for a difference.
constexpr double rounding = 1e-12;

}  // namespace

bool Ratio::differs() const { return slower() || faster(); }

bool Ratio::slower() const { return interval && interval->low > 1 + rounding; }

bool Ratio::faster() const { return interval && interval->high < 1 - rounding; }

std::optional<double> Ratio::detectable_effect() const {
  if (!interval || !log_sd) return std::nullopt;
  return minimum_detectable_effect(*log_sd, pairs);
}

Ratio paired_ratio(std::span<const double> a, std::span<const double> b) {
  if (a.size() != b.size()) throw std::invalid_argument("paired samples of different length");
  std::vector<double> differences;
  differences.reserve(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) differences.push_back(log_of_time(a[i]) - log_of_time(b[i]));

  Ratio ratio{.centre = std::exp(hodges_lehmann(differences)),
              .interval = signed_rank_interval(differences, ratio_confidence),
              .pairs = differences.size(),
              .log_sd = std::nullopt};
  if (ratio.interval)
    ratio.interval = Interval{std::exp(ratio.interval->low), std::exp(ratio.interval->high)};
  if (ratio.pairs >= 2) ratio.log_sd = standard_deviation(differences);
  return ratio;
}

double minimum_detectable_effect(double log_sd, std::size_t pairs, double alpha, double beta) {
  if (pairs == 0) throw std::invalid_argument("detectable effect of no pairs");
  if (!(log_sd >= 0 && std::isfinite(log_sd)))
    throw std::invalid_argument("a standard deviation is negative or not finite");
  const double z = normal_quantile(1 - alpha) + normal_quantile(1 - beta);
  return std::expm1(z * log_sd / std::sqrt(static_cast<double>(pairs)));
}

}  // namespace ipcsort::stats
