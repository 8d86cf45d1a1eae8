#include "bench/sweep/cost.hpp"

#include <algorithm>

namespace ipcsort::sweep {

CostLine fit_line(std::span<const stats::Observation> times) {
  const stats::StraightLine line = stats::least_squares(times);
  if (line.slope <= 0) return {line.time_mean, 0};
  if (line.at_nought < 0) return {0, stats::slope_through_origin(times)};
  return {line.at_nought, line.slope};
}

std::optional<SweepCost> estimated_cost(const cell::Plan& plan, const Schedule& schedule,
                                        std::span<const results::RunRow> rows) {
  std::vector<stats::Observation> totals, costs;
  for (const results::RunRow& row : rows) {
    if (!row.is_ok() || !row.total_s || !row.cost_s || row.repeats < 1) continue;
    const auto numbers = static_cast<double>(row.cell.numbers);
    totals.push_back({numbers, *row.total_s});
    costs.push_back({numbers, *row.cost_s / row.repeats});
  }
  if (totals.empty()) return std::nullopt;
  // A line says little far beyond its last point.
  constexpr double beyond = 2;
  const double largest = std::ranges::max(totals, {}, &stats::Observation::amount).amount;
  for (const cell::Cell& cell : plan.cells) {
    if (static_cast<double>(cell.numbers) > beyond * largest) return std::nullopt;
  }
  const CostLine total = fit_line(totals);
  const CostLine cost = fit_line(costs);
  SweepCost estimate;
  for (const cell::Cell& cell : plan.cells) {
    if (!cell.skip_reason.empty()) continue;
    const auto numbers = static_cast<double>(cell.numbers);
    const int repeats = schedule.warmup_blocks > 0 && total.at(numbers) > 0
                            ? repeats_for(schedule.run_time_s, total.at(numbers))
                            : 1;
    estimate.least_s += cost.at(numbers) * (schedule.warmup_blocks + repeats);
    estimate.total_s += cost.at(numbers) * (schedule.warmup_blocks + repeats * schedule.blocks);
  }
  if (schedule.time_budget_s > 0)
    estimate.total_s = std::clamp(schedule.time_budget_s, estimate.least_s, estimate.total_s);
  return estimate;
}

void CostEstimate::ran(std::size_t cell, double took_s) {
  if (!costs_s_[cell]) sum_numbers_ += numbers_[cell];
  sum_s_ += took_s - costs_s_[cell].value_or(0);
  costs_s_[cell] = took_s;
}

double CostEstimate::cost_s(std::size_t cell) const {
  if (costs_s_[cell]) return *costs_s_[cell];
  return known() ? sum_s_ * numbers_[cell] / sum_numbers_ : 0;
}

double CostEstimate::left_s(std::span<const results::Slot> rest, int blocks) const {
  double left = 0;
  for (const results::Slot& slot : rest) left += cost_s(slot.cell_number);
  for (std::size_t cell = 0; blocks > 0 && cell < costs_s_.size(); ++cell) left += blocks * cost_s(cell);
  return left;
}

}  // namespace ipcsort::sweep
