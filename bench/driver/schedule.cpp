#include "bench/driver/schedule.hpp"

#include <numeric>
#include <random>

#include "sys/random.hpp"

namespace ipcsort::driver {
namespace {

bool is_calibration(const Cell& cell) { return pipeline::kind_name(cell.subject.kind) == "calibration"; }

std::vector<std::size_t> order_condition(const Plan& plan, const std::vector<std::size_t>& members, int block,
                                         std::mt19937_64& random) {
  std::vector<std::size_t> order;
  std::vector<std::size_t> rest;
  for (const std::size_t cell : members) {
    if (!plan.cells[cell].skip_reason.empty() && block > 0) continue;
    (is_calibration(plan.cells[cell]) ? order : rest).push_back(cell);
  }
  sys::shuffle(rest, random);
  order.insert(order.end(), rest.begin(), rest.end());
  return order;
}

}  // namespace

std::vector<Slot> make_schedule(const Plan& plan, int blocks, int warmup_blocks, std::uint64_t seed) {
  std::vector<std::vector<std::size_t>> members(plan.conditions);
  for (std::size_t cell = 0; cell < plan.cells.size(); ++cell)
    members[plan.cells[cell].condition].push_back(cell);
  std::mt19937_64 random(seed);
  std::vector<Slot> slots;
  for (int block = 0; block < warmup_blocks + blocks; ++block) {
    std::vector<std::size_t> conditions(plan.conditions);
    std::iota(conditions.begin(), conditions.end(), std::size_t{0});
    sys::shuffle(conditions, random);
    int pos = 0;
    for (const std::size_t condition : conditions) {
      for (const std::size_t cell : order_condition(plan, members[condition], block, random)) {
        slots.push_back({slots.size(), block, pos++, block < warmup_blocks, cell});
      }
    }
  }
  return slots;
}

}  // namespace ipcsort::driver
