#include "bench/results/measure.hpp"

#include <utility>
#include <vector>

#include "bench/host/interference.hpp"
#include "bench/pipeline/partition.hpp"

namespace ipcsort::results {

ForkingRunner::ForkingRunner(const cell::Datasets& datasets, sys::Interrupts& interrupts,
                             sys::Nanoseconds deadline_ns, FaultInjection faults)
    : datasets_(datasets), interrupts_(interrupts), deadline_ns_(deadline_ns), faults_(std::move(faults)) {}

pipeline::RunResult ForkingRunner::run(const cell::Cell& cell) {
  const datagen::Dataset& data = datasets_.at({cell.files, cell.numbers});
  pipeline::Job job;
  job.subject = cell.pipeline_subject();
  job.settings = cell.settings;
  job.workers = pipeline::share_out(data.files, cell.workers, cell.settings.merge);
  job.expected = data.fingerprint;
  job.deadline_ns = deadline_ns_;
  job.fault = pipeline::parse_fault(faults_.fault, cell.workers);
  job.slowdown = faults_.slowdown;
  job.result_name = result_name_;
  std::vector<pipeline::RunFigures> repeats;
  pipeline::RunResult result;
  sys::Nanoseconds paused_ns = 0;
  while (repeats.size() < static_cast<std::size_t>(cell.repeats)) {
    job.result_fd = std::exchange(result_fd_, -1);
    result = pipeline::run_once(job, objects_, interrupts_.fd());
    paused_ns += result.paused_ns;
    if (result.status == pipeline::Status::error) {
      if (const auto spoilt = datagen::find_spoilt_file(data, [&] { return interrupts_.signal() != 0; }))
        result.error += "; " + *spoilt +
                        " has other content than when it was read, at the same size and time: \"" +
                        data.remedy + "\" has it looked at anew";
    }
    if (result.status != pipeline::Status::ok) return result;
    repeats.push_back(result.figures);
  }
  result.figures = pipeline::mean_of(repeats);
  result.paused_ns = paused_ns;
  return result;
}

Measurement measure_once(const cell::Cell& cell, CellRunner& runner) {
  const host::SurroundingsMeter meter;
  Measurement made{runner.run(cell), {}};
  made.surroundings = meter.end();
  if (made.result.paused_ns > 0) made.surroundings.disturbed = true;
  return made;
}

RunRow measure(const cell::Cell& cell, const Slot& slot, CellRunner& runner, const Ceilings& ceilings) {
  const Measurement made = measure_once(cell, runner);
  return row_for(cell, slot, made.result, made.surroundings, ceilings);
}

}  // namespace ipcsort::results
