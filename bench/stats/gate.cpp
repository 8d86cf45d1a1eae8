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
  bool alarm;     // it got slower, by enough to matter
  bool excluded;  // it did not get slower by `effect` or more
};

Findings findings_of(std::span<const double> log_ratios, const GateRule& rule, const ErrorRates& levels) {
  std::vector<double> below_effect;
  for (const double d : log_ratios) below_effect.push_back(std::log1p(rule.effect) - d);
  return {.alarm = signed_rank_upper_tail(log_ratios) <= levels.alpha &&
                   hodges_lehmann(log_ratios) >= std::log1p(rule.effect_min),
          .excluded = signed_rank_upper_tail(below_effect) <= levels.beta};
}

Findings faster_findings_of(std::span<const double> log_ratios, const GateRule& rule,
                            const ErrorRates& levels) {
  std::vector<double> mirrored;
  for (const double d : log_ratios) mirrored.push_back(-d);
  return findings_of(mirrored, rule, levels);
}

bool is_look(std::size_t pairs) {
  return std::find(gate_looks.begin(), gate_looks.end(), pairs) != gate_looks.end();
}

Outcome unchanged_or_within(const Ratio& ratio) {
  return ratio.differs() ? Outcome::within_threshold : Outcome::unchanged;
}

}  // namespace

double spent_share(std::size_t pairs) {
  return std::pow(static_cast<double>(pairs) / static_cast<double>(gate_looks.back()), 1.5);
}

Look look_at(std::span<const double> log_ratios, const GateRule& rule, const ErrorRates& rates) {
  if (log_ratios.size() > gate_looks.back()) throw std::invalid_argument("more pairs than the last look has");
  if (!is_look(log_ratios.size())) return Look::more;
  const auto level = [pairs = log_ratios.size()](double rate) { return level_of(pairs, rate); };
  const double alpha = level(rates.alpha);
  const Findings slower = findings_of(log_ratios, rule, {alpha, level(rates.beta)});
  const Findings faster = faster_findings_of(log_ratios, rule, {alpha, level(rule.beta_improvement)});
  if (slower.alarm) return Look::slower;
  if (faster.alarm) return Look::faster;
  if (slower.excluded && faster.excluded) return Look::unchanged;
  return log_ratios.size() == gate_looks.back() ? Look::inconclusive : Look::more;
}

TwoStageTest::TwoStageTest(GateRule rule) : rule_(rule) {}

void TwoStageTest::add(double log_ratio) {
  if (outcome_ != Outcome::pending) throw std::logic_error("a pair for a test that has its outcome");
  require_sample({&log_ratio, 1});
  log_ratios_.push_back(log_ratio);
  const Look look = look_at(log_ratios_, rule_, stage_ == 1 ? rule_.screening : rule_.confirmation);
  if (look == Look::more) return;
  if (look == Look::unchanged) {
    outcome_ = unchanged_or_within(ratio_of_logs(log_ratios_));
  } else if (look == Look::inconclusive) {
    outcome_ = Outcome::inconclusive;
  } else if (stage_ == 1) {
    confirm(look);
  } else if (look == suspected_) {
    outcome_ = look == Look::slower ? Outcome::regressed : Outcome::improved;
  } else {
    outcome_ = Outcome::inconclusive;
  }
}

void TwoStageTest::confirm(Look suspected) {
  suspected_ = suspected;
  stage_ = 2;
  screened_ = log_ratios_.size();
  log_ratios_.clear();
}

Outcome TwoStageTest::outcome() const noexcept { return outcome_; }

int TwoStageTest::stage() const noexcept { return stage_; }

std::size_t TwoStageTest::pairs() const noexcept { return screened_ + log_ratios_.size(); }

std::size_t TwoStageTest::pairs_to_look() const noexcept {
  if (outcome_ != Outcome::pending) return 0;
  // While there is no outcome, the last look is still to come.
  return *std::upper_bound(gate_looks.begin(), gate_looks.end(), log_ratios_.size()) - log_ratios_.size();
}

std::optional<Ratio> TwoStageTest::ratio() const {
  if (log_ratios_.empty()) return std::nullopt;
  return ratio_of_logs(log_ratios_);
}

}  // namespace ipcsort::stats
