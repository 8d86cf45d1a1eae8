#include "bench/stats/ranking.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "bench/stats/multiple.hpp"
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

// ln a - ln b, block by block; empty without a common block.
std::vector<double> log_ratios_over_common_blocks(const Series& a, const Series& b) {
  std::vector<double> log_ratios;
  for (std::size_t block = 0; block < a.times.size(); ++block) {
    if (!a.times[block] || !b.times[block]) continue;
    log_ratios.push_back(log_of_time(*a.times[block]) - log_of_time(*b.times[block]));
  }
  return log_ratios;
}

std::optional<Ratio> ratio_over_common_blocks(const Series& a, const Series& b) {
  const std::vector<double> log_ratios = log_ratios_over_common_blocks(a, b);
  if (log_ratios.empty()) return std::nullopt;
  return ratio_of_logs(log_ratios);
}

double p_value_over_common_blocks(const Series& a, const Series& b) {
  const std::vector<double> log_ratios = log_ratios_over_common_blocks(a, b);
  return log_ratios.empty() ? 1 : signed_rank_p_value(log_ratios);
}

// Of all pairs, adjusted together; those of the first with the second, the third, ... lead.
std::vector<double> adjusted_p_values(const std::vector<Entrant>& entrants) {
  std::vector<double> p_values;
  for (std::size_t i = 0; i < entrants.size(); ++i) {
    for (std::size_t j = i + 1; j < entrants.size(); ++j) {
      p_values.push_back(p_value_over_common_blocks(*entrants[i].series, *entrants[j].series));
    }
  }
  return benjamini_hochberg(p_values);
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
                                     .p_value = std::nullopt,
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
  const std::vector<double> p_values = adjusted_p_values(entrants);
  for (std::size_t place = 0; place < entrants.size(); ++place) {
    auto& [series, standing] = entrants[place];
    if (place > 0) {
      standing.to_best = ratio_over_common_blocks(*series, *entrants.front().series);
      standing.p_value = p_values[place - 1];
      // Centres are over each one's own blocks. Where blocks are missing, the best by centre can even lose
      // the paired comparison; then, too, the other has not been shown to be slower.
      const bool slower = standing.to_best && standing.to_best->slower();
      standing.tied = !(slower && *standing.p_value <= false_discovery_rate);
    }
    ranking.standings.push_back(std::move(standing));
  }
  return ranking;
}

}  // namespace ipcsort::stats
