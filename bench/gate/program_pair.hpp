// The runs of `ab` for real: each in a process of its own, by one of two programs.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "bench/gate/cell_list.hpp"
#include "bench/gate/pairs.hpp"
#include "bench/gate/program.hpp"
#include "bench/gate/reported_run.hpp"

namespace ipcsort::gate {

class ProgramPair {
 public:
  // All references must outlive it. Runs are repeated until they take `run_time_s`; `seed` is that of the
  // environments' padding. `candidate_slowdown`, 5%, makes the candidate slower in what is compared; "" does not.
  ProgramPair(const std::vector<PairedCell>& cells, const Program& baseline, const Program& candidate,
              double run_time_s, std::uint64_t seed, std::string candidate_slowdown = {});

  // The first run of a cell is preceded by a warm-up run of either side, which is not counted and says how
  // often the cell is repeated within a run: equally often by both. Throws NotComparable.
  ReportedRun run(std::size_t cell, Side side);

  // The fewest and the most that a cell was repeated; both 0 when none has run.
  [[nodiscard]] std::pair<int, int> repeats() const;

 private:
  struct WarmUp {
    std::array<ReportedRun, 2> runs;  // by side
    int repeats = 1;
  };
  WarmUp warm_up(std::size_t cell);
  ReportedRun ask(std::size_t cell, Side side, int repeats);

  const std::vector<PairedCell>& cells_;
  const Program& baseline_;
  const Program& candidate_;
  double run_time_s_;
  std::mt19937_64 random_;
  std::string candidate_slowdown_;
  std::vector<std::optional<WarmUp>> warm_ups_;
};

}  // namespace ipcsort::gate
