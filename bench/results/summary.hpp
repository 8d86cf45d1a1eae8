// From rows of runs to one row per cell: medians, intervals, comparisons. Pure; the statistics are
// bench/stats.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bench/results/run_row.hpp"
#include "bench/text/csv.hpp"

namespace ipcsort::results {

// How a cell compares with the other transports of its condition, by one metric that is a time.
struct Comparison {
  std::optional<double> percent_of_best;  // 100 for the best
  std::optional<double> ratio_to_best, ratio_to_best_ci_low, ratio_to_best_ci_high;
  std::optional<double> ratio_to_second, ratio_to_second_ci_low,
      ratio_to_second_ci_high;  // in the best's row only
  std::optional<double> tied;   // 1: the best, or not shown to be slower than it; 0: slower
};

struct SummaryRow {
  std::string kind, transport, options, handover;
  std::uint64_t files = 0;
  std::uint64_t numbers = 0;
  int workers = 0;
  std::string distribution;
  std::uint64_t data_seed = 0;
  std::string sorter, parser, drain, transfer, merge, pages, placement, memory;
  std::string status;  // ok: every counted run was; failed: some or all were not; skipped
  int runs_ok = 0;
  int runs_failed = 0;
  int runs_disturbed = 0;
  std::string reason;  // of the skip, or of the first failure
  std::optional<double> relative_half_width, noisy;
  std::optional<double> payload_bytes;
  std::optional<double> total_s_median, total_s_hl, total_s_ci_low, total_s_ci_high, total_s_mad, total_s_min,
      total_s_p5, total_s_p95, total_s_p95_ci_low, total_s_p95_ci_high, outliers;
  std::optional<double> path_spawn_s_median, path_read_s_median, path_parse_s_median, path_sort_s_median,
      path_wait_s_median, path_transfer_s_median, path_merge_s_median, path_other_s_median,
      transfer_share_median;
  std::optional<double> transfer_window_s_median, transfer_window_s_ci_low, transfer_window_s_ci_high;
  std::optional<double> transfer_bytes_per_s_median, transfer_bytes_per_s_ci_low,
      transfer_bytes_per_s_ci_high, transfer_bytes_per_s_mad;
  std::optional<double> one_copy_bytes_per_s_median, two_copies_bytes_per_s_median, share_of_one_copy_median,
      share_of_two_copies_median;
  Comparison by_transfer;  // by transfer_window_s
  Comparison by_total;     // by total_s
  std::optional<double> speedup_vs_serial, speedup_vs_one_worker, efficiency;
  std::optional<double> cpu_s_median, context_switches_median, faults_median, rss_bytes_median;
  std::optional<double> cpu_s_per_gb_median, cpu_s_per_gb_ci_low, cpu_s_per_gb_ci_high,
      context_switches_per_gb_median, context_switches_per_gb_ci_low, context_switches_per_gb_ci_high,
      faults_per_gb_median, faults_per_gb_ci_low, faults_per_gb_ci_high;  // of transports
  std::optional<double> total_s_exponent_numbers, total_s_exponent_files, amdahl_serial_share;
};

std::span<const text::Column<SummaryRow>> summary_columns();

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

// Whether some transport has a counted run that was ok.
bool any_transport_measured(const std::vector<SummaryRow>& summary) noexcept;

}  // namespace ipcsort::results
