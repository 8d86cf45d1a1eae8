// In which order the cells are run: pure, and the same for the same seed on every machine.
//
// A block runs every cell once. Conditions come in random order; within one, the calibrations lead, so that
// every row can state its share of the ceiling measured moments before, and the subjects follow in random
// order, side by side. So a drift of the machine hits all that is compared alike. Block 0 and further warm-up
// blocks are recorded, but not counted.
#pragma once

#include <cstdint>
#include <vector>

#include "bench/driver/plan.hpp"

namespace ipcsort::driver {

// More blocks than anybody has time for.
inline constexpr int blocks_max = 100'000;

struct Slot {
  std::uint64_t seq = 0;  // 0, 1, 2 ... over the whole sweep
  int block = 0;
  int pos = 0;  // within the block
  bool warm = false;
  std::size_t cell = 0;  // index into Plan::cells
};

// Cells with a skip_reason appear once, in the first block, so that they get a row.
std::vector<Slot> make_schedule(const Plan& plan, int blocks, int warmup_blocks, std::uint64_t seed);

}  // namespace ipcsort::driver
