// Ways to decide whether something got slower, tried on simulated machines.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "bench/stats/gate.hpp"
#include "tests/simulation/machine.hpp"

namespace ipcsort::simulation {

struct Decision {
  stats::Outcome outcome;
  std::size_t pairs;
};

// One cell, measured on a machine until the rule has decided.
using Rule = Decision (*)(Machine& machine, double log_effect);

Decision two_stage_sequential(Machine& machine, double log_effect);

// 20 runs of the baseline in one session, 20 of the candidate in another; Mann-Whitney p < .05.
Decision two_sessions_mann_whitney(Machine& machine, double log_effect);

// 20 pairs; the 95 % interval of the median by the sign test excludes no change.
Decision interleaved_sign_interval(Machine& machine, double log_effect);

struct NamedRule {
  std::string_view name;
  Rule decide;
};

inline constexpr std::array<NamedRule, 3> rules = {
    {{"two-stage sequential", two_stage_sequential},
     {"interleaved, sign-test interval, n=20", interleaved_sign_interval},
     {"two sessions, Mann-Whitney p<.05, n=20", two_sessions_mann_whitney}}};

// What became of many cells.
struct Tally {
  std::size_t cells = 0;
  std::size_t regressed = 0;
  std::size_t improved = 0;
  std::size_t within_threshold = 0;
  std::size_t inconclusive = 0;
  std::size_t pairs = 0;
};

// Cells `first` .. `first` + `cells` - 1 of the seed, each on a machine of its own; `effect` is relative,
// 0.05 for 5 % slower, 0 for A/A.
Tally simulate(const Profile& profile, Rule rule, double effect, std::size_t cells, std::uint64_t seed,
               std::size_t first = 0);

}  // namespace ipcsort::simulation
