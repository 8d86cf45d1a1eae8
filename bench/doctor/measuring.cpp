#include "bench/doctor/measuring.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <utility>

#include "bench/cell/data.hpp"
#include "bench/stats/gate.hpp"
#include "bench/stats/paired.hpp"
#include "bench/stats/ranks.hpp"
#include "bench/stats/signed_rank.hpp"
#include "sys/error.hpp"
#include "sys/random.hpp"

namespace ipcsort::doctor {
namespace {

using pipeline::Memory;
using pipeline::Metric;
using pipeline::Placement;

constexpr std::array placements = {Placement::free, Placement::spread, Placement::one};
constexpr std::array memories = {Memory::fresh, Memory::ready};
constexpr std::array metrics = {Metric::total, Metric::transfer, Metric::cpu};

// 40 pairs tell a spread to within a fifth, and what goes with its square to within twice that.
constexpr double alike = 1.5;

double seconds_by(Metric metric, const pipeline::RunFigures& figures) {
  sys::Nanoseconds ns = 0;
  switch (metric) {
    case Metric::total: ns = figures.total_ns; break;
    case Metric::transfer: ns = figures.transfer_window_ns; break;
    case Metric::cpu:
      ns = figures.parent.user_ns + figures.parent.system_ns + figures.workers.user_ns +
           figures.workers.system_ns;
      break;
  }
  return static_cast<double>(ns) / static_cast<double>(sys::second_ns);
}

// One way to run the pilot, by which all metrics are taken.
struct Setup {
  cell::Cell cell;
  std::array<std::vector<double>, metrics.size()> log_ratios{};
  std::string reason{};

  [[nodiscard]] bool wants_pairs() const {
    return reason.empty() && log_ratios.front().size() < probe_pairs_max;
  }
};

std::vector<Setup> setups_of(const cell::Cell& pilot) {
  std::vector<Setup> setups;
  for (const Placement placement : placements) {
    for (const Memory memory : memories) {
      Setup setup{pilot};
      setup.cell.settings.placement = placement;
      setup.cell.settings.memory = memory;
      setups.push_back(std::move(setup));
    }
  }
  return setups;
}

// Nothing when it failed; the set-up then has the reason.
std::optional<pipeline::RunFigures> run(Setup& setup, results::CellRunner& runner,
                                        const datagen::Stop& stop) {
  datagen::check_stop(stop);
  const pipeline::RunResult result = runner.run(setup.cell);
  if (result.status == pipeline::Status::interrupted) throw datagen::Interrupted{};
  if (result.status == pipeline::Status::ok) return result.figures;
  setup.reason = result.error;
  return std::nullopt;
}

void add_pair(Setup& setup, results::CellRunner& runner, const datagen::Stop& stop) {
  const auto first = run(setup, runner, stop);
  const auto second = first ? run(setup, runner, stop) : std::nullopt;
  if (!second) return;
  for (std::size_t i = 0; i < metrics.size(); ++i) {
    const double before_s = seconds_by(metrics.at(i), *first);
    const double after_s = seconds_by(metrics.at(i), *second);
    if (before_s > 0 && after_s > 0) setup.log_ratios.at(i).push_back(std::log(after_s / before_s));
  }
}

constexpr sys::Nanoseconds run_deadline_ns = 30 * sys::second_ns;

cell::Plan pilot_plan(const Registry& registry) {
  cell::Grid grid;
  const Transport* pipe = registry.find("pipe");
  if (pipe == nullptr) throw UsageError("this program was built without the pipe transport");
  grid.subjects = {{pipeline::SubjectKind::transport, pipe, {}}};
  grid.files = {2};
  grid.numbers = {200'000};
  grid.workers = {2};
  grid.settings.transfer = pipeline::TransferMode::barrier;
  return make_plan(grid);
}

double log_sd_of(const std::vector<double>& log_ratios) {
  const auto interval = stats::signed_rank_interval(log_ratios, stats::ratio_confidence).value();
  const double z = stats::normal_quantile((1 + stats::ratio_confidence) / 2);
  return (interval.high - interval.low) / (2 * z) * std::sqrt(static_cast<double>(log_ratios.size()));
}

MeasuringNoise noise_of(const Setup& setup, std::size_t metric) {
  const std::vector<double>& log_ratios = setup.log_ratios.at(metric);
  MeasuringNoise noise{{setup.cell.settings.placement, setup.cell.settings.memory, metrics.at(metric)}};
  noise.pairs = log_ratios.size();
  if (!setup.reason.empty()) {
    noise.reason = setup.reason;
  } else if (noise.pairs < probe_pairs_min) {
    noise.reason = "too few pairs; give more --time";
  } else {
    noise.log_sd = log_sd_of(log_ratios);
    noise.pairs_needed = pairs_needed_by_gate(noise.log_sd);
  }
  return noise;
}

}  // namespace

std::string options_text(const Measuring& measuring) {
  return "--placement " + std::string{to_string(measuring.placement)} + " --memory " +
         std::string{to_string(measuring.memory)} + " --metric " + std::string{to_string(measuring.metric)};
}

std::vector<MeasuringNoise> probe_measuring(results::CellRunner& runner, const cell::Cell& pilot,
                                            sys::Nanoseconds budget_ns, const datagen::Stop& stop) {
  const sys::Nanoseconds end = sys::now_ns() + budget_ns;
  std::vector<Setup> setups = setups_of(pilot);
  for (Setup& setup : setups) run(setup, runner, stop);  // the first run pays for cold caches

  std::vector<Setup*> order;
  for (Setup& setup : setups) order.push_back(&setup);
  std::mt19937_64 random(1);
  const auto wants_pairs = [](const Setup* setup) { return setup->wants_pairs(); };
  while (sys::now_ns() < end && std::any_of(order.begin(), order.end(), wants_pairs)) {
    sys::shuffle(order, random);
    for (Setup* setup : order) {
      if (setup->wants_pairs() && sys::now_ns() < end) add_pair(*setup, runner, stop);
    }
  }

  std::vector<MeasuringNoise> ways;
  for (std::size_t metric = 0; metric < metrics.size(); ++metric) {
    for (const Setup& setup : setups) ways.push_back(noise_of(setup, metric));
  }
  return ways;
}

cell::Cell pilot_cell(const Registry& registry) { return pilot_plan(registry).cells.front(); }

std::vector<MeasuringNoise> probe_with_pilot(const Registry& registry, const datagen::CacheOptions& cache,
                                             sys::Nanoseconds budget_ns, text::Progress& progress,
                                             sys::Interrupts& interrupts) {
  const cell::Plan plan = pilot_plan(registry);
  const cell::Datasets datasets = prepare_data(plan, cache, progress, interrupts);
  results::ForkingRunner runner(datasets, interrupts, run_deadline_ns, {});
  return probe_measuring(runner, plan.cells.front(), budget_ns, [&] { return interrupts.signal() != 0; });
}

std::size_t pairs_needed_by_gate(double log_sd) {
  const stats::GateRule rule;
  return std::max(stats::gate_looks.front(),
                  stats::pairs_needed(log_sd, rule.effect, rule.screening.alpha, rule.screening.beta));
}

std::optional<Measuring> choose_measuring(std::span<const MeasuringNoise> ways) {
  // The fewest pairs by each metric, the most natural metric first.
  std::map<pipeline::Metric, std::size_t> fewest;
  for (const MeasuringNoise& way : ways) {
    if (!way.reason.empty()) continue;
    const auto known = fewest.try_emplace(way.how.metric, way.pairs_needed).first;
    known->second = std::min(known->second, way.pairs_needed);
  }
  if (fewest.empty()) return std::nullopt;
  auto metric = std::ranges::find_if(fewest, [](const auto& of) { return of.second <= pairs_affordable; });
  if (metric == fewest.end())
    metric = std::ranges::min_element(fewest, {}, [](const auto& of) { return of.second; });

  const double enough = alike * static_cast<double>(metric->second);
  const auto rank = [](const Measuring& how) { return std::pair(how.placement, how.memory); };
  std::optional<Measuring> best;
  for (const MeasuringNoise& way : ways) {
    if (!way.reason.empty() || way.how.metric != metric->first) continue;
    if (static_cast<double>(way.pairs_needed) > enough) continue;
    if (!best || rank(way.how) < rank(*best)) best = way.how;
  }
  return best;
}

nlohmann::ordered_json to_json(const Measuring& how) {
  return {{"placement", to_string(how.placement)},
          {"memory", to_string(how.memory)},
          {"metric", to_string(how.metric)}};
}

nlohmann::ordered_json to_json(std::span<const MeasuringNoise> ways) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const MeasuringNoise& way : ways) {
    nlohmann::ordered_json entry = to_json(way.how);
    entry["pairs"] = way.pairs;
    if (way.reason.empty()) {
      entry["log_sd"] = way.log_sd;
      entry["pairs_needed"] = way.pairs_needed;
    } else {
      entry["reason"] = way.reason;
    }
    list.push_back(std::move(entry));
  }
  return list;
}

}  // namespace ipcsort::doctor
