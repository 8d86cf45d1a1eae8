// What is run next, and when enough has been run: pure, decided from the rows that are there, so that a sweep
// taken up again goes on as if it had never stopped.
//
// A block runs every cell once. Conditions come in random order; within one, the calibrations lead, so that
// every row can state its share of the ceiling measured moments before, and the subjects follow in random
// order, side by side. So a drift of the machine hits all that is compared alike. The first blocks are
// warm-up: recorded, but not counted.
//
// After Schedule::blocks counted blocks a cell is run on only while something about it is open, up to
// Schedule::blocks_max: what that is says Schedule::decide. With what is open its condition's anchors are run:
// memcpy_one_copy and the null transport, which show whether the machine has drifted since the others were last
// seen. And what one run measures anyway (shared_runs.hpp) is recorded.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bench/cell/plan.hpp"
#include "bench/pipeline/settings.hpp"
#include "bench/results/run_row.hpp"

namespace ipcsort::sweep {

// What the blocks after the certain ones are for.
enum class Decide {
  best,      // which transport is the best of each condition
  order,     // that, and then the order of those behind it
  precision  // how long each takes
};

// How often, and how exactly; what a new one has are the defaults of the command line.
struct Schedule {
  int warmup_blocks = 1;
  int blocks = 6;      // counted blocks of every cell
  int blocks_max = 6;  // and of one of which something is open
  Decide decide = Decide::precision;
  double precision = 0.02;  // settled: the half width of its 95 % interval is at most this share of its time;
                            // and nearer to each other than this is the same
  double time_budget_s = 0;  // what all rows together may cost; 0: as much as it takes
  double run_time_s = 0.1;   // a row is the mean of so many runs that they take at least this long
  int attempts_max = 2;      // how often a disturbed run is made at most
  std::uint64_t seed = 1;
};

// The runs that the first incomplete block still lacks. Empty: the sweep is complete. Rows of interrupted
// runs count as not there. Runs beyond the first counted block are left out when the budget does not allow
// them. For a precision what is least settled goes first; for best and order all conditions in which something is
// open share equally in what is left. Their seq is the caller's. Of the blocks before `complete_until` none is looked at
// for what it lacks: what was open in each of them takes time to find out again.
std::vector<results::Slot> next_slots(const cell::Plan& plan, const Schedule& schedule,
                                      std::span<const results::RunRow> rows, int complete_until = 0);

// How many rows there will be at least, unless a budget ends it: warm-up and counted blocks of every cell,
// and a row for each that is skipped.
std::size_t certain_rows(const cell::Plan& plan, const Schedule& schedule);

// How many runs a row of `condition` shall be the mean of: so many that the fastest transport's first warm-up
// run, taken that often, reaches Schedule::run_time_s. 1 without such a run. The same for all in the
// condition, as they are compared.
int repeats_of(const cell::Plan& plan, std::size_t condition, const Schedule& schedule,
               std::span<const results::RunRow> rows);
inline constexpr int repeats_max = 1000;

// As many runs as take `run_time_s` together where one takes `run_s`; at least one and at most `most`.
int repeats_for(double run_time_s, double run_s, int most = repeats_max);

// Where the order of a block comes from: each has one of its own, whichever blocks were run before.
std::mt19937_64 generator_of(std::uint64_t seed, int block);

// All of `schedule` as text, as canonical_text has it for a plan.
std::string canonical_text(const Schedule& schedule);

// Whether a run shall be made again because others disturbed it.
bool is_to_repeat(const results::RunRow& row, const Schedule& schedule);

}  // namespace ipcsort::sweep

template <>
inline constexpr std::array<std::string_view, 3> ipcsort::pipeline::words<ipcsort::sweep::Decide>{
    "best", "order", "precision"};
