// One figure for each transport over all conditions of a sweep.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bench/results/run_row.hpp"
#include "bench/stats/interval.hpp"
#include "bench/text/csv.hpp"

namespace ipcsort::results {

struct OverallStanding {
  std::string transport;  // with its options: "pipe:capacity=1M"
  // Its time over the leader's: geometric mean over the conditions of the ratio in each, paired by block.
  double ratio_to_leader = 1;
  stats::Interval interval{1, 1};  // 95 %, blocks resampled (stats/bootstrap.hpp)
};

struct Overall {
  std::vector<OverallStanding> standings;  // the leader first; empty: see below
  std::size_t conditions = 0;
  std::size_t blocks = 0;
};

// By the time that is compared (compared_time_s), of transports that copy and have a counted run in the same
// blocks of every condition. Of no use, and empty, for fewer than two conditions, two transports or six such
// blocks.
Overall overall_of(const std::vector<RunRow>& runs);

// A row of overall.csv.
struct OverallRow {
  std::string transport;
  std::optional<double> ratio_to_leader, ratio_to_leader_ci_low, ratio_to_leader_ci_high;
  std::uint64_t conditions = 0;
  std::uint64_t blocks = 0;
};
const text::Columns<OverallRow>& overall_columns();
std::vector<OverallRow> overall_rows(const Overall& overall);

}  // namespace ipcsort::results
