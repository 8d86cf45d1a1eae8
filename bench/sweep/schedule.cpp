#include "bench/sweep/schedule.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <random>
#include <string>
#include <utility>

#include "bench/stats/signed_rank.hpp"
#include "datagen/fingerprint.hpp"
#include "sys/random.hpp"

namespace ipcsort::sweep {
namespace {

bool is_anchor(const cell::Cell& cell) {
  return cell.subject.kind == pipeline::SubjectKind::memcpy_one_copy || cell.subject.name == "null";
}

// What the rows say about one cell.
struct CellHistory {
  std::vector<double> times_s;  // of counted blocks, one for each
  double cost_s = 0;            // of the latest row
  bool failed = false;
};

// What all rows so far say.
struct History {
  std::vector<CellHistory> cells;
  double cost_s = 0;

  void add(std::size_t number, const results::RunRow& row) {
    CellHistory& cell = cells[number];
    cell.cost_s = row.cost_s.value_or(0);
    cost_s += cell.cost_s;
    cell.failed = cell.failed || !row.is_ok();
    if (row.warm) return;
    if (row.attempt > 1 && !cell.times_s.empty()) cell.times_s.pop_back();
    if (const auto time = results::compared_time_s(row)) cell.times_s.push_back(*time);
  }
};

// The rows by block, each with the number of its cell; without those of interrupted runs and of other plans.
using Recorded = std::vector<std::pair<std::size_t, const results::RunRow*>>;
std::map<int, Recorded> by_block(const cell::Plan& plan, std::span<const results::RunRow> rows) {
  const std::map<cell::CellId, std::size_t> numbers = results::cell_numbers(plan);
  std::map<int, Recorded> blocks;
  for (const results::RunRow& row : rows) {
    const auto known = numbers.find(row.cell);
    if (known != numbers.end() && row.status != results::RunStatus::interrupted)
      blocks[row.block].emplace_back(known->second, &row);
  }
  return blocks;
}

// The cells in the order of one block, with their places in it.
std::vector<results::Slot> order_block(const cell::Plan& plan, const Schedule& schedule, int block,
                                       const std::vector<std::size_t>& cells) {
  std::vector<std::vector<std::size_t>> calibrations(plan.conditions), others(plan.conditions);
  for (const std::size_t cell : cells) {
    const cell::Cell& it = plan.cells[cell];
    (it.is_calibration() ? calibrations : others)[it.condition_number].push_back(cell);
  }
  std::mt19937_64 random = generator_of(schedule.seed, block);
  std::vector<std::size_t> conditions(plan.conditions);
  std::iota(conditions.begin(), conditions.end(), std::size_t{0});
  sys::shuffle(conditions, random);
  std::vector<results::Slot> slots;
  for (const std::size_t condition : conditions) {
    sys::shuffle(others[condition], random);
    for (const auto* members : {&calibrations[condition], &others[condition]}) {
      for (const std::size_t cell : *members) {
        slots.push_back({0, block, static_cast<int>(slots.size()), block < schedule.warmup_blocks, 1, cell});
      }
    }
  }
  return slots;
}

double half_width_of(const CellHistory& cell) {
  constexpr double unknown = std::numeric_limits<double>::infinity();
  return cell.times_s.empty() ? unknown : stats::relative_half_width(cell.times_s).value_or(unknown);
}

// Of the unsettled cells as many as the budget still pays for, the most unsettled first; with their
// conditions' anchors.
std::vector<std::size_t> unsettled_cells(const cell::Plan& plan, const Schedule& schedule,
                                         const History& history) {
  std::vector<std::size_t> unsettled;
  for (std::size_t cell = 0; cell < plan.cells.size(); ++cell) {
    const CellHistory& it = history.cells[cell];
    // What fails is not measured any better by failing more often.
    if (plan.cells[cell].skip_reason.empty() && !it.failed && !is_settled(it.times_s, schedule.precision))
      unsettled.push_back(cell);
  }
  std::ranges::stable_sort(unsettled, std::greater{},
                           [&](std::size_t cell) { return half_width_of(history.cells[cell]); });
  double left_s = schedule.time_budget_s > 0 ? schedule.time_budget_s - history.cost_s
                                             : std::numeric_limits<double>::infinity();
  std::vector<bool> chosen(plan.cells.size());
  const auto choose = [&](std::size_t cell) {
    if (!chosen[cell]) left_s -= history.cells[cell].cost_s;
    chosen[cell] = true;
  };
  for (const std::size_t cell : unsettled) {
    if (left_s < history.cells[cell].cost_s) continue;
    choose(cell);
    for (std::size_t other = 0; other < plan.cells.size(); ++other) {
      const cell::Cell& anchor = plan.cells[other];
      if (anchor.condition_number == plan.cells[cell].condition_number && is_anchor(anchor) &&
          anchor.skip_reason.empty())
        choose(other);
    }
  }
  std::vector<std::size_t> cells;
  for (std::size_t cell = 0; cell < plan.cells.size(); ++cell) {
    if (chosen[cell]) cells.push_back(cell);
  }
  return cells;
}

// `history` is that of the blocks before, so that a resumed sweep decides as it did then.
std::vector<std::size_t> cells_of_block(const cell::Plan& plan, const Schedule& schedule, int block,
                                        const History& history) {
  std::vector<std::size_t> cells;
  double cost_s = 0;
  for (std::size_t cell = 0; cell < plan.cells.size(); ++cell) {
    if (block > 0 && !plan.cells[cell].skip_reason.empty()) continue;
    cells.push_back(cell);
    cost_s += history.cells[cell].cost_s;
  }
  if (block <= schedule.warmup_blocks) return cells;  // warm-up, and one counted block in any case
  if (block >= schedule.warmup_blocks + schedule.blocks_max) return {};
  const bool affordable = schedule.time_budget_s == 0 || history.cost_s + cost_s <= schedule.time_budget_s;
  if (block < schedule.warmup_blocks + schedule.blocks && affordable) return cells;
  return unsettled_cells(plan, schedule, history);
}

}  // namespace

int repeats_for(double run_time_s, double run_s, int most) {
  return static_cast<int>(std::clamp(std::ceil(run_time_s / run_s), 1.0, static_cast<double>(most)));
}

std::mt19937_64 generator_of(std::uint64_t seed, int block) {
  return std::mt19937_64{seed + datagen::golden_gamma * static_cast<std::uint64_t>(block)};
}

bool is_settled(std::span<const double> times, double precision) {
  constexpr std::size_t least = 7;
  if (times.size() < least) return false;
  const auto narrow = [&](std::span<const double> some) {
    const auto half_width = stats::relative_half_width(some);
    return half_width && *half_width <= precision;
  };
  return narrow(times) && narrow(times.first(times.size() - 1));
}

std::string canonical_text(const Schedule& schedule) {
  return "blocks " + std::to_string(schedule.blocks) + " to " + std::to_string(schedule.blocks_max) +
         " warmup " + std::to_string(schedule.warmup_blocks) + " seed " + std::to_string(schedule.seed) +
         " precision " + text::field::write(std::optional(schedule.precision)) + " budget " +
         text::field::write(std::optional(schedule.time_budget_s)) + " run time " +
         text::field::write(std::optional(schedule.run_time_s)) + " attempts " +
         std::to_string(schedule.attempts_max) + '\n';
}

bool is_to_repeat(const results::RunRow& row, const Schedule& schedule) {
  return row.disturbed && !row.warm && row.is_ok() && row.attempt < schedule.attempts_max;
}

std::vector<results::Slot> next_slots(const cell::Plan& plan, const Schedule& schedule,
                                      std::span<const results::RunRow> rows) {
  std::map<int, Recorded> recorded = by_block(plan, rows);
  History history{std::vector<CellHistory>(plan.cells.size()), 0};
  for (int block = 0;; ++block) {
    std::vector<results::Slot> slots =
        order_block(plan, schedule, block, cells_of_block(plan, schedule, block, history));
    if (slots.empty()) return slots;
    std::map<std::size_t, const results::RunRow*> latest;
    for (const auto& [cell, row] : recorded[block]) {
      history.add(cell, *row);
      const results::RunRow*& attempt = latest[cell];
      if (attempt == nullptr || attempt->attempt <= row->attempt) attempt = row;
    }
    std::erase_if(slots, [&](results::Slot& slot) {
      const auto row = latest.find(slot.cell_number);
      if (row == latest.end()) return false;
      slot.attempt = row->second->attempt + 1;
      return !is_to_repeat(*row->second, schedule);
    });
    if (!slots.empty()) return slots;
  }
}

std::size_t certain_rows(const cell::Plan& plan, const Schedule& schedule) {
  const auto usable = static_cast<std::size_t>(
      std::ranges::count_if(plan.cells, [](const cell::Cell& cell) { return cell.skip_reason.empty(); }));
  const auto blocks = static_cast<std::size_t>(schedule.warmup_blocks + schedule.blocks);
  return usable * blocks + (plan.cells.size() - usable);
}

int repeats_of(const cell::Plan& plan, std::size_t condition, const Schedule& schedule,
               std::span<const results::RunRow> rows) {
  const auto first = std::ranges::find(plan.cells, condition, &cell::Cell::condition_number);
  const cell::CellId id = first->condition();
  double fastest_s = std::numeric_limits<double>::infinity();
  for (const results::RunRow& row : rows) {
    const bool tells = row.warm && row.block == 0 && row.cell.is_transport() && row.is_ok() && row.total_s;
    if (tells && row.cell.condition() == id) fastest_s = std::min(fastest_s, *row.total_s);
  }
  return fastest_s > 0 ? repeats_for(schedule.run_time_s, fastest_s) : 1;
}

}  // namespace ipcsort::sweep
