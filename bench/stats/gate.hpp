// Whether a change made something slower: a two-stage group-sequential test on paired log ratios.
//
// A pair is one time of the baseline and one of the candidate, taken next to each other; its value is
// d = ln(candidate) - ln(baseline). Pairs are added one after the other, and only at fixed numbers of pairs
// does the test look at them. What a look may spend of the error probabilities is fixed beforehand
// (`spent_share`), so that looking often does not raise more alarms. A cell that screening finds slower (or
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

struct ErrorRates {
  double alpha;  // of an alarm when nothing has changed
  double beta;   // of no alarm when `effect` is there
};

struct GateRule {
  double effect_min = 0.025;  // a smaller change is never called one
  double effect = 0.05;       // a change of this size or more is to be found
  ErrorRates screening{0.02, 0.004};
  ErrorRates confirmation{0.005, 0.004};
};

enum class Look { more, slower, faster, unchanged, inconclusive };

// What `log_ratios` say. `more` between looks; at the last look never.
Look look_at(std::span<const double> log_ratios, const GateRule& rule, const ErrorRates& rates);

enum class Outcome {
  pending,
  regressed,
  improved,
  unchanged,         // a change of `effect` is excluded and none is seen
  within_threshold,  // a change is seen (its interval excludes 1) and is too small to matter
  inconclusive
};

// Both stages of one cell.
class TwoStageTest {
 public:
  explicit TwoStageTest(GateRule rule = {});

  // A finite d; throws std::logic_error once there is an outcome.
  void add(double log_ratio);

  [[nodiscard]] Outcome outcome() const noexcept;            // pending: needs more pairs
  [[nodiscard]] int stage() const noexcept;                  // 1 screening, 2 confirmation
  [[nodiscard]] std::size_t pairs() const noexcept;          // of both stages
  [[nodiscard]] std::size_t pairs_to_look() const noexcept;  // until the next look; 0 with an outcome

  // Candidate over baseline by the pairs of the latest stage; nothing before the first pair.
  [[nodiscard]] std::optional<Ratio> ratio() const;

 private:
  GateRule rule_;
  int stage_ = 1;
  Outcome outcome_ = Outcome::pending;
  std::size_t screened_ = 0;        // pairs of a stage that is over
  std::vector<double> log_ratios_;  // of the current stage
};

}  // namespace ipcsort::stats
