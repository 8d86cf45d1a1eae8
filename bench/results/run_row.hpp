// One row of runs.csv: one run, with everything that was set and everything that was measured.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>

#include "bench/cell/plan.hpp"
#include "bench/host/interference.hpp"
#include "bench/text/csv.hpp"

namespace ipcsort::results {

// More blocks than anybody has time for.
inline constexpr int blocks_max = 100'000;

// When a run is made.
struct Slot {
  std::uint64_t seq = 0;  // 0, 1, 2 ... over the whole sweep
  int block = 0;
  int pos = 0;  // within the block
  bool warm = false;
  int attempt = 1;
  std::size_t cell = 0;  // index into Plan::cells
};

struct RunRow {
  // Which run.
  std::uint64_t seq = 0;
  int block = 0;
  int pos = 0;
  bool warm = false;
  int attempt = 1;
  bool disturbed = false;
  std::string started_utc;
  std::string status;  // ok error timeout peer_died skipped interrupted
  std::string error;
  int repeats = 1;

  // Which cell.
  std::string kind;
  std::string transport;
  std::string options;
  std::string handover;
  std::uint64_t files = 0;
  std::uint64_t numbers = 0;
  int workers = 0;
  std::string distribution;
  std::uint64_t data_seed = 0;
  std::string sorter;
  std::string parser;
  std::string drain;
  std::string transfer;
  std::string merge;
  std::string pages;
  std::string placement;
  std::string memory;

  // Times.
  std::optional<double> total_s, setup_s, merge_s, verify_s;
  std::optional<double> spawn_s_max, read_s_max, parse_s_max, sort_s_max, wait_s_max, transfer_s_max;
  std::optional<double> spawn_s_mean, read_s_mean, parse_s_mean, sort_s_mean, wait_s_mean, transfer_s_mean;
  std::optional<double> path_spawn_s, path_read_s, path_parse_s, path_sort_s, path_wait_s, path_transfer_s,
      path_other_s;

  // Transfer.
  std::optional<double> payload_bytes, steps, transfer_window_s, transfer_bytes_per_s;
  std::optional<double> one_copy_bytes_per_s, two_copies_bytes_per_s, share_of_one_copy, share_of_two_copies;

  // Resources.
  std::optional<double> parent_user_s, parent_system_s, workers_user_s, workers_system_s;
  std::optional<double> switches_voluntary, switches_involuntary, faults_minor, faults_major;
  std::optional<double> parent_rss_bytes_max, worker_rss_bytes_max;
  std::string cpus;
  std::optional<double> migrations, load_1m, steal_s, foreign_cpu_s, cost_s;
};

std::span<const text::Column<RunRow>> run_columns();

// The columns that say which cell a row belongs to, as one key.
std::string cell_key(const RunRow& row);
// Likewise without the subject: rows with equal keys may be compared.
std::string condition_key(const RunRow& row);

// The number of each cell of `plan` by the key that its rows have.
std::map<std::string, std::size_t> cells_by_key(const cell::Plan& plan);

// The subject of a row as options name it: "pipe:capacity=1M".
std::string subject_of(const RunRow& row);

// The time by which runs of a condition are compared: that of the transfer where it is clean, which it is
// when all send at once and bytes move; otherwise the total.
std::optional<double> compared_time_s(const RunRow& row);

// The memcpy figures measured before the row's run, in the same condition and block.
struct Ceilings {
  std::optional<double> one_copy_bytes_per_s;
  std::optional<double> two_copies_bytes_per_s;
};

// The row for a cell that was not run; status and error are the caller's.
RunRow row_for(const cell::Cell& cell, const Slot& slot, const cell::DataSource& data);
RunRow row_for(const cell::Cell& cell, const Slot& slot, const cell::DataSource& data,
               const pipeline::RunResult& result, const host::Surroundings& surroundings,
               const Ceilings& ceilings);

}  // namespace ipcsort::results
