#include "bench/sweep/cost.hpp"

#include <algorithm>
#include <cmath>

namespace ipcsort::sweep {

CostLine fit_line(std::span<const Point> points) {
  const auto count = static_cast<double>(points.size());
  double x = 0, y = 0, xx = 0, xy = 0;
  for (const Point& point : points) {
    x += point.numbers;
    y += point.seconds;
    xx += point.numbers * point.numbers;
    xy += point.numbers * point.seconds;
  }
  const double spread = count * xx - x * x;
  const double slope = spread > 0 ? (count * xy - x * y) / spread : 0;
  if (slope <= 0) return {y / count, 0};
  const double base = (y - slope * x) / count;
  if (base < 0) return {0, xy / xx};  // through the origin
  return {base, slope};
}

std::optional<double> estimated_s(const cell::Plan& plan, const Schedule& schedule,
                                  std::span<const results::RunRow> rows) {
  std::vector<Point> totals, costs;
  for (const results::RunRow& row : rows) {
    if (!row.is_ok() || !row.total_s || !row.cost_s || row.repeats < 1) continue;
    const auto numbers = static_cast<double>(row.cell.numbers);
    totals.push_back({numbers, *row.total_s});
    costs.push_back({numbers, *row.cost_s / row.repeats});
  }
  if (totals.empty()) return std::nullopt;
  // A line says little far beyond its last point.
  constexpr double beyond = 2;
  const double largest = std::ranges::max(totals, {}, &Point::numbers).numbers;
  for (const cell::Cell& cell : plan.cells) {
    if (static_cast<double>(cell.numbers) > beyond * largest) return std::nullopt;
  }
  const CostLine total = fit_line(totals);
  const CostLine cost = fit_line(costs);
  double seconds = 0;
  for (const cell::Cell& cell : plan.cells) {
    if (!cell.skip_reason.empty()) continue;
    const auto numbers = static_cast<double>(cell.numbers);
    const double wanted = total.at(numbers) > 0 ? std::ceil(schedule.run_time_s / total.at(numbers)) : 1;
    const double repeats = schedule.warmup_blocks > 0 ? std::clamp(wanted, 1.0, double{repeats_max}) : 1;
    seconds += cost.at(numbers) * (schedule.warmup_blocks + repeats * schedule.blocks);
  }
  return schedule.time_budget_s > 0 ? std::min(seconds, schedule.time_budget_s) : seconds;
}

void CostEstimate::ran(std::size_t cell, double took_s) {
  known_ = true;
  if (!costs_s_[cell]) sum_numbers_ += numbers_[cell];
  sum_s_ += took_s - costs_s_[cell].value_or(0);
  costs_s_[cell] = took_s;
}

double CostEstimate::cost_s(std::size_t cell) const {
  if (costs_s_[cell]) return *costs_s_[cell];
  return sum_numbers_ > 0 ? sum_s_ * numbers_[cell] / sum_numbers_ : 0;
}

double CostEstimate::left_s(std::span<const results::Slot> rest, int blocks) const {
  double left = 0;
  for (const results::Slot& slot : rest) left += cost_s(slot.cell_number);
  for (std::size_t cell = 0; blocks > 0 && cell < costs_s_.size(); ++cell) left += blocks * cost_s(cell);
  return left;
}

}  // namespace ipcsort::sweep
