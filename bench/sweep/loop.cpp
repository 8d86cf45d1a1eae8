#include "bench/sweep/loop.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "bench/host/machine.hpp"
#include "bench/results/wording.hpp"
#include "bench/stats/sample.hpp"
#include "bench/stats/signed_rank.hpp"
#include "bench/sweep/cost.hpp"
#include "bench/sweep/shared_runs.hpp"
#include "sys/text.hpp"

namespace ipcsort::sweep {
namespace {

void count(const results::RunRow& row, SweepCounts& counts) {
  if (row.is_ok()) {
    ++counts.ok;
  } else if (row.status == results::RunStatus::skipped) {
    ++counts.skipped;
  } else if (row.status != results::RunStatus::interrupted) {
    ++counts.failed;
  }
}

// The latest calibration of each condition, valid within its block.
class CeilingMemory {
 public:
  CeilingMemory(const cell::Plan& plan, const std::vector<results::RunRow>& rows) {
    const std::map<cell::CellId, std::size_t> cells = results::cell_numbers(plan);
    for (const results::RunRow& row : rows) {
      if (const auto cell = cells.find(row.cell); cell != cells.end()) note(plan.cells[cell->second], row);
    }
  }
  void note(const cell::Cell& cell, const results::RunRow& row) {
    results::Ceilings& ceilings = by_block_[{cell.condition_number, row.block}];
    if (cell.subject.kind == pipeline::SubjectKind::memcpy_one_copy) {
      ceilings.one_copy_bytes_per_s = row.transfer_bytes_per_s;
    } else if (cell.subject.kind == pipeline::SubjectKind::memcpy_two_copies) {
      ceilings.two_copies_bytes_per_s = row.transfer_bytes_per_s;
    }
  }
  const results::Ceilings& at(const cell::Cell& cell, int block) {
    return by_block_[{cell.condition_number, block}];
  }

 private:
  std::map<std::pair<std::size_t, int>, results::Ceilings> by_block_;  // by condition and block
};

void set_repeats(cell::Plan& plan, const Schedule& schedule, const std::vector<results::RunRow>& rows) {
  std::vector<int> repeats;
  for (std::size_t condition = 0; condition < plan.conditions; ++condition)
    repeats.push_back(repeats_of(plan, condition, schedule, rows));
  for (cell::Cell& cell : plan.cells) cell.repeats = repeats[cell.condition_number];
}

// The times of each cell's counted runs so far, as progress shows them.
class CellTimes {
 public:
  CellTimes(const cell::Plan& plan, const std::vector<results::RunRow>& rows) : times_s_(plan.cells.size()) {
    const std::map<cell::CellId, std::size_t> cells = results::cell_numbers(plan);
    for (const results::RunRow& row : results::latest_attempts(rows)) {
      if (const auto cell = cells.find(row.cell); cell != cells.end()) note(cell->second, row);
    }
  }
  void note(std::size_t cell, const results::RunRow& row) {
    const auto time_s = results::compared_time_s(row);
    if (!row.warm && row.is_ok() && time_s && *time_s > 0) times_s_[cell].push_back(*time_s);
  }
  void describe(std::size_t cell, text::SweepProgress& running) const {
    const std::vector<double>& times = times_s_[cell];
    if (times.empty()) return;
    running.median_s = stats::median(times);
    running.relative_half_width = stats::relative_half_width(times);
  }

 private:
  std::vector<std::vector<double>> times_s_;
};

// "warm-up", "block 3/6"; of those beyond what every cell gets what they are for, and how many there are at most.
std::string block_text(const Schedule& schedule, const results::Slot& slot) {
  if (slot.warm) return "warm-up";
  const int counted = slot.block - schedule.warmup_blocks + 1;
  if (counted <= schedule.blocks)
    return "block " + std::to_string(counted) + "/" + std::to_string(schedule.blocks);
  const std::string block = "block " + std::to_string(counted) + "/" + std::to_string(schedule.blocks_max);
  return schedule.decide == Decide::precision
             ? block
             : block + " for the " + std::string{pipeline::to_string(schedule.decide)};
}

std::vector<double> numbers_of(const cell::Plan& plan) {
  std::vector<double> numbers;
  for (const cell::Cell& cell : plan.cells) numbers.push_back(static_cast<double>(cell.numbers));
  return numbers;
}

// How long it goes on if no cell of `slots` settles, `left_s` of it for certain; negative while nothing is
// known. The budget ends it, too.
double most_left_s(const Schedule& schedule, std::span<const results::Slot> slots, std::size_t next,
                   const CostEstimate& costs, double left_s, double spent_s) {
  if (left_s < 0) return -1;
  const int counted = std::max(schedule.blocks, slots[next].block - schedule.warmup_blocks + 1);
  const double block_s = costs.left_s(slots, 0);
  double more_s = block_s * std::max(0, schedule.blocks_max - counted);
  if (schedule.time_budget_s > 0)
    more_s = std::min(more_s, std::max(0.0, schedule.time_budget_s - spent_s - left_s));
  return left_s + more_s;
}

results::RunRow skipped_row(const cell::Plan& plan, const results::Slot& slot) {
  const cell::Cell& cell = plan.cells[slot.cell_number];
  results::RunRow row = results::row_for(cell, slot);
  row.started_utc = host::utc_now();
  row.status = results::RunStatus::skipped;
  row.error = cell.skip_reason;
  return row;
}

}  // namespace

SweepCounts run_sweep(const cell::Plan& planned, const Schedule& schedule, results::CellRunner& runner,
                      results::ResultDirectory& results, text::Progress& progress) {
  cell::Plan plan = planned;
  SweepCounts counts;
  std::size_t recorded = 0;
  std::uint64_t next_seq = 0;
  for (const results::RunRow& row : results.rows()) {
    count(row, counts);
    if (row.status == results::RunStatus::interrupted) continue;
    ++recorded;
    next_seq = std::max(next_seq, row.seq + 1);
  }
  CeilingMemory ceilings(plan, results.rows());
  double spent_s = 0;
  for (const results::RunRow& row : results.rows()) spent_s += row.cost_s.value_or(0);
  CostEstimate costs(numbers_of(plan));
  CellTimes times(plan, results.rows());
  SharedRuns runs(plan);
  for (int complete_until = 0;;) {
    std::vector<results::Slot> slots = next_slots(plan, schedule, results.rows(), complete_until);
    if (slots.empty()) return counts;
    runs.begin(slots);
    if (!slots.front().warm) set_repeats(plan, schedule, results.rows());
    const int blocks_left = std::max(0, schedule.warmup_blocks + schedule.blocks - 1 - slots.front().block);
    for (std::size_t i = 0; i < slots.size();) {
      results::Slot& slot = slots[i];
      slot.seq = next_seq;
      const cell::Cell& cell = plan.cells[slot.cell_number];
      const std::size_t left = slots.size() - i + static_cast<std::size_t>(blocks_left) * plan.cells.size();
      const double left_s = costs.known() ? costs.left_s(std::span{slots}.subspan(i), blocks_left) : -1;
      text::SweepProgress now{recorded,
                              recorded + left,
                              block_text(schedule, slot),
                              i + 1,
                              slots.size(),
                              counts.failed,
                              left_s,
                              {},
                              {},
                              {},
                              {},
                              most_left_s(schedule, slots, i, costs, left_s, spent_s),
                              spent_s};
      const std::string what = cell::describe(cell);
      now.name = what.substr(0, what.find(", "));
      now.condition = what.substr(std::min(what.size(), now.name.size() + 2));
      times.describe(slot.cell_number, now);
      progress.running(now);
      const results::RunRow row = cell.skip_reason.empty()
                                      ? runs.measure(plan, slot, runner, ceilings.at(cell, slot.block))
                                      : skipped_row(plan, slot);
      ceilings.note(cell, row);
      costs.ran(slot.cell_number, row.cost_s.value_or(0));
      spent_s += row.cost_s.value_or(0);
      results.append(row);
      count(row, counts);
      if (row.status == results::RunStatus::interrupted) {
        counts.interrupted = true;
        return counts;
      }
      ++recorded;
      ++next_seq;
      const bool is_made_again = is_to_repeat(row, schedule);
      progress.ran(results::run_text(row, is_made_again), row.is_ok());
      if (is_made_again) {
        ++slot.attempt;
      } else {
        times.note(slot.cell_number, row);
        ++i;
      }
    }
    complete_until = slots.front().block + 1;
  }
}

}  // namespace ipcsort::sweep
