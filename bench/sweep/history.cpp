#include "bench/sweep/history.hpp"

#include <algorithm>
#include <numeric>

#include "bench/sweep/shared_runs.hpp"

namespace ipcsort::sweep {

std::vector<double> CellHistory::all_times_s() const {
  std::vector<double> all;
  for (const auto& [_, time_s] : times_s) all.push_back(time_s);
  return all;
}

stats::TimesByBlock CellHistory::ranked_by_block(int blocks) const {
  stats::TimesByBlock times(static_cast<std::size_t>(blocks));
  for (const auto& [block, time_s] : ranked_s) times[static_cast<std::size_t>(block)] = time_s;
  return times;
}

History::History(const cell::Plan& plan, int first_extra_block)
    : cells_(plan.cells.size()),
      twins_(twins_of(plan)),
      extra_costs_s_(plan.conditions),
      latest_costs_s_(plan.cells.size()),
      first_extra_block_(first_extra_block) {
  std::vector<std::size_t> of_condition(plan.conditions);
  std::iota(of_condition.begin(), of_condition.end(), std::size_t{0});
  for (std::size_t cell = 0; cell < plan.cells.size(); ++cell) {
    if (!twins_[cell]) continue;
    const std::size_t one = plan.cells[cell].condition_number,
                      other = plan.cells[*twins_[cell]].condition_number;
    of_condition[std::max(one, other)] = std::min(one, other);
  }
  for (const cell::Cell& cell : plan.cells) shares_.push_back(of_condition[cell.condition_number]);
}

std::size_t History::run_of(std::size_t cell) const { return std::min(cell, twins_[cell].value_or(cell)); }

void History::add(std::size_t number, const results::RunRow& row) {
  CellHistory& cell = cells_[number];
  const double cost_s = row.cost_s.value_or(0);
  // A row that another one's run made costs nothing and says nothing of what a run costs.
  if (cost_s > 0) latest_costs_s_[run_of(number)] = cost_s;
  cost_s_ += cost_s;
  if (row.block >= first_extra_block_) extra_costs_s_[shares_[number]] += cost_s;
  blocks_ = std::max(blocks_, row.block + 1);
  cell.failed = cell.failed || !row.is_ok();
  if (row.warm) return;
  if (row.attempt == 1) ++cell.runs;
  const auto note = [&](std::map<int, double>& times_s, std::optional<double> time_s) {
    times_s.erase(row.block);
    if (time_s.value_or(0) > 0) times_s[row.block] = *time_s;
  };
  note(cell.times_s, results::compared_time_s(row));
  note(cell.ranked_s, results::ranked_time_s(row));
}

void History::Price::add(std::size_t cell) {
  const std::size_t run = history_.run_of(cell);
  if (!counted_[run]) sum_s_ += history_.latest_costs_s_[run];
  counted_[run] = true;
}

}  // namespace ipcsort::sweep
