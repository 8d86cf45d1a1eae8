#include "bench/stats/precision.hpp"

#include <cmath>
#include <vector>

#include "bench/stats/precondition.hpp"
#include "bench/stats/signed_rank.hpp"

namespace ipcsort::stats {

std::optional<double> relative_half_width(std::span<const double> times) {
  std::vector<double> logs;
  logs.reserve(times.size());
  for (const double time : times) logs.push_back(log_of_time(time));
  const auto interval = signed_rank_interval(logs, 0.95);
  if (!interval) return std::nullopt;
  return (std::exp(interval->high) - std::exp(interval->low)) / (2 * std::exp(hodges_lehmann(logs)));
}

}  // namespace ipcsort::stats
