// What the rows of a sweep say so far of each cell: its times by block, and what running it costs.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <vector>

#include "bench/cell/plan.hpp"
#include "bench/results/run_row.hpp"
#include "bench/stats/paired.hpp"

namespace ipcsort::sweep {

struct CellHistory {
  std::map<int, double> times_s;   // by which it is settled (compared_time_s), of its counted blocks
  std::map<int, double> ranked_s;  // by which it is ranked (ranked_time_s)
  int runs = 0;                    // how many those are
  bool failed = false;

  [[nodiscard]] std::vector<double> all_times_s() const;
  [[nodiscard]] stats::TimesByBlock ranked_by_block(int blocks) const;
};

class History {
 public:
  // Of no rows; those of blocks from `first_extra_block` on are made for what is open.
  History(const cell::Plan& plan, int first_extra_block);

  // The rows in the order in which they were made; of an interrupted run none.
  void add(std::size_t cell, const results::RunRow& row);

  [[nodiscard]] const CellHistory& of(std::size_t cell) const { return cells_[cell]; }
  [[nodiscard]] int blocks() const noexcept { return blocks_; }
  [[nodiscard]] double cost_s() const noexcept { return cost_s_; }  // of all rows

  // The cell that is measured by the same runs, if there is one.
  [[nodiscard]] std::optional<std::size_t> twin_of(std::size_t cell) const { return twins_[cell]; }
  // The conditions whose cells have twins in one another share a number, and what their extra blocks cost.
  [[nodiscard]] std::size_t share_of(std::size_t cell) const { return shares_[cell]; }
  [[nodiscard]] double extra_cost_s(std::size_t share) const { return extra_costs_s_[share]; }

  // Adds up what running cells would cost, by what they took last. A run that measures two of them counts once.
  class Price {
   public:
    explicit Price(const History& history) : history_(history), counted_(history.cells_.size()) {}
    void add(std::size_t cell);
    [[nodiscard]] double s() const noexcept { return sum_s_; }

   private:
    const History& history_;
    std::vector<bool> counted_;
    double sum_s_ = 0;
  };

 private:
  [[nodiscard]] std::size_t run_of(std::size_t cell) const;  // twins have one

  std::vector<CellHistory> cells_;
  std::vector<std::optional<std::size_t>> twins_;
  std::vector<std::size_t> shares_;     // by cell
  std::vector<double> extra_costs_s_;   // by share
  std::vector<double> latest_costs_s_;  // by run
  int first_extra_block_;
  int blocks_ = 0;
  double cost_s_ = 0;
};

}  // namespace ipcsort::sweep
