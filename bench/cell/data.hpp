// The numbers that a plan needs, made or found before anything is measured.
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "bench/cell/plan.hpp"
#include "bench/text/progress.hpp"
#include "datagen/cache.hpp"
#include "sys/interrupts.hpp"

namespace ipcsort::cell {

// The data of a plan: generated sets by (files, numbers), or the user's files under the one key.
using Datasets = std::map<std::pair<std::uint64_t, std::uint64_t>, datagen::Dataset>;

// What a generated set of `id` is.
datagen::DataSpec spec_of(const CellId& id);

// The sets to generate for the cells of `plan` that are not skipped, each once.
std::vector<datagen::DataSpec> data_needed(const Plan& plan);

// Makes or finds all data that the cells of `plan` which are not skipped need, before anything is measured;
// nothing is made unless the disk has room for all. Throws what datagen throws.
Datasets prepare_data(const Plan& plan, const datagen::CacheOptions& cache, text::Progress& progress,
                      sys::Interrupts& interrupts);

// Scans the user's own files, or knows them from `cache`, and sets the axes of `grid` that follow from them. Throws
// datagen::ParseError, UsageError, datagen::Interrupted.
Datasets input_data(Grid& grid, const datagen::CacheOptions& cache, sys::Interrupts& interrupts);

}  // namespace ipcsort::cell
