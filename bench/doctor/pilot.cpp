#include "bench/doctor/pilot.hpp"

#include "bench/cell/data.hpp"
#include "bench/results/measure.hpp"
#include "sys/error.hpp"

namespace ipcsort::doctor {
namespace {

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

}  // namespace

cell::Cell pilot_cell(const Registry& registry) { return pilot_plan(registry).cells.front(); }

std::vector<doctor::MeasuringNoise> probe_with_pilot(const Registry& registry,
                                                     const datagen::CacheOptions& cache,
                                                     sys::Nanoseconds budget_ns, text::Progress& progress,
                                                     sys::Interrupts& interrupts) {
  const cell::Plan plan = pilot_plan(registry);
  const cell::Datasets datasets = prepare_data(plan, cache, progress, interrupts);
  results::ForkingRunner runner(datasets, interrupts, run_deadline_ns, {});
  return doctor::probe_measuring(runner, plan.cells.front(), budget_ns,
                                 [&] { return interrupts.signal() != 0; });
}

}  // namespace ipcsort::doctor
