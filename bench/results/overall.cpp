#include "bench/results/summary.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "bench/stats/bootstrap.hpp"

namespace ipcsort::results {
namespace {

constexpr std::size_t conditions_min = 2;
constexpr std::size_t transports_min = 2;
constexpr std::size_t blocks_min = 6;

using TimesByBlock = std::map<int, double>;
// [transport][condition]
using Times = std::map<std::string, std::map<cell::CellId, TimesByBlock>>;

Times times_of(const std::vector<RunRow>& runs) {
  Times times;
  for (const RunRow& run : latest_attempts(runs)) {
    if (!run.cell.is_transport() || run.cell.lends() || run.status == RunStatus::skipped || run.warm)
      continue;
    TimesByBlock& cell = times[label(run.cell.subject)][run.cell.condition()];
    if (const auto time = compared_time_s(run); time && run.is_ok() && *time > 0) cell[run.block] = *time;
  }
  return times;
}

// The blocks that every cell has.
std::vector<int> common_blocks(const Times& times) {
  std::map<int, std::size_t> seen;
  std::size_t cells = 0;
  for (const auto& [_, of_transport] : times) {
    for (const auto& [condition, blocks] : of_transport) {
      ++cells;
      for (const auto& [block, time] : blocks) ++seen[block];
    }
  }
  std::vector<int> common;
  for (const auto& [block, count] : seen) {
    if (count == cells) common.push_back(block);
  }
  return common;
}

stats::LogRatiosByCell log_ratios(const std::map<cell::CellId, TimesByBlock>& mine,
                                  const std::map<cell::CellId, TimesByBlock>& others,
                                  const std::vector<int>& blocks) {
  stats::LogRatiosByCell ratios;
  for (const auto& [condition, times] : mine) {
    std::vector<double>& cell = ratios.emplace_back();
    for (const int block : blocks) cell.push_back(std::log(times.at(block) / others.at(condition).at(block)));
  }
  return ratios;
}

}  // namespace

Overall overall_of(const std::vector<RunRow>& runs) {
  Times times = times_of(runs);
  std::size_t conditions = 0;
  for (const auto& [_, cells] : times) conditions = std::max(conditions, cells.size());
  std::erase_if(times, [&](const auto& of) { return of.second.size() < conditions; });
  const std::vector<int> blocks = common_blocks(times);
  if (conditions < conditions_min || times.size() < transports_min || blocks.size() < blocks_min) return {};

  // Who leads does not depend on whom all are compared with: the first will do.
  const auto to_first = [&](const auto& of) {
    return stats::geometric_mean_of_ratios(log_ratios(of.second, times.begin()->second, blocks));
  };
  const auto leader = std::ranges::min_element(times, {}, to_first);
  Overall overall;
  for (const auto& [transport, cells] : times) {
    if (transport == leader->first) continue;
    const stats::LogRatiosByCell ratios = log_ratios(cells, leader->second, blocks);
    const stats::Interval interval = stats::geometric_mean_interval(ratios);
    overall.push_back({transport,
                       {stats::geometric_mean_of_ratios(ratios), interval.low, interval.high},
                       conditions,
                       blocks.size()});
  }
  std::ranges::stable_sort(overall, {}, [](const OverallRow& row) { return row.ratio_to_leader.centre; });
  overall.insert(overall.begin(), {leader->first, {1, 1, 1}, conditions, blocks.size()});
  return overall;
}

const text::Columns<OverallRow>& overall_columns() {
  using R = OverallRow;
  using text::column;
  static const text::Columns<R> columns = text::of_role(
      text::Role::judgement,
      text::Columns<R>{
          column("transport", "", "with its options; the leader first", &R::transport),
          column<R>("ratio_to_leader", "",
                    "geometric mean over the conditions of its time over the leader's, paired by block; of "
                    "those that copy",
                    &R::ratio_to_leader, &Estimate::centre),
          column<R>("ratio_to_leader_ci_low", "", "lower end of its 95 % interval, blocks resampled",
                    &R::ratio_to_leader, &Estimate::low),
          column<R>("ratio_to_leader_ci_high", "", "the upper end of that interval", &R::ratio_to_leader,
                    &Estimate::high),
          column("conditions", "", "that the mean is over", &R::conditions),
          column("blocks", "", "that all cells have", &R::blocks),
      });
  return columns;
}

}  // namespace ipcsort::results
