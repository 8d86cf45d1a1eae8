#include "bench/stats/laws.hpp"

#include <algorithm>
#include <numeric>
#include <set>
#include <vector>

#include "bench/stats/precondition.hpp"

namespace ipcsort::stats {

StraightLine least_squares(std::span<const Observation> series) {
  const auto mean_of = [&](double Observation::*member) {
    const auto sum =
        std::accumulate(series.begin(), series.end(), 0.0,
                        [&](double before, const Observation& it) { return before + it.*member; });
    return sum / static_cast<double>(series.size());
  };
  const double amount_mean = mean_of(&Observation::amount);
  const double time_mean = mean_of(&Observation::time);
  std::vector<Observation> centred;
  for (const auto& [amount, time] : series) centred.push_back({amount - amount_mean, time - time_mean});
  const double slope = slope_through_origin(centred);
  return {slope, time_mean - slope * amount_mean, time_mean};
}

double slope_through_origin(std::span<const Observation> series) {
  double together = 0;
  double spread = 0;
  for (const auto& [amount, time] : series) {
    together += amount * time;
    spread += amount * amount;
  }
  return spread > 0 ? together / spread : 0;
}

std::optional<double> growth_exponent(std::span<const Observation> series) {
  std::vector<Observation> logs;
  std::set<double> amounts;
  for (const Observation& observation : series) {
    logs.push_back({log_of_time(observation.amount), log_of_time(observation.time)});
    amounts.insert(logs.back().amount);
  }
  if (amounts.size() < 2) return std::nullopt;
  return least_squares(logs).slope;
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
  std::vector<Observation> line;
  for (const auto& [workers, time] : series) {
    if (workers > 1) line.push_back({1 - 1 / workers, time / one->time - 1 / workers});
  }
  return slope_through_origin(line);
}

}  // namespace ipcsort::stats
