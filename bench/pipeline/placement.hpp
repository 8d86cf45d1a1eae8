// Where the processes of a run execute.
#pragma once

#include <vector>

#include "bench/pipeline/settings.hpp"

namespace ipcsort::pipeline {

class Places {
 public:
  // Made in the run process before anything of it is pinned.
  explicit Places(Placement placement);

  // Throw std::system_error. Unless it is free or pairs, the parent gets the last CPU, and so do its
  // receiving and merging threads; the first ones, where interrupts usually arrive, go to the workers, in
  // turn.
  void take_parent_place() const;
  void take_worker_place(int worker) const;
  void take_receiver_place(int worker) const;  // by the thread that receives from it

  // How many threads may do one piece of work at once.
  [[nodiscard]] unsigned parent_threads() const noexcept;   // at the parent's place
  [[nodiscard]] unsigned workers_threads() const noexcept;  // at the workers' places

 private:
  Placement placement_;
  std::vector<int> cpus_;
};

}  // namespace ipcsort::pipeline
