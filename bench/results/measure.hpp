// From a cell to a row: what runs it, and what the machine did meanwhile.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "bench/cell/data.hpp"
#include "bench/cell/plan.hpp"
#include "bench/results/run_row.hpp"
#include "sys/interrupts.hpp"

namespace ipcsort::results {

// Runs one cell once. The seam at the machine's edge: tests put an exact fake here.
class CellRunner {
 public:
  virtual ~CellRunner() = default;
  virtual pipeline::RunResult run(const cell::Cell& cell) = 0;
};

// What the environment asks for to test the harness itself.
struct FaultInjection {
  std::string fault;  // as IPCSORT_FAULT has it, "" for none
  std::optional<pipeline::Slowdown> slowdown;
};

// Runs cells for real: forks, with the data at hand; each as many times as it has repeats.
class ForkingRunner final : public CellRunner {
 public:
  // Both references must outlive the runner.
  ForkingRunner(const cell::Datasets& datasets, sys::Interrupts& interrupts, sys::Nanoseconds deadline_ns,
                FaultInjection faults);
  pipeline::RunResult run(const cell::Cell& cell) override;
  // The first run from now on writes there what it has merged; see Job.
  void write_result_to(int fd, std::string name) {
    result_fd_ = fd;
    result_name_ = std::move(name);
  }
  void set_deadline(sys::Nanoseconds deadline_ns) noexcept { deadline_ns_ = deadline_ns; }  // of runs to come

 private:
  const cell::Datasets& datasets_;
  sys::Interrupts& interrupts_;
  sys::Nanoseconds deadline_ns_;
  FaultInjection faults_;
  int result_fd_ = -1;
  std::string result_name_;
  sys::ObjectLog objects_;
};

// One run of one cell, repeats included, and what the machine did meanwhile; and that as a row.
struct Measurement {
  pipeline::RunResult result;
  host::Surroundings surroundings;
};
Measurement measure_once(const cell::Cell& cell, CellRunner& runner);
RunRow measure(const cell::Cell& cell, const Slot& slot, CellRunner& runner, const Ceilings& ceilings);

}  // namespace ipcsort::results
