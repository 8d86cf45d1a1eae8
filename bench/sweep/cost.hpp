// What measuring takes: from what rows have cost.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "bench/cell/plan.hpp"
#include "bench/results/run_row.hpp"
#include "bench/stats/laws.hpp"
#include "bench/sweep/schedule.hpp"

namespace ipcsort::sweep {

// A straight line over the numbers of a cell, fitted by least squares to rows of other cells: so much for any
// run, so much for each number. Neither is negative.
struct CostLine {
  double base_s = 0;
  double per_number_s = 0;
  [[nodiscard]] double at(double numbers) const noexcept { return base_s + per_number_s * numbers; }
};

// `times` of so many numbers each, in seconds; not empty.
CostLine fit_line(std::span<const stats::Observation> times);

struct SweepCost {
  double least_s = 0;  // warm-up and one counted block, which no budget cuts short
  double total_s = 0;  // every counted block that is certain and that the budget pays for
};

// What a whole sweep of `plan` would take if this machine were as fast as when it recorded `rows`. Nothing when `rows` says
// nothing about runs as large as those of `plan`.
std::optional<SweepCost> estimated_cost(const cell::Plan& plan, const Schedule& schedule,
                                        std::span<const results::RunRow> rows);

// The rest of a running sweep. A cell that has run costs what it took last; one that has not, for each of its
// numbers the mean of those that have.
class CostEstimate {
 public:
  // How many numbers each cell has.
  explicit CostEstimate(std::vector<double> numbers)
      : numbers_(std::move(numbers)), costs_s_(numbers_.size()) {}
  void ran(std::size_t cell, double took_s);
  [[nodiscard]] double cost_s(std::size_t cell) const;
  [[nodiscard]] bool known() const noexcept { return sum_numbers_ > 0; }
  // `rest`, and `blocks` blocks of all cells after that.
  [[nodiscard]] double left_s(std::span<const results::Slot> rest, int blocks) const;

 private:
  std::vector<double> numbers_;
  std::vector<std::optional<double>> costs_s_;
  double sum_s_ = 0;  // of the known
  double sum_numbers_ = 0;
};

}  // namespace ipcsort::sweep
