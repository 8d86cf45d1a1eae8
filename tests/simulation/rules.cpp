#include "tests/simulation/rules.hpp"

#include <cmath>
#include <span>
#include <vector>

#include "bench/stats/sample.hpp"
#include "bench/stats/two_sample.hpp"

namespace ipcsort::simulation {
namespace {

constexpr std::size_t fixed_n = 20;

std::vector<double> session_of(Machine& machine, std::size_t side) {
  machine.start_session();
  std::vector<double> log_times;
  for (std::size_t run = 0; run < fixed_n; ++run) log_times.push_back(machine.log_time(side));
  return log_times;
}

void count(Tally& tally, const Decision& decision) {
  ++tally.cells;
  tally.pairs += decision.pairs;
  tally.regressed += decision.outcome == stats::Outcome::regressed ? 1 : 0;
  tally.improved += decision.outcome == stats::Outcome::improved ? 1 : 0;
  tally.within_threshold += decision.outcome == stats::Outcome::within_threshold ? 1 : 0;
  tally.inconclusive += decision.outcome == stats::Outcome::inconclusive ? 1 : 0;
}

}  // namespace

Decision two_stage_sequential(Machine& machine, double log_effect) {
  stats::TwoStageTest test;
  while (test.outcome() == stats::Outcome::pending) {
    // The confirmation is measured when all cells have been screened.
    if (test.stage() == 2 && test.pairs() == test.screened()) machine.start_session();
    test.add(machine.log_ratio_of_pair(log_effect));
  }
  return {test.outcome(), test.pairs()};
}

Decision two_sessions_mann_whitney(Machine& machine, double log_effect) {
  const std::vector<double> baseline = session_of(machine, baseline_side);
  std::vector<double> candidate = session_of(machine, candidate_side);
  for (double& log_time : candidate) log_time += log_effect;
  if (stats::mann_whitney_p_value(candidate, baseline) >= 0.05) return {stats::Outcome::unchanged, fixed_n};
  const bool slower = stats::median(candidate) > stats::median(baseline);
  return {slower ? stats::Outcome::regressed : stats::Outcome::improved, fixed_n};
}

Decision interleaved_sign_interval(Machine& machine, double log_effect) {
  std::vector<double> log_ratios;
  for (std::size_t pair = 0; pair < fixed_n; ++pair)
    log_ratios.push_back(machine.log_ratio_of_pair(log_effect));
  const auto interval = stats::sign_interval(log_ratios, stats::ratio_confidence);
  if (interval->low > 0) return {stats::Outcome::regressed, fixed_n};
  if (interval->high < 0) return {stats::Outcome::improved, fixed_n};
  return {stats::Outcome::unchanged, fixed_n};
}

Tally simulate(const Profile& profile, Rule rule, double effect, std::size_t cells, std::uint64_t seed,
               std::size_t first) {
  Tally tally;
  for (std::size_t cell = first; cell < first + cells; ++cell) {
    Machine machine(profile, seed * 1'000'003 + cell);
    count(tally, rule(machine, std::log1p(effect)));
  }
  return tally;
}

}  // namespace ipcsort::simulation
