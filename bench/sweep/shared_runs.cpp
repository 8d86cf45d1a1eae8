#include "bench/sweep/shared_runs.hpp"

#include <utility>

namespace ipcsort::sweep {
namespace {

results::RunRow row_of(const cell::Cell& cell, const results::Slot& slot, results::Measurement made,
                       const results::Ceilings& ceilings) {
  if (!cell.settings.is_steady()) made.result.figures = first_round_of(made.result.figures);
  return results::row_for(cell, slot, made.result, made.surroundings, ceilings);
}

}  // namespace

std::vector<std::optional<std::size_t>> twins_of(const cell::Plan& plan) {
  std::vector<std::optional<std::size_t>> twins(plan.cells.size());
  const std::map<cell::CellId, std::size_t> numbers = results::cell_numbers(plan);
  for (const auto& [id, number] : numbers) {
    if (!id.settings.is_steady()) continue;
    const auto twin = numbers.find(id.sent_once());
    if (twin == numbers.end()) continue;
    twins[number] = twin->second;
    twins[twin->second] = number;
  }
  return twins;
}

SharedRuns::SharedRuns(const cell::Plan& plan) : twins_(twins_of(plan)), is_coming_(plan.cells.size()) {}

void SharedRuns::begin(std::span<const results::Slot> slots) {
  made_.clear();
  is_coming_.assign(is_coming_.size(), false);
  for (const results::Slot& slot : slots) is_coming_[slot.cell_number] = true;
}

results::RunRow SharedRuns::measure(const cell::Plan& plan, const results::Slot& slot,
                                    results::CellRunner& runner, const results::Ceilings& ceilings) {
  const cell::Cell& cell = plan.cells[slot.cell_number];
  if (auto made = made_.extract(slot.cell_number)) {
    made.mapped().surroundings.cost_s = 0;
    return row_of(cell, slot, std::move(made.mapped()), ceilings);
  }
  const std::optional<std::size_t> twin = twins_[slot.cell_number];
  const bool is_shared = twin && is_coming_[*twin] && plan.cells[*twin].repeats == cell.repeats;
  const cell::Cell& ran = is_shared && !cell.settings.is_steady() ? plan.cells[*twin] : cell;
  results::Measurement made = results::measure_once(ran, runner);
  if (is_shared && made.result.status != pipeline::Status::interrupted) made_.insert_or_assign(*twin, made);
  return row_of(cell, slot, std::move(made), ceilings);
}

}  // namespace ipcsort::sweep
