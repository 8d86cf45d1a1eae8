// Which way of measuring varies least on this machine: how many pairs a comparison needs grows with the
// square of the noise, so lowering the noise is worth more than any test.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bench/pipeline/settings.hpp"
#include "bench/results/measure.hpp"
#include "bench/text/progress.hpp"
#include "datagen/cache.hpp"
#include "datagen/stop.hpp"
#include "sys/clock.hpp"
#include "sys/interrupts.hpp"
#include "transports/registry.hpp"

namespace ipcsort::doctor {

struct Measuring {
  pipeline::Placement placement = pipeline::Placement::free;
  pipeline::Memory memory = pipeline::Memory::fresh;
  pipeline::Metric metric = pipeline::Metric::total;

  bool operator==(const Measuring&) const = default;
};
// "--placement one --memory fresh --metric total"
std::string options_text(const Measuring& measuring);

struct MeasuringNoise {
  Measuring how;
  // Of d = ln(second / first) of two runs of the same thing, one right after the other: the standard
  // deviation that a normal sample would have whose 95 % signed-rank interval is as wide. It is what the
  // gate's test faces; the plain standard deviation is several times as large when a few runs are far off.
  double log_sd = 0;
  std::size_t pairs = 0;         // that it was estimated from
  std::size_t pairs_needed = 0;  // for the gate to find a change of GateRule::effect
  std::string reason{};          // not empty: it could not be measured, and the figures above mean nothing
};

// With fewer pairs a spread says next to nothing; more of them tell nothing new.
inline constexpr std::size_t probe_pairs_min = 8;
inline constexpr std::size_t probe_pairs_max = 160;

// Every placement with every memory by every metric, from pairs of runs of `pilot` (whose placement and
// memory are replaced), interleaved in random order until `budget_ns` is over or each has probe_pairs_max.
// All metrics come from the same runs. Throws datagen::Interrupted when `stop` says so or a run was
// interrupted.
std::vector<MeasuringNoise> probe_measuring(results::CellRunner& runner, const cell::Cell& pilot,
                                            sys::Nanoseconds budget_ns, const datagen::Stop& stop);

// The cell whose runs tell how to measure on this machine: small and quick, so that there are many pairs; two
// workers send at once, apart from all else.
cell::Cell pilot_cell(const Registry& registry);

// probe_measuring with that cell, after its numbers have been made.
std::vector<MeasuringNoise> probe_with_pilot(const Registry& registry, const datagen::CacheOptions& cache,
                                             sys::Nanoseconds budget_ns, text::Progress& progress,
                                             sys::Interrupts& interrupts);

// How many pairs the gate's screening needs to find GateRule::effect at this noise; at least those of its
// first look. A cell that is flagged is measured as often again.
std::size_t pairs_needed_by_gate(double log_sd);

// As many pairs as a gate can afford for a metric that says more to a user.
inline constexpr std::size_t pairs_affordable = 40;

// By what a user waits for (total), if some way of that needs no more than pairs_affordable; otherwise by a
// part of it (transfer), otherwise by what does not see waiting (cpu); by that with the fewest if none is
// affordable. Of the ways that need at most half as many pairs again as the metric's best, which so short a
// probe cannot tell apart, the most natural one: placed freely before spread before on one CPU, then with
// fresh memory. None if nothing was measured.
std::optional<Measuring> choose_measuring(std::span<const MeasuringNoise> ways);

// {placement, memory, metric}
nlohmann::ordered_json to_json(const Measuring& how);
// [{placement, memory, metric, pairs, log_sd, pairs_needed} or {placement, memory, metric, pairs, reason}]
nlohmann::ordered_json to_json(std::span<const MeasuringNoise> ways);

}  // namespace ipcsort::doctor
