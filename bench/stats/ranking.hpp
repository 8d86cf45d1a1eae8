// Which of several things measured under one condition is the fastest, and whether that may be said.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "bench/stats/paired.hpp"

namespace ipcsort::stats {

// The share of wrong ones that is accepted among the differences called in one ranking.
inline constexpr double false_discovery_rate = 0.05;

struct Standing {
  std::size_t place;  // in the list that is ranked
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
  // By centre, the best first; equal centres in the order given. What has not a single time is not in it.
  std::vector<Standing> standings;
  // The best's times to the runner-up's; none with fewer than two standings or without a common block. The
  // first may be called the fastest only if there is a runner-up and nothing is tied.
  std::optional<Ratio> best_to_second;
};

// All have the same blocks. Throws std::invalid_argument if their lengths differ or a time is not finite and
// above 0.
Ranking ranking_of(std::span<const TimesByBlock> condition);

}  // namespace ipcsort::stats
