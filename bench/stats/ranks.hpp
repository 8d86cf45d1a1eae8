// What the rank tests share: ranks, and the standard normal distribution, which stands for theirs where there
// are many values.
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

// The same values with the other sign: what is tested in one direction then is in the other.
std::vector<double> mirrored(std::span<const double> values);

// z with P(Z <= z) = `probability`. Throws std::invalid_argument unless 0 < probability < 1.
double normal_quantile(double probability);

// P(Z >= z), precise also where it is tiny.
double normal_upper_tail(double z);

}  // namespace ipcsort::stats
