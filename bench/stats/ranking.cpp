#include "bench/stats/ranking.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "bench/stats/multiple.hpp"
#include "bench/stats/precondition.hpp"
#include "bench/stats/signed_rank.hpp"

namespace ipcsort::stats {
namespace {

std::vector<Standing> by_centre(std::span<const TimesByBlock> condition) {
  std::vector<Standing> standings;
  for (std::size_t i = 0; i < condition.size(); ++i) {
    if (condition[i].size() != condition.front().size())
      throw std::invalid_argument("what is ranked has times of different blocks");
    std::vector<double> logs;
    for (const auto& time : condition[i]) {
      if (time) logs.push_back(log_of_time(*time));
    }
    if (logs.empty()) continue;
    standings.push_back({i, std::exp(hodges_lehmann(logs)), logs.size(), std::nullopt, std::nullopt, false});
  }
  std::ranges::stable_sort(standings, {}, &Standing::centre);
  return standings;
}

// Of all pairs, adjusted together; those of the first with the second, the third, ... lead.
std::vector<double> adjusted_p_values(std::span<const TimesByBlock> condition,
                                      const std::vector<Standing>& standings) {
  std::vector<double> p_values;
  for (std::size_t i = 0; i < standings.size(); ++i) {
    for (std::size_t j = i + 1; j < standings.size(); ++j) {
      const auto log_ratios = paired_log_ratios(condition[standings[i].place], condition[standings[j].place]);
      p_values.push_back(log_ratios.empty() ? 1 : signed_rank_p_value(log_ratios));
    }
  }
  return benjamini_hochberg(p_values);
}

}  // namespace

Ranking ranking_of(std::span<const TimesByBlock> condition) {
  Ranking ranking{by_centre(condition), std::nullopt};
  std::vector<Standing>& standings = ranking.standings;
  if (standings.size() < 2) return ranking;
  const TimesByBlock& best = condition[standings.front().place];
  ranking.best_to_second = paired_ratio(best, condition[standings[1].place]);
  const std::vector<double> p_values = adjusted_p_values(condition, standings);
  for (std::size_t i = 1; i < standings.size(); ++i) {
    Standing& standing = standings[i];
    standing.to_best = paired_ratio(condition[standing.place], best);
    standing.p_value = p_values[i - 1];
    // Centres are over each one's own blocks. Where blocks are missing, the best by centre can even lose the
    // paired comparison; then, too, the other has not been shown to be slower.
    const bool slower = standing.to_best && standing.to_best->slower();
    standing.tied = !(slower && *standing.p_value <= false_discovery_rate);
  }
  return ranking;
}

}  // namespace ipcsort::stats
