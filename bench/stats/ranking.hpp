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
  // By which it is ranked. Of what has as many times as any other: exp of the Hodges-Lehmann centre of their logarithms.
  // Of what has fewer: the least such centre times the paired ratio to that one, so that blocks in which the machine was
  // slower do not count against those that were there.
  double centre;
  // How many times it has.
  std::size_t runs;
  // Its times to the best's over the blocks both have; none for the best itself, and without a common block.
  std::optional<Ratio> to_best;
  // Of that comparison: two-sided signed-rank test, adjusted (benjamini_hochberg) for the comparisons of all
  // pairs of the ranking, because which of them are the best's is known only afterwards. None for the best
  // itself; 1 where too few blocks are common for an interval: no such pair counts among all.
  std::optional<double> p_value;
  // Not the best, but not shown to be slower either: the interval of the ratio reaches down to 1, or there
  // are too few common blocks for an interval, or p_value is above false_discovery_rate.
  bool tied;
};

struct Ranking {
  // By centre, the best first; equal centres in the order given. Where two have times enough for an interval, those that
  // have not stand behind: nobody could be compared with them. What has not a single time is not in it.
  std::vector<Standing> standings;
  // The best's times to the runner-up's; none with fewer than two standings or without a common block. The
  // first may be called the fastest only if there is a runner-up and nothing is tied.
  std::optional<Ratio> best_to_second;
};

// Of so many pairs, of so many blocks each, at least so many are told apart at once or none is, whatever the times; above
// `pairs`: none ever is. Where it is 1, one that differs in every block is told apart by itself.
std::size_t least_told_apart(std::size_t pairs, std::size_t blocks);

// The fewest blocks for which that is 1.
std::size_t blocks_for_one(std::size_t pairs);

// All have the same blocks. Throws std::invalid_argument if their lengths differ or a time is not finite and
// above 0.
Ranking ranking_of(std::span<const TimesByBlock> condition);

// What more blocks could still tell of something that is ranked.
struct Openness {
  bool best = false;       // whether it is the best: it, or another, might be
  bool neighbour = false;  // whether it is before or behind one that is next to it
};

// When a place is no longer open. Whoever stops when it suits him looks often, so each look asks for more than a ranking does.
struct OpennessRule {
  double level = 0.02;  // of the adjusted p value up to which two are told apart
  double equivalence =
      0.02;  // two whose ratio is within this, with its whole interval, are the same for all purposes
};

// For each of `condition`, in its order. Nothing is open of what has no times, and the best is open only together with
// another. Throws as ranking_of.
std::vector<Openness> openness_of(std::span<const TimesByBlock> condition, const OpennessRule& rule = {});

}  // namespace ipcsort::stats
