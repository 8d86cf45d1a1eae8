// What is still open after the blocks that every cell gets, and how much of it is run in the next block.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "bench/cell/plan.hpp"
#include "bench/sweep/history.hpp"
#include "bench/sweep/schedule.hpp"

namespace ipcsort::sweep {

// What each cell of a plan is run for in a block; nothing: it is not.
using Choice = std::vector<std::optional<results::Purpose>>;

// The open cells that the budget still pays for, and with them the anchors of their conditions.
//
// best: of the transports of a condition that are compared with each other those which might still be the best of them
// (stats/ranking.hpp); what was shown to be slower is left out. order: where the best is known, those that are not yet told
// apart from the one before or behind them. What is left of a budget goes to all conditions in which something is open alike,
// so that one that never decides does not take what decides others.
//
// precision: the cells that are not settled, the least settled first.
Choice open_cells(const cell::Plan& plan, const Schedule& schedule, const History& history);

// Whether all of `times`, and also all but the last, have an interval at 95 % whose half width is at most
// `precision` of the centre: one narrow interval may be luck. Never for fewer than 7.
bool is_settled(std::span<const double> times, double precision);

}  // namespace ipcsort::sweep
