// Ranks, shared by the tests that are built on them.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace ipcsort::stats {

struct MidRanks {
  // Twice the rank of every value, in the order of the values. Values that tie share the mean of their ranks,
  // which is a multiple of one half; doubled it is whole, and sums of ranks are exact.
  std::vector<std::size_t> doubled;
  bool tied;
};

// Of finite values; the smallest has rank 1.
MidRanks mid_ranks(std::span<const double> values);

// How many entries of `tails`, which ascend, are not above `level`: the number of values of a statistic that
// may be rejected at that level.
std::size_t rejected(std::span<const double> tails, double level);

}  // namespace ipcsort::stats
