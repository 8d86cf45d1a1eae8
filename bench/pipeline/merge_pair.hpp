// Two ascending sequences into one, several numbers at a time.
//
// A bitonic merging network (Batcher, "Sorting networks and their applications", 1968) orders two ascending
// vectors without a single branch: the one is reversed, lane-wise minima and maxima are the lower and the
// upper half, and log2(lanes) exchange steps put each half in order. As in Inoue et al., "AA-Sort" (2007),
// the upper half stays in a register and meets the next vector of that sequence whose next number is smaller.
//
// One such chain waits for itself most of the time: every step needs the last one's upper half. So the work
// is cut in two at its middle (see below) and both halves go through the processor side by side.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace ipcsort::pipeline {

// Merges `a` and `b` into `out`, which holds exactly the numbers of both and overlaps neither. What does not
// ascend is merged wrongly, but nothing is touched outside the three.
void merge_pair(std::span<const std::int32_t> a, std::span<const std::int32_t> b,
                std::span<std::int32_t> out);

// How many of the `rank` smallest numbers of both sequences are `a`'s, 0 to a.size(): the merge path of Odeh
// et al., "Merge path - parallel merging made simple" (2012). rank <= a.size() + b.size(); the rest, rank
// minus the answer, is at most b.size().
std::size_t merge_path(std::span<const std::int32_t> a, std::span<const std::int32_t> b, std::size_t rank);

}  // namespace ipcsort::pipeline
