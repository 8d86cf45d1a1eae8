// One row of runs.csv: one run, with everything that was set and everything that was measured.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <type_traits>

#include "bench/cell/plan.hpp"
#include "bench/host/interference.hpp"
#include "bench/text/csv.hpp"

namespace ipcsort::results {

// More blocks than anybody has time for.
inline constexpr int blocks_max = 100'000;

// What a run is made for: every cell gets its certain blocks, and what is still open more.
enum class Purpose {
  unknown,    // of a file that is older than the question
  all,        // every cell is run in that block
  best,       // whether it is the best of its condition
  order,      // whether it is before or behind one next to it
  precision,  // how long it takes
  anchor,     // whether the machine has drifted since the others were run
  shared      // nothing by itself: the run was made for another cell, and measured this one as well
};
std::string_view to_string(Purpose purpose) noexcept;

// When a run is made, and what for.
struct Slot {
  std::uint64_t seq = 0;  // 0, 1, 2 ... over the whole sweep
  int block = 0;
  int pos = 0;  // within the block
  bool warm = false;
  int attempt = 1;
  std::size_t cell_number = 0;  // index into Plan::cells; not in a file
  Purpose made_for = Purpose::unknown;
};

// What became of a run.
enum class RunStatus { ok, error, timeout, peer_died, interrupted, skipped };
std::string_view to_string(RunStatus status) noexcept;

// Seconds of each phase that a worker goes through.
struct PhaseTimes {
  std::optional<double> spawn_s, read_s, parse_s, sort_s, wait_s, transfer_s;
};
struct Phase {
  std::string_view name;
  std::string_view meaning;
  std::optional<double> PhaseTimes::*time_s;
};
inline constexpr std::array<Phase, 6> phases = {{
    {"spawn", "first fork until a worker is attached", &PhaseTimes::spawn_s},
    {"read", "in read(2); 0 for fscanf, which reads while it parses", &PhaseTimes::read_s},
    {"parse", "parsing", &PhaseTimes::parse_s},
    {"sort", "sorting", &PhaseTimes::sort_s},
    {"wait", "ready but held at the barrier", &PhaseTimes::wait_s},
    {"transfer", "ready to send until the parent has the last byte", &PhaseTimes::transfer_s},
}};

// A column for each phase of `times`: PREFIX, the phase, "_s" and SUFFIX.
template <typename Row>
text::Columns<Row> phase_columns(const std::string& prefix, const std::string& suffix,
                                 const std::string& whose, std::type_identity_t<PhaseTimes Row::*> times) {
  text::Columns<Row> columns;
  for (const Phase& phase : phases) {
    const std::string name{phase.name};
    columns.push_back(text::column<Row>(prefix + name + "_s" + suffix, "s",
                                        std::string{phase.meaning} + ", " + whose, times, phase.time_s));
  }
  return columns;
}

// The memcpy figures measured before the row's run, in the same condition and block.
struct Ceilings {
  std::optional<double> one_copy_bytes_per_s;
  std::optional<double> two_copies_bytes_per_s;
};

// What a run took; nothing of one that failed.
struct RowFigures {
  std::optional<double> total_s, setup_s, merge_s, verify_s;
  PhaseTimes max;   // of the slowest worker, each phase on its own
  PhaseTimes mean;  // over workers
  PhaseTimes path;  // of the worker that finished last: with merge_s and path_other_s they add up to total_s
  std::optional<double> path_other_s;
  std::optional<double> payload_bytes, steps, transfer_window_s, transfer_bytes_per_s;
  std::optional<double> first_window_s, window_spread, faults_first, faults_steady;  // of several rounds
  std::optional<double> share_of_one_copy, share_of_two_copies;
  std::optional<double> parent_user_s, parent_system_s, workers_user_s, workers_system_s;
  std::optional<double> switches_voluntary, switches_involuntary, faults_minor, faults_major;
  std::optional<double> parent_rss_bytes_max, worker_rss_bytes_max;
  std::string cpus;
  std::optional<double> migrations;
};

struct RunRow : Slot, RowFigures, host::Surroundings, Ceilings {
  RunStatus status = RunStatus::ok;
  std::string error;
  int repeats = 1;
  cell::CellId cell;

  [[nodiscard]] bool is_ok() const noexcept { return status == RunStatus::ok; }
};

const text::Columns<RunRow>& run_columns();

// The columns of what a row is of: in runs.csv, in summary.csv and in names for other tools.
const text::Columns<cell::CellId>& cell_columns();

// The number of each cell of `plan`.
std::map<cell::CellId, std::size_t> cell_numbers(const cell::Plan& plan);

// The time by which the row's cell is compared, and that of the total where bytes did not move.
std::optional<double> compared_time_s(const RunRow& row);
// The time by which it is ranked with its like: as that, but of what was lent at a barrier the hand-over.
std::optional<double> ranked_time_s(const RunRow& row);

// Which figure of a run cannot be, in words: below 0, or a part larger than the whole; "" for none.
std::string impossible_figure(const RunRow& row);

// The row for a cell that was not run; status and error are the caller's.
RunRow row_for(const cell::Cell& cell, const Slot& slot);
// Of a run that was made. One with a figure that cannot be is an error, which says so.
RunRow row_for(const cell::Cell& cell, const Slot& slot, const pipeline::RunResult& result,
               const host::Surroundings& surroundings, const Ceilings& ceilings);

}  // namespace ipcsort::results
