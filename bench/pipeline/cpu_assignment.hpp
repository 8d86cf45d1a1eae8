// On which CPUs the processes of a run execute, as Placement says.
#pragma once

#include <vector>

#include "bench/pipeline/settings.hpp"

namespace ipcsort::pipeline {

class CpuAssignment {
 public:
  // Made in the run process before anything of it is pinned.
  explicit CpuAssignment(Placement placement);

  // Throw std::system_error. Unless it is free or pairs, the parent gets the last CPU, and so do its
  // receiving and merging threads; the first ones, where interrupts usually arrive, go to the workers, in
  // turn.
  void pin_parent() const;
  void pin_worker(int worker) const;
  void pin_receiver(int worker) const;  // by the thread that receives from it

  // How many threads may do one piece of work at once.
  [[nodiscard]] unsigned parent_threads() const noexcept;   // at the parent's place
  [[nodiscard]] unsigned workers_threads() const noexcept;  // at the workers' places

 private:
  Placement placement_;
  std::vector<int> cpus_;
};

}  // namespace ipcsort::pipeline
