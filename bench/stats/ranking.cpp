#include "bench/stats/ranking.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "bench/stats/precondition.hpp"
#include "bench/stats/signed_rank.hpp"

namespace ipcsort::stats {
namespace {

struct Entrant {
  const Series* series;
  Standing standing;
};

std::vector<double> logs_of_times(const Series& series) {
  std::vector<double> logs;
  for (const auto& time : series.times) {
    if (time) logs.push_back(log_of_time(*time));
  }
  return logs;
}

std::optional<Ratio> ratio_over_common_blocks(const Series& a, const Series& b) {
  std::vector<double> a_times;
  std::vector<double> b_times;
  for (std::size_t block = 0; block < a.times.size(); ++block) {
    if (!a.times[block] || !b.times[block]) continue;
    a_times.push_back(*a.times[block]);
    b_times.push_back(*b.times[block]);
  }
  if (a_times.empty()) return std::nullopt;
  return paired_ratio(a_times, b_times);
}

std::vector<Entrant> entrants_by_centre(std::span<const Series> condition) {
  std::vector<Entrant> entrants;
  for (const Series& series : condition) {
    if (series.times.size() != condition.front().times.size()) {
      throw std::invalid_argument("the times of " + series.name + " are for another number of blocks");
    }
    const std::vector<double> logs = logs_of_times(series);
    if (logs.empty()) continue;
    entrants.push_back({.series = &series,
                        .standing = {.name = series.name,
                                     .centre = std::exp(hodges_lehmann(logs)),
                                     .runs = logs.size(),
                                     .to_best = std::nullopt,
                                     .tied = false}});
  }
  std::stable_sort(entrants.begin(), entrants.end(),
                   [](const Entrant& a, const Entrant& b) { return a.standing.centre < b.standing.centre; });
  return entrants;
}

}  // namespace

bool Ranking::has_fastest() const {
  return standings.size() >= 2 && std::none_of(standings.begin(), standings.end(),
                                               [](const Standing& standing) { return standing.tied; });
}

Ranking ranking_of(std::span<const Series> condition) {
  std::vector<Entrant> entrants = entrants_by_centre(condition);
  Ranking ranking;
  if (entrants.size() >= 2) {
    ranking.best_to_second = ratio_over_common_blocks(*entrants[0].series, *entrants[1].series);
  }
  for (std::size_t place = 0; place < entrants.size(); ++place) {
    auto& [series, standing] = entrants[place];
    if (place > 0) {
      standing.to_best = ratio_over_common_blocks(*series, *entrants.front().series);
      // Centres are over each one's own blocks. Where blocks are missing, the best by centre can even lose
      // the paired comparison; then, too, the other has not been shown to be slower.
      standing.tied = !(standing.to_best && standing.to_best->slower());
    }
    ranking.standings.push_back(std::move(standing));
  }
  return ranking;
}

}  // namespace ipcsort::stats
