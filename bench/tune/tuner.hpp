// From one cell of a plan to an entry of a profile: warm-up, race, confirmation. Pure but for the runs, which
// are behind RunCell, and which also tell how much of the budget is spent.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "bench/cell/plan.hpp"
#include "bench/results/run_row.hpp"
#include "bench/tune/profile.hpp"
#include "sys/clock.hpp"

namespace ipcsort::tune {

// Runs a cell once, with its repeats; each may take `deadline_ns`. The seam at the machine's edge.
using RunCell = std::function<results::RunRow(const cell::Cell& cell, sys::Nanoseconds deadline_ns)>;

struct TuneRequest {
  double budget_s = 60;  // what all runs of the cell may cost (RunRow::cost_s)
  std::uint64_t seed = 1;
  sys::Nanoseconds deadline_ns = 60 * sys::second_ns;  // of a run with the defaults
  bool chooses_rounds = false;  // of a steady cell, by what the warm-up takes; otherwise they are the cell's
  // Before each run: what is being done, and how much of the budget is spent, 0 to 1. May be empty.
  std::function<void(const std::string& what, double share_spent)> on_run;
};

struct TuneResult {
  ProfileEntry entry;
  double cost_s = 0;
  bool interrupted = false;  // then `entry` says nothing
};

// `cell` is a transport with its defaults, copying behind a barrier; compared is its transfer window.
TuneResult tune_cell(const cell::Cell& cell, const TuneRequest& request, const RunCell& run);

}  // namespace ipcsort::tune
