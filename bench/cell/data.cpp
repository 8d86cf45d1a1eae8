#include "bench/cell/data.hpp"

#include <algorithm>
#include <string>

#include "datagen/inputs.hpp"
#include "sys/error.hpp"
#include "sys/text.hpp"

namespace ipcsort::cell {

Datasets input_data(Grid& grid, const datagen::CacheOptions& cache, sys::Interrupts& interrupts) {
  datagen::Dataset dataset =
      datagen::scan_inputs(grid.data.inputs, cache.directory, [&] { return interrupts.signal() != 0; });
  if (dataset.fingerprint.count == 0)
    throw UsageError("--input: there is no number in these files, so nothing would be measured");
  grid.files = {dataset.files.size()};
  grid.numbers = {dataset.fingerprint.count};
  Datasets datasets;
  datasets.emplace(std::pair(grid.files.front(), grid.numbers.front()), std::move(dataset));
  return datasets;
}

datagen::DataSpec spec_of(const CellId& id) {
  return {id.data.distribution.value_or(datagen::Distribution::uniform), id.data.seed,
          static_cast<std::uint32_t>(id.files), id.numbers};
}

std::vector<datagen::DataSpec> data_needed(const Plan& plan) {
  std::vector<datagen::DataSpec> specs;
  for (const Cell& cell : plan.cells) {
    const datagen::DataSpec spec = spec_of(cell);
    if (cell.skip_reason.empty() && std::ranges::find(specs, spec) == specs.end()) specs.push_back(spec);
  }
  return specs;
}

Datasets prepare_data(const Plan& plan, const datagen::CacheOptions& cache, text::Progress& progress,
                      sys::Interrupts& interrupts) {
  const std::vector<datagen::DataSpec> specs = data_needed(plan);
  datagen::require_room(specs, cache);
  Datasets datasets;
  for (const datagen::DataSpec& spec : specs) {
    const std::string what = sys::format_count(spec.numbers) + " " +
                             std::string{datagen::to_string(spec.distribution)} + " numbers in " +
                             std::to_string(spec.files) + (spec.files == 1 ? " file" : " files");
    const auto on_progress = [&](std::uint64_t done, std::uint64_t estimated) {
      if (estimated > 0) {
        progress.generating(what, std::min(1.0, static_cast<double>(done) / static_cast<double>(estimated)));
      }
    };
    datasets.emplace(std::pair(std::uint64_t{spec.files}, spec.numbers),
                     datagen::ensure(spec, cache, on_progress, [&] { return interrupts.signal() != 0; }));
  }
  return datasets;
}

}  // namespace ipcsort::cell
