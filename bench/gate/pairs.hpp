// The loop of `ab`: pairs of runs of two programs, cell after cell, until every cell is decided. Pure but for
// the runs, which are behind RunSide.
//
// The order follows from the seed. Each round takes every undecided cell once, in random order, so that a
// disturbance of seconds does not fall on one cell alone. Within a cell, which side goes first is a coin's
// business, and then the other side's in the next pair (AB BA or BA AB): whatever the second run of a pair
// gains or loses by its place cancels.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "bench/gate/paired_test.hpp"

namespace ipcsort::gate {

enum class Side { baseline, candidate };

// What a program has reported of a run, each figure that of one repetition.
struct ReportedRun {
  enum class Status { ok, failed, interrupted } status = Status::ok;
  Figures figures{};       // of a run that is ok
  std::string reason{};    // of one that failed
  bool disturbed = false;  // others used the CPUs meanwhile
  double total_s = 0;      // of a run that is ok
};

// Runs a cell once by one of the sides. The seam at the machine's edge: tests put an exact fake here.
using RunSide = std::function<ReportedRun(std::size_t cell, Side side)>;

struct PairsState {
  std::size_t decided = 0;  // cells
  std::size_t cells = 0;
  std::size_t pairs = 0;  // of all cells
  std::size_t next = 0;   // the cell that runs next
};

struct PairsRequest {
  std::uint64_t seed = 1;
  int attempts_max = 1;                            // how often a pair is made at most while others disturb it
  std::function<bool()> out_of_time;               // asked before each pair; empty: never
  std::function<void(const PairsState&)> on_pair;  // before each pair; may be empty
};

enum class PairsEnd { decided, out_of_time, interrupted };

struct PairsResult {
  PairsEnd end = PairsEnd::decided;
  std::size_t repeated = 0;   // pairs that were made again because a run of theirs was disturbed
  std::size_t disturbed = 0;  // pairs that count although one was, at every attempt
};

// Adds pairs to `tests`, cell i being tests[i], until all are decided or something ends it. Both runs of a
// pair are made even if the first failed, so that the reason tells of both; a pair that was interrupted does
// not count. Whether a pair is made again depends on what others did, never on its times.
PairsResult run_pairs(std::vector<PairedTest>& tests, const RunSide& run, const PairsRequest& request);

}  // namespace ipcsort::gate
