#include "bench/driver/sweep.hpp"

#include <algorithm>
#include <set>

#include "bench/driver/interference.hpp"
#include "bench/driver/machine.hpp"
#include "bench/driver/wording.hpp"
#include "bench/pipeline/partition.hpp"
#include "sys/text.hpp"

namespace ipcsort::driver {
namespace {

std::set<std::uint64_t> recorded(const ResultDirectory& results) {
  std::set<std::uint64_t> seqs;
  for (const RunRow& row : results.rows()) {
    if (row.status != "interrupted") seqs.insert(row.seq);
  }
  return seqs;
}

void count(const RunRow& row, SweepCounts& counts) {
  if (row.status == "ok") {
    ++counts.ok;
  } else if (row.status == "skipped") {
    ++counts.skipped;
  } else if (row.status != "interrupted") {
    ++counts.failed;
  }
}

// The latest calibration of each condition, valid within its block.
class CeilingMemory {
 public:
  void note(const Cell& cell, const RunRow& row) {
    Entry& entry = of(cell.condition, row.block);
    if (cell.subject.kind == pipeline::SubjectKind::memcpy_one_copy) {
      entry.ceilings.one_copy_bytes_per_s = row.transfer_bytes_per_s;
    } else if (cell.subject.kind == pipeline::SubjectKind::memcpy_two_copies) {
      entry.ceilings.two_copies_bytes_per_s = row.transfer_bytes_per_s;
    }
  }
  const Ceilings& at(const Cell& cell, int block) { return of(cell.condition, block).ceilings; }

 private:
  struct Entry {
    int block = -1;
    Ceilings ceilings;
  };
  Entry& of(std::size_t condition, int block) {
    Entry& entry = entries_[condition];
    if (entry.block != block) entry = {block, {}};
    return entry;
  }
  std::map<std::size_t, Entry> entries_;
};

RunRow skipped_row(const Plan& plan, const Slot& slot) {
  const Cell& cell = plan.cells[slot.cell];
  RunRow row = row_for(cell, slot, plan.data);
  row.started_utc = utc_now();
  row.status = "skipped";
  row.error = cell.skip_reason;
  return row;
}

double seconds_left(const std::vector<Slot>& schedule, const std::set<std::uint64_t>& done,
                    const CostEstimate& costs) {
  if (!costs.known()) return -1;
  double left = 0;
  for (const Slot& slot : schedule) {
    if (!done.contains(slot.seq)) left += costs.cost_s(slot.cell);
  }
  return left;
}

}  // namespace

Datasets input_data(Grid& grid, sys::Interrupts& interrupts) {
  datagen::Dataset dataset;
  for (const std::string& path : grid.data.inputs) {
    dataset.files.push_back(datagen::scan_file(path, [&] { return interrupts.signal() != 0; }));
    dataset.fingerprint += dataset.files.back().fingerprint;
    dataset.bytes += dataset.files.back().bytes;
  }
  grid.files = {static_cast<std::uint32_t>(dataset.files.size())};
  grid.numbers = {dataset.fingerprint.count};
  Datasets datasets;
  datasets.emplace(std::pair(grid.files.front(), grid.numbers.front()), std::move(dataset));
  return datasets;
}

Datasets prepare_data(const Plan& plan, const datagen::CacheOptions& cache, Progress& progress,
                      sys::Interrupts& interrupts) {
  Datasets datasets;
  for (const Cell& cell : plan.cells) {
    const auto key = std::pair(cell.files, cell.numbers);
    if (datasets.contains(key)) continue;
    const datagen::DataSpec spec{plan.data.distribution, plan.data.seed, cell.files, cell.numbers};
    const std::string what = sys::format_count(cell.numbers) + " " +
                             std::string{datagen::to_string(plan.data.distribution)} + " numbers in " +
                             std::to_string(cell.files) + (cell.files == 1 ? " file" : " files");
    const auto on_progress = [&](std::uint64_t done, std::uint64_t estimated) {
      if (estimated > 0) {
        progress.generating(what, std::min(1.0, static_cast<double>(done) / static_cast<double>(estimated)));
      }
    };
    datasets.emplace(key,
                     datagen::ensure(spec, cache, on_progress, [&] { return interrupts.signal() != 0; }));
  }
  return datasets;
}

ForkingRunner::ForkingRunner(const Datasets& datasets, sys::Interrupts& interrupts,
                             sys::Nanoseconds deadline_ns, Sabotage sabotage)
    : datasets_(datasets),
      interrupts_(interrupts),
      deadline_ns_(deadline_ns),
      sabotage_(std::move(sabotage)) {}

pipeline::RunResult ForkingRunner::run(const Cell& cell) {
  const datagen::Dataset& data = datasets_.at({cell.files, cell.numbers});
  pipeline::Job job;
  job.subject = cell.subject;
  job.settings = cell.settings;
  job.workers = pipeline::share_out(data.files, cell.workers, cell.settings.merge);
  job.expected = data.fingerprint;
  job.deadline_ns = deadline_ns_;
  job.fault = pipeline::parse_fault(sabotage_.fault, cell.workers);
  job.slowdown = sabotage_.slowdown;
  std::vector<pipeline::RunFigures> repeats;
  pipeline::RunResult result;
  while (repeats.size() < static_cast<std::size_t>(cell.repeats)) {
    result = pipeline::run_once(job, objects_, interrupts_.fd());
    if (result.status != pipeline::Status::ok) return result;
    repeats.push_back(result.figures);
  }
  result.figures = pipeline::mean_of(repeats);
  return result;
}

RunRow measure(const Cell& cell, const Slot& slot, const DataSource& data, CellRunner& runner,
               const Ceilings& ceilings) {
  const Window window;
  const pipeline::RunResult result = runner.run(cell);
  return row_for(cell, slot, data, result, window.end(), ceilings);
}

SweepCounts run_schedule(const Plan& plan, const std::vector<Slot>& schedule, CellRunner& runner,
                         ResultDirectory& results, Progress& progress) {
  SweepCounts counts;
  for (const RunRow& row : results.rows()) count(row, counts);
  std::set<std::uint64_t> done = recorded(results);
  CeilingMemory ceilings;
  for (const RunRow& row : results.rows()) {
    if (row.seq < schedule.size()) ceilings.note(plan.cells[schedule[row.seq].cell], row);
  }
  CostEstimate costs;
  for (const Slot& slot : schedule) {
    if (done.contains(slot.seq)) continue;
    const Cell& cell = plan.cells[slot.cell];
    progress.running(done.size(), schedule.size(), describe(cell), seconds_left(schedule, done, costs));
    const sys::Nanoseconds begin = sys::now_ns();
    const RunRow row = cell.skip_reason.empty()
                           ? measure(cell, slot, plan.data, runner, ceilings.at(cell, slot.block))
                           : skipped_row(plan, slot);
    ceilings.note(cell, row);
    if (cell.skip_reason.empty()) costs.ran(slot.cell, sys::now_ns() - begin);
    results.append(row);
    count(row, counts);
    done.insert(slot.seq);
    if (row.status == "interrupted") {
      counts.interrupted = true;
      return counts;
    }
    if (row.status != "ok") progress.note(describe(cell) + ": " + row.status + ": " + row.error);
  }
  return counts;
}

}  // namespace ipcsort::driver
