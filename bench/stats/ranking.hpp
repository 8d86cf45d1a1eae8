// Which of several things measured under one condition is the fastest, and whether that may be said.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bench/stats/paired.hpp"

namespace ipcsort::stats {

// Entry b is the time in block b, or nothing if there was no (successful) run of it in that block.
struct Series {
  std::string name;
  std::vector<std::optional<double>> times;
};

// The share of wrong ones that is accepted among the differences called in one ranking.
inline constexpr double false_discovery_rate = 0.05;

struct Standing {
  std::string name;
  // Of its own times: exp of the Hodges-Lehmann centre of their logarithms.
  double centre;
  // How many times it has.
  std::size_t runs;
  // Its times to the best's over the blocks both have; none for the best itself, and without a common block.
  std::optional<Ratio> to_best;
  // Of that comparison: two-sided signed-rank test, adjusted (benjamini_hochberg) for the comparisons of all
  // pairs of the ranking, because which of them are the best's is known only afterwards. None for the best
  // itself; 1 without a common block.
  std::optional<double> p_value;
  // Not the best, but not shown to be slower either: the interval of the ratio reaches down to 1, or there
  // are too few common blocks for an interval, or p_value is above false_discovery_rate.
  bool tied;
};

struct Ranking {
  // By centre, the best first; equal centres in the order given. A series without a single time is not in it.
  std::vector<Standing> standings;
  // The best's times to the runner-up's; none with fewer than two standings or without a common block.
  std::optional<Ratio> best_to_second;

  // Whether the first may be called the fastest: there is a runner-up, and the runner-up and all others are
  // shown to be slower. Otherwise the honest words are "tied: a, b", the first and those that are tied.
  bool has_fastest() const;
};

// All series hold the same blocks in the same order. Throws std::invalid_argument if their lengths differ or
// a time is not finite and above 0.
Ranking ranking_of(std::span<const Series> condition);

}  // namespace ipcsort::stats
