#include "bench/stats/laws.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

#include "bench/stats/precondition.hpp"
#include "bench/stats/sample.hpp"

namespace ipcsort::stats {

std::optional<double> growth_exponent(std::span<const Observation> series) {
  std::vector<double> amounts, times;
  for (const Observation& observation : series) {
    amounts.push_back(log_of_time(observation.amount));
    times.push_back(log_of_time(observation.time));
  }
  if (std::set<double>(amounts.begin(), amounts.end()).size() < 2) return std::nullopt;
  const double amount_mean = mean(amounts);
  const double time_mean = mean(times);
  double together = 0;
  double spread = 0;
  for (std::size_t i = 0; i < amounts.size(); ++i) {
    together += (amounts[i] - amount_mean) * (times[i] - time_mean);
    spread += (amounts[i] - amount_mean) * (amounts[i] - amount_mean);
  }
  return together / spread;
}

std::optional<double> amdahl_serial_share(std::span<const Observation> series) {
  std::set<double> workers_above_one;
  for (const Observation& observation : series) {
    log_of_time(observation.amount);  // refuses what is none
    log_of_time(observation.time);
    if (observation.amount > 1) workers_above_one.insert(observation.amount);
  }
  const auto one = std::ranges::find(series, 1.0, &Observation::amount);
  if (one == series.end() || workers_above_one.size() < 2) return std::nullopt;
  // time(w) / time(1) - 1 / w = s (1 - 1 / w): a line through the origin.
  double together = 0;
  double spread = 0;
  for (const Observation& observation : series) {
    if (observation.amount <= 1) continue;
    const double parallel = 1 / observation.amount;
    together += (observation.time / one->time - parallel) * (1 - parallel);
    spread += (1 - parallel) * (1 - parallel);
  }
  return together / spread;
}

}  // namespace ipcsort::stats
