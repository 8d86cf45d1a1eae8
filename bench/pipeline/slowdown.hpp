// A slow-down on purpose: IPCSORT_SLOWDOWN=METRIC:PERCENT% in the environment makes each run through a
// transport longer by that share of its own time, burnt in a loop at the end of what METRIC measures. A gate
// that has never seen a regression cannot be trusted to notice one; compiled in for the same reason as
// fault.hpp.
#pragma once

#include <optional>
#include <string_view>

#include "bench/pipeline/metric.hpp"
#include "bench/pipeline/scoreboard.hpp"

namespace ipcsort::pipeline {

struct Slowdown {
  Metric metric{};
  double share = 0;  // 0.05 for 5 %
};

// Throws UsageError when `text` is not METRIC:PERCENT% with a percentage from 0 to 1000. nullopt for an empty
// text.
std::optional<Slowdown> parse_slowdown(std::string_view text);

// In the parent, at the end of the transfer and of the total; each does nothing unless it is its metric.
void slow_transfer_down(const std::optional<Slowdown>& slowdown, const Scoreboard& board) noexcept;
void slow_total_down(const std::optional<Slowdown>& slowdown, const Scoreboard& board) noexcept;

}  // namespace ipcsort::pipeline
