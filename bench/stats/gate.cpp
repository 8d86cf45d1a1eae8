#include "bench/stats/gate.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "bench/stats/precondition.hpp"
#include "bench/stats/ranks.hpp"
#include "bench/stats/signed_rank.hpp"

namespace ipcsort::stats {
namespace {

// What the test of `pairs` values can really spend of `level`: its p values are discrete.
double attained(std::size_t pairs, double level) {
  const std::vector<double>& tails = signed_rank_tails(pairs);
  const std::size_t count = rejected(tails, level);
  return count == 0 ? 0 : tails[count - 1];
}

// What the look at `pairs` may spend of `rate`: its share, and what earlier looks could not spend. The latter
// is that of values without ties, so that it is fixed beforehand.
double level_of(std::size_t pairs, double rate) {
  double spent = 0;
  for (const std::size_t look : gate_looks) {
    const double level = rate * spent_share(look) - spent;
    if (look == pairs) return level;
    spent += attained(look, level);
  }
  throw std::logic_error("a level for a number of pairs without a look");
}

// Of slow-downs; speed-ups are the same of mirrored values.
struct Findings {
  bool seen;      // it got slower, by enough to matter
  bool excluded;  // it did not get slower by `effect` or more
};

Findings findings_of(std::span<const double> log_ratios, const GateRule& rule, const ErrorRates& levels) {
  std::vector<double> below_effect;
  for (const double d : log_ratios) below_effect.push_back(std::log1p(rule.effect) - d);
  return {.seen = signed_rank_upper_tail(log_ratios) <= levels.alpha &&
                  hodges_lehmann(log_ratios) >= std::log1p(rule.effect_min),
          .excluded = signed_rank_upper_tail(below_effect) <= levels.beta};
}

}  // namespace

double spent_share(std::size_t pairs) {
  return std::pow(static_cast<double>(pairs) / static_cast<double>(gate_looks.back()), 1.5);
}

Outcome look_at(std::span<const double> log_ratios, const GateRule& rule, const ErrorRates& rates) {
  const std::size_t pairs = log_ratios.size();
  if (pairs > gate_looks.back()) throw std::invalid_argument("more pairs than the last look has");
  if (std::ranges::find(gate_looks, pairs) == gate_looks.end()) return Outcome::pending;
  const double alpha = level_of(pairs, rates.alpha);
  const Findings slower = findings_of(log_ratios, rule, {alpha, level_of(pairs, rates.beta)});
  const Findings faster =
      findings_of(mirrored(log_ratios), rule, {alpha, level_of(pairs, rule.beta_improvement)});
  if (slower.seen) return Outcome::regressed;
  if (faster.seen) return Outcome::improved;
  if (slower.excluded && faster.excluded) return Outcome::unchanged;
  return pairs == gate_looks.back() ? Outcome::inconclusive : Outcome::pending;
}

void TwoStageTest::add(double log_ratio) {
  if (outcome_ != Outcome::pending) throw std::logic_error("a pair for a test that has its outcome");
  require_sample({&log_ratio, 1});
  log_ratios_.push_back(log_ratio);
  const Outcome look = look_at(log_ratios_, rule_, stage_ == 1 ? rule_.screening : rule_.confirmation);
  const bool changed = look == Outcome::regressed || look == Outcome::improved;
  if (changed && stage_ == 1) {
    stage_ = 2;
    suspected_ = look;
    screened_ = log_ratios_.size();
    log_ratios_.clear();
  } else if (changed && look != suspected_) {
    outcome_ = Outcome::inconclusive;
  } else if (look == Outcome::unchanged && ratio()->differs()) {
    outcome_ = Outcome::within_threshold;
  } else {
    outcome_ = look;
  }
}

std::optional<Ratio> TwoStageTest::ratio() const {
  if (log_ratios_.empty()) return std::nullopt;
  return ratio_of_logs(log_ratios_);
}

}  // namespace ipcsort::stats
