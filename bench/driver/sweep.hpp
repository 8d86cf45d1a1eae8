// The loop: every slot of the schedule becomes a row.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bench/driver/plan.hpp"
#include "bench/driver/progress.hpp"
#include "bench/driver/results.hpp"
#include "bench/driver/schedule.hpp"
#include "datagen/cache.hpp"
#include "sys/interrupts.hpp"

namespace ipcsort::driver {

// Runs one cell once. The seam at the machine's edge: tests put an exact fake here.
class CellRunner {
 public:
  virtual ~CellRunner() = default;
  virtual pipeline::RunResult run(const Cell& cell) = 0;
};

// The data of a plan: generated sets by (files, numbers), or the user's files under the one key.
using Datasets = std::map<std::pair<std::uint32_t, std::uint64_t>, datagen::Dataset>;

// The sets to generate for the cells of `plan` that are not skipped, each once.
std::vector<datagen::DataSpec> data_needed(const Plan& plan);

// Makes or finds all data that the cells of `plan` which are not skipped need, before anything is measured;
// nothing is made unless the disk has room for all. Throws what datagen throws.
Datasets prepare_data(const Plan& plan, const datagen::CacheOptions& cache, Progress& progress,
                      sys::Interrupts& interrupts);

// Scans the user's own files, and sets the axes of `grid` that follow from them. Throws datagen::ParseError,
// UsageError, datagen::Interrupted.
Datasets input_data(Grid& grid, sys::Interrupts& interrupts);

// What the environment asks for to test the harness itself.
struct Sabotage {
  std::string fault;  // as IPCSORT_FAULT has it, "" for none
  std::optional<pipeline::Slowdown> slowdown;
};

// Runs cells for real: forks, with the data at hand; each as many times as it has repeats.
class ForkingRunner final : public CellRunner {
 public:
  // Both references must outlive the runner.
  ForkingRunner(const Datasets& datasets, sys::Interrupts& interrupts, sys::Nanoseconds deadline_ns,
                Sabotage sabotage);
  pipeline::RunResult run(const Cell& cell) override;
  void set_deadline(sys::Nanoseconds deadline_ns) noexcept { deadline_ns_ = deadline_ns; }  // of runs to come

 private:
  const Datasets& datasets_;
  sys::Interrupts& interrupts_;
  sys::Nanoseconds deadline_ns_;
  Sabotage sabotage_;
  sys::ObjectLog objects_;
};

// One run of one cell and what the machine did meanwhile, as a row.
RunRow measure(const Cell& cell, const Slot& slot, const DataSource& data, CellRunner& runner,
               const Ceilings& ceilings);

struct SweepCounts {
  std::size_t ok = 0;
  std::size_t failed = 0;
  std::size_t skipped = 0;
  bool interrupted = false;
};

// Runs what `schedule` asks for and `results` has no row for yet, and appends a row each. A failed cell is a
// row; the sweep goes on. Stops early when interrupted. Counts include the rows that were there. Throws
// std::system_error when a row cannot be written.
SweepCounts run_sweep(const Plan& plan, const Schedule& schedule, CellRunner& runner,
                      ResultDirectory& results, Progress& progress);

}  // namespace ipcsort::driver
