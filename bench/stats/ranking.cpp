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

std::vector<double> log_times(const TimesByBlock& times) {
  std::vector<double> logs;
  for (const auto& time : times) {
    if (time) logs.push_back(log_of_time(*time));
  }
  return logs;
}

// Of what has fewer times than the others a centre that is theirs to compare with.
void level_centres(std::span<const TimesByBlock> condition, std::vector<Standing>& standings) {
  if (standings.empty()) return;
  const std::size_t most = std::ranges::max(standings, {}, &Standing::runs).runs;
  const Standing* reference = nullptr;
  for (const Standing& standing : standings) {
    if (standing.runs == most && (reference == nullptr || standing.centre < reference->centre))
      reference = &standing;
  }
  for (Standing& standing : standings) {
    if (standing.runs == most) continue;
    const auto ratio = paired_ratio(condition[standing.place], condition[reference->place]);
    if (ratio) standing.centre = reference->centre * ratio->centre;
  }
}

std::vector<Standing> by_centre(std::span<const TimesByBlock> condition) {
  std::vector<Standing> standings;
  for (std::size_t i = 0; i < condition.size(); ++i) {
    if (condition[i].size() != condition.front().size())
      throw std::invalid_argument("what is ranked has times of different blocks");
    const std::vector<double> logs = log_times(condition[i]);
    if (!logs.empty())
      standings.push_back(
          {i, std::exp(hodges_lehmann(logs)), logs.size(), std::nullopt, std::nullopt, false});
  }
  level_centres(condition, standings);
  std::ranges::stable_sort(standings, {}, &Standing::centre);
  const auto is_short = [](const Standing& standing) { return !is_enough(standing.runs); };
  if (std::ranges::count_if(standings, std::not_fn(is_short)) > 1)
    std::ranges::stable_sort(standings, {}, is_short);
  return standings;
}

// Of all pairs of what is ranked, by their places in `standings`: the p values, adjusted together. 1 for what has too few
// common blocks, which takes no part.
class PairedTests {
 public:
  PairedTests(std::span<const TimesByBlock> condition, const std::vector<Standing>& standings)
      : count_(standings.size()), p_values_(count_ * count_, 1) {
    std::vector<double> tested;
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < count_; ++i) {
      for (std::size_t j = i + 1; j < count_; ++j) {
        const auto ratios = paired_log_ratios(condition[standings[i].place], condition[standings[j].place]);
        if (!is_enough(ratios.size())) continue;
        places.push_back(i * count_ + j);
        tested.push_back(signed_rank_p_value(ratios));
      }
    }
    const std::vector<double> adjusted = benjamini_hochberg(tested);
    for (std::size_t k = 0; k < places.size(); ++k) p_values_[places[k]] = adjusted[k];
  }
  // Of the i-th and the j-th, i < j.
  [[nodiscard]] double p_value(std::size_t i, std::size_t j) const { return p_values_[i * count_ + j]; }

 private:
  std::size_t count_;
  std::vector<double> p_values_;
};

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
  const PairedTests tests(condition, standings);
  for (std::size_t i = 1; i < standings.size(); ++i) {
    Standing& standing = standings[i];
    standing.to_best = paired_ratio(condition[standing.place], best);
    standing.p_value = tests.p_value(0, i);
    // Where both lack blocks, the best by centre can even lose the paired comparison; then, too, the other has not been
    // shown to be slower.
    const bool slower = standing.to_best && standing.to_best->slower();
    standing.tied = !(slower && *standing.p_value <= false_discovery_rate);
  }
  return ranking;
}

std::vector<Openness> openness_of(std::span<const TimesByBlock> condition, const OpennessRule& rule) {
  std::vector<Openness> open(condition.size());
  const std::vector<Standing> standings = by_centre(condition);
  const PairedTests tests(condition, standings);
  // Whether it is still a question which of the i-th and the j-th is the faster, i < j.
  const auto is_question = [&](std::size_t i, std::size_t j) {
    const auto ratio = paired_ratio(condition[standings[j].place], condition[standings[i].place]);
    if (!ratio || !ratio->interval) return true;
    const double same = 1 + rule.equivalence;
    if (ratio->interval->high <= same && ratio->interval->low >= 1 / same) return false;
    return !ratio->slower() || tests.p_value(i, j) > rule.level;
  };
  for (std::size_t i = 1; i < standings.size(); ++i) {
    if (is_question(0, i)) open[standings[0].place].best = open[standings[i].place].best = true;
    if (is_question(i - 1, i))
      open[standings[i - 1].place].neighbour = open[standings[i].place].neighbour = true;
  }
  return open;
}

}  // namespace ipcsort::stats
