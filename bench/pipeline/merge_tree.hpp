// Many ascending runs into one sequence, piece by piece: a binary tree of merge_pair() with little buffers
// that stay in cache between its levels, as in the funnel of Frigo et al., "Cache-oblivious algorithms"
// (1999). Each number goes once through memory, whatever the number of runs; and a run need not be there as a
// whole.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace ipcsort::pipeline {

// What a source is asked for at a time at most: enough to make a call worth while, and a few runs of it stay
// in the second level cache.
inline constexpr std::size_t source_piece_numbers = 32 * 1024;

// Where a merge takes an ascending run from.
class RunSource {
 public:
  virtual ~RunSource() = default;
  // Puts the run's next numbers to the beginning of `room`, which has space for a piece or for all that are
  // left, and returns how many, at least one; 0 when the run has ended. May block, and throw, as the source
  // sees fit.
  virtual std::size_t read(std::span<std::int32_t> room) = 0;
};

// Merges `runs`, which lie in memory, into `out`, with this thread. `out` holds exactly their numbers and
// overlaps none of them. From runs that do not ascend it makes nonsense, within bounds.
void merge_in_cache(const std::vector<std::span<const std::int32_t>>& runs, std::span<std::int32_t> out);

// Likewise, from runs of which one piece after the other is read. Returns how many numbers there were, all of
// them unless `out` was too small. Passes on what a source throws.
std::size_t merge_sources(std::span<const std::unique_ptr<RunSource>> sources, std::span<std::int32_t> out);

}  // namespace ipcsort::pipeline
