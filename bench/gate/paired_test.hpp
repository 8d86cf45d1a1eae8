// What the pairs of one cell say: the sequential test on its time, and beside it what else a run reports.
// Pure.
//
// Exact channel: how many bytes a run moves, and in how many steps, does not depend on the weather. A figure
// that is the same in every run of a side, `exact_pairs_min` or more of them, is exact there; one that is
// exact on both sides and differs is a change, whatever the clock says. Figures that vary from run to run
// (the steps of a stream) drop out by themselves. If such a figure has one common distribution on both sides,
// it looks like a change with a probability of at most 2 * (1/4)^10 = 2e-6.
//
// Page faults and peak memory are compared like times, and only ever remarked upon.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bench/gate/verdict.hpp"
#include "bench/stats/gate.hpp"

namespace ipcsort::gate {

inline constexpr std::size_t exact_pairs_min = 10;

// What one run said. Absent figures take no part.
struct Figures {
  double time_s = 0;  // finite and above 0: the metric that is compared
  std::optional<double> payload_bytes, steps;
  std::optional<double> faults, memory_bytes;
};

struct Pair {
  Figures baseline;
  Figures candidate;
};

class PairedTest {
 public:
  PairedTest(std::string cell, std::string metric) : cell_(std::move(cell)), metric_(std::move(metric)) {}

  // Only while not decided().
  void add(const Pair& pair);
  // A run went wrong: from now on the cell is `failed`.
  void fail(const std::string& reason);

  [[nodiscard]] bool decided() const noexcept;
  [[nodiscard]] std::size_t pairs() const noexcept { return pairs_.size(); }
  // Screening has seen a change, rightly or not, so that it was measured again.
  [[nodiscard]] bool flagged() const noexcept { return test_.stage() == 2; }

  // `why_undecided` is the reason given for a cell that needs more pairs than it got.
  [[nodiscard]] CellVerdict verdict(const std::string& why_undecided) const;

 private:
  std::string cell_;
  std::string metric_;
  stats::TwoStageTest test_;
  std::vector<Pair> pairs_;
  std::string failure_;
};

}  // namespace ipcsort::gate
