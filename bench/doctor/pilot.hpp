// The cell whose runs tell how to measure on this machine.
#pragma once

#include <span>
#include <vector>

#include "bench/cell/plan.hpp"
#include "bench/doctor/measuring.hpp"
#include "bench/text/progress.hpp"
#include "datagen/cache.hpp"
#include "sys/interrupts.hpp"
#include "transports/registry.hpp"

namespace ipcsort::doctor {

// Small and quick, so that there are many pairs; two workers send at once, apart from all else.
cell::Cell pilot_cell(const Registry& registry);

// doctor::probe_measuring with that cell, after its numbers have been made.
std::vector<doctor::MeasuringNoise> probe_with_pilot(const Registry& registry,
                                                     const datagen::CacheOptions& cache,
                                                     sys::Nanoseconds budget_ns, text::Progress& progress,
                                                     sys::Interrupts& interrupts);

}  // namespace ipcsort::doctor
