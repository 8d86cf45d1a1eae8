#include "bench/stats/ranking.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <stdexcept>

#include "bench/stats/multiple.hpp"
#include "bench/stats/precondition.hpp"
#include "bench/stats/signed_rank.hpp"

namespace ipcsort::stats {
namespace {

// For a test or an interval.
bool is_enough(std::size_t blocks) {
  return blocks > 0 && signed_rank_interval_rank(blocks, ratio_confidence).has_value();
}

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
  const auto is_short = [](const Standing& standing) { return !is_enough(standing.runs); };
  if (std::ranges::count_if(standings, std::not_fn(is_short)) > 1)
    std::ranges::stable_sort(standings, {}, is_short);
  return standings;
}

// Of those of the first with the second, the third, ...; adjusted together with all other pairs.
std::vector<double> adjusted_p_values(std::span<const TimesByBlock> condition,
                                      const std::vector<Standing>& standings) {
  std::vector<double> tested;
  std::vector<std::optional<std::size_t>> places;  // in `tested`
  for (std::size_t i = 0; i < standings.size(); ++i) {
    for (std::size_t j = i + 1; j < standings.size(); ++j) {
      const auto log_ratios = paired_log_ratios(condition[standings[i].place], condition[standings[j].place]);
      const bool is_tested = is_enough(log_ratios.size());
      if (i == 0) places.push_back(is_tested ? std::optional(tested.size()) : std::nullopt);
      if (is_tested) tested.push_back(signed_rank_p_value(log_ratios));
    }
  }
  const std::vector<double> adjusted = benjamini_hochberg(tested);
  std::vector<double> of_best;
  for (const auto& place : places) of_best.push_back(place ? adjusted[*place] : 1);
  return of_best;
}

}  // namespace

std::size_t least_told_apart(std::size_t pairs, std::size_t blocks) {
  const double p_least = 2 * signed_rank_tails(std::min(blocks, signed_rank_exact_n_max)).front();
  std::size_t count = 1;
  while (count <= pairs &&
         p_least * static_cast<double>(pairs) / static_cast<double>(count) > false_discovery_rate)
    ++count;
  return count;
}

std::size_t blocks_for_one(std::size_t pairs) {
  std::size_t blocks = 1;
  while (least_told_apart(pairs, blocks) > 1) ++blocks;
  return blocks;
}

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
