// From rows of runs to one row per cell: medians, intervals, comparisons. Pure; the statistics are
// bench/stats.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bench/results/run_row.hpp"
#include "bench/text/csv.hpp"

namespace ipcsort::results {

// A figure with its 95 % interval, which is absent where there were too few values for one.
struct Estimate {
  std::optional<double> centre, low, high;
};

// How a cell compares with the other transports of its condition, by one metric that is a time.
struct Comparison {
  std::optional<double> percent_of_best;  // 100 for the best
  Estimate ratio_to_best;
  Estimate ratio_to_second;    // in the best's row only
  std::optional<double> tied;  // 1: the best, or not shown to be slower than it; 0: slower
};

enum class CellStatus {
  ok,      // every counted run was
  failed,  // some or all were not, or there is none
  skipped
};
std::string_view to_string(CellStatus status) noexcept;

struct SummaryRow {
  cell::CellId cell;
  CellStatus status = CellStatus::ok;
  int runs_ok = 0;
  int runs_failed = 0;
  int runs_disturbed = 0;
  std::string reason;  // of the skip, or of the first failure
  std::optional<double>
      runs_until_slower;  // after so many it was shown to be slower than another, and left out
  std::optional<double> relative_half_width, noisy;
  std::optional<double> payload_bytes;
  std::optional<double> total_s_median;
  Estimate total_s_hl;
  std::optional<double> total_s_mad, total_s_min, total_s_p5;
  Estimate total_s_p95;
  std::optional<double> outliers;
  PhaseTimes path;  // medians of the phases of the worker that finished last
  std::optional<double> path_merge_s_median, path_other_s_median, transfer_share_median;
  Estimate transfer_window_s;
  Estimate transfer_bytes_per_s;
  std::optional<double> transfer_bytes_per_s_mad;
  std::optional<double> one_copy_bytes_per_s_median, two_copies_bytes_per_s_median, share_of_one_copy_median,
      share_of_two_copies_median;
  Comparison by_transfer;  // by transfer_window_s
  Comparison by_total;     // by total_s
  std::optional<double> speedup_vs_serial, speedup_vs_one_worker, efficiency;
  std::optional<double> cpu_s_median, context_switches_median, faults_median, rss_bytes_median;
  Estimate cpu_s_per_gb, context_switches_per_gb, faults_per_gb;  // of transports
  std::optional<double> total_s_exponent_numbers, total_s_exponent_files, amdahl_serial_share;
};

const text::Columns<SummaryRow>& summary_columns();

// The half width of a cell's interval, as a share of its time, above which it is called noisy.
inline constexpr double default_precision = 0.02;

// `runs` by seq, without those that were disturbed and made again: of each cell and block the latest attempt.
std::vector<RunRow> latest_attempts(std::vector<RunRow> runs);

// One row per cell in the order in which cells first appear by seq. Warm-up, interrupted and repeated runs do
// not count; a cell with no counted run at all has a row all the same, so that nothing planned is missing.
std::vector<SummaryRow> summarize(std::vector<RunRow> runs, double precision = default_precision);

// How much longer the runs of the first counted block took than those of the same cells later, as a ratio:
// the median over cells. Nothing without a later block.
std::optional<double> slow_start(const std::vector<RunRow>& runs);

// Sets the speed-ups, the exponents of growth and the serial share of every row that has a total: what a cell
// says only together with others that differ from it in workers, numbers or files alone. `rows` is all of one
// sweep.
void describe_series(std::vector<SummaryRow>& rows);

// Whether some transport has a counted run that was ok.
bool any_transport_measured(const std::vector<SummaryRow>& summary) noexcept;

// ---- over all conditions ----

// A row of overall.csv.
struct OverallRow {
  std::string transport;  // with its options: "pipe:capacity=1M"
  // Its time over the leader's: geometric mean over the conditions of the ratio in each, paired by block; the
  // interval by resampling blocks (stats/bootstrap.hpp).
  Estimate ratio_to_leader;
  std::uint64_t conditions = 0, blocks = 0;  // of all rows alike
};
using Overall = std::vector<OverallRow>;  // the leader first

// By the time that is compared (compared_time_s), of transports that copy and have a counted run in the same
// blocks of every condition. Empty for fewer than two conditions, two transports or six such blocks, of which
// too little could be said.
Overall overall_of(const std::vector<RunRow>& runs);

const text::Columns<OverallRow>& overall_columns();

}  // namespace ipcsort::results
