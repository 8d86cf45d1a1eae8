#include "bench/sweep/schedule.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <random>
#include <string>
#include <utility>

#include "bench/sweep/history.hpp"
#include "bench/sweep/open_cells.hpp"
#include "datagen/fingerprint.hpp"
#include "sys/random.hpp"

namespace ipcsort::sweep {
namespace {

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
                                       const Choice& choice) {
  std::vector<std::vector<std::size_t>> calibrations(plan.conditions), others(plan.conditions);
  for (std::size_t cell = 0; cell < plan.cells.size(); ++cell) {
    const cell::Cell& it = plan.cells[cell];
    if (choice[cell]) (it.is_calibration() ? calibrations : others)[it.condition_number].push_back(cell);
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
        slots.push_back({0, block, static_cast<int>(slots.size()), block < schedule.warmup_blocks, 1, cell,
                         *choice[cell]});
      }
    }
  }
  return slots;
}

// `history` is that of the blocks before, so that a resumed sweep decides as it did then.
Choice choice_of_block(const cell::Plan& plan, const Schedule& schedule, int block, const History& history) {
  Choice choice(plan.cells.size());
  History::Price price(history);
  for (std::size_t cell = 0; cell < plan.cells.size(); ++cell) {
    if (block > 0 && !plan.cells[cell].skip_reason.empty()) continue;
    choice[cell] = results::Purpose::all;
    price.add(cell);
  }
  if (block <= schedule.warmup_blocks) return choice;  // warm-up, and one counted block in any case
  const bool affordable =
      schedule.time_budget_s == 0 || history.cost_s() + price.s() <= schedule.time_budget_s;
  if (block < schedule.warmup_blocks + schedule.blocks && affordable) return choice;
  return open_cells(plan, schedule, history);
}

}  // namespace

int repeats_for(double run_time_s, double run_s, int most) {
  return static_cast<int>(std::clamp(std::ceil(run_time_s / run_s), 1.0, static_cast<double>(most)));
}

std::mt19937_64 generator_of(std::uint64_t seed, int block) {
  return std::mt19937_64{seed + datagen::golden_gamma * static_cast<std::uint64_t>(block)};
}

std::string canonical_text(const Schedule& schedule) {
  // What came later is left out where it is as it was, so that an older sweep can be taken up.
  const std::string decide = schedule.decide == Decide::precision
                                 ? ""
                                 : " decide " + std::string{pipeline::to_string(schedule.decide)};
  return "blocks " + std::to_string(schedule.blocks) + " to " + std::to_string(schedule.blocks_max) +
         " warmup " + std::to_string(schedule.warmup_blocks) + " seed " + std::to_string(schedule.seed) +
         " precision " + text::field::write(std::optional(schedule.precision)) + " budget " +
         text::field::write(std::optional(schedule.time_budget_s)) + " run time " +
         text::field::write(std::optional(schedule.run_time_s)) + " attempts " +
         std::to_string(schedule.attempts_max) + decide + '\n';
}

bool is_to_repeat(const results::RunRow& row, const Schedule& schedule) {
  return row.disturbed && !row.warm && row.is_ok() && row.attempt < schedule.attempts_max;
}

std::vector<results::Slot> next_slots(const cell::Plan& plan, const Schedule& schedule,
                                      std::span<const results::RunRow> rows, int complete_until) {
  std::map<int, Recorded> recorded = by_block(plan, rows);
  History history(plan, schedule.warmup_blocks + schedule.blocks);
  for (int block = 0;; ++block) {
    std::vector<results::Slot> slots;
    if (block >= complete_until) {
      slots = order_block(plan, schedule, block, choice_of_block(plan, schedule, block, history));
      if (slots.empty()) return slots;
    }
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
