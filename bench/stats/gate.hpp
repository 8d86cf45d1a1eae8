// Whether a change made something slower: a two-stage group-sequential test on paired log ratios.
//
// A pair is one time of the baseline and one of the candidate, taken next to each other; its value is
// d = ln(candidate) - ln(baseline). Pairs are added one after the other, and only at fixed numbers of pairs
// does the test look at them. What a look may spend of the error probabilities is fixed beforehand
// (`spent_share`), so that looking often makes no more false positives; what it cannot spend, because the
// probabilities of signed ranks are discrete, passes to the next look. A cell that screening finds slower (or
// faster) is measured again with fresh pairs, and only what this confirmation says counts: the effect that is
// reported is not one that was picked for being large.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "bench/stats/paired.hpp"

namespace ipcsort::stats {

inline constexpr std::array<std::size_t, 9> gate_looks = {10, 15, 20, 30, 40, 60, 80, 120, 160};

// The part of both error probabilities that may be spent up to the look at `pairs`, of 0 .. 1: (pairs / 160)
// to the power of 1.5, little early and most at the end. After H. H. Kim and D. L. DeMets, "Design and
// Analysis of Group Sequential Tests Based on the Type I Error Spending Rate Function", Biometrika 74 (1987).
double spent_share(std::size_t pairs);

struct ErrorRates {
  double alpha;  // of a change called when there is none, for slow-downs and for speed-ups each
  double beta;   // of none called when `effect` is there
};

struct GateRule {
  double effect_min = 0.025;  // a smaller change is never called one
  double effect = 0.05;       // a change of this size or more is to be found
  // Of calling a speed-up of `effect` unchanged, in each stage. It costs nobody anything to miss one, and
  // ruling them out as surely as slow-downs takes an eighth more pairs of every cell that has not changed.
  double beta_improvement = 0.05;
  ErrorRates screening{0.02, 0.004};
  ErrorRates confirmation{0.002, 0.004};
};

enum class Outcome {
  pending,
  regressed,
  improved,
  unchanged,         // a change of `effect` is excluded and none is seen
  within_threshold,  // a change is seen (its interval excludes 1) and is too small to matter
  inconclusive
};

// What `log_ratios` say. `pending` between looks; at the last look never. regressed: the signed-rank test rejects
// no change, and the Hodges-Lehmann centre is at least effect_min; improved: the same mirrored; unchanged: the
// same test rejects both a slow-down and a speed-up of `effect`. docs/decisions/gate.md has the figures.
// Throws std::invalid_argument for more pairs than the last look has, or one at a look that is not finite.
Outcome look_at(std::span<const double> log_ratios, const GateRule& rule, const ErrorRates& rates);

// Both stages of one cell.
class TwoStageTest {
 public:
  explicit TwoStageTest(GateRule rule = {}) : rule_(rule) {}

  // A finite d; throws std::logic_error once there is an outcome.
  void add(double log_ratio);

  [[nodiscard]] Outcome outcome() const noexcept { return outcome_; }        // pending: needs more pairs
  [[nodiscard]] int stage() const noexcept { return stage_; }                // 1 screening, 2 confirmation
  [[nodiscard]] std::size_t screened() const noexcept { return screened_; }  // pairs of a stage that is over
  [[nodiscard]] std::size_t pairs() const noexcept { return screened_ + log_ratios_.size(); }

  // Candidate over baseline by the pairs of the latest stage; nothing before the first pair. These pairs also
  // decided when to stop, which makes a confirmed change look a little larger than it is.
  [[nodiscard]] std::optional<Ratio> ratio() const;

 private:
  GateRule rule_;
  int stage_ = 1;
  Outcome outcome_ = Outcome::pending;
  Outcome suspected_ = Outcome::pending;  // regressed or improved from stage 2 on
  std::size_t screened_ = 0;
  std::vector<double> log_ratios_;  // of the current stage
};

}  // namespace ipcsort::stats
