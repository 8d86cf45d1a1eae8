#include "bench/pipeline/cpu_assignment.hpp"

#include "sys/affinity.hpp"

namespace ipcsort::pipeline {

CpuAssignment::CpuAssignment(Placement placement) : placement_(placement), cpus_(sys::allowed_cpus()) {}

void CpuAssignment::pin_parent() const {
  if (placement_ == Placement::spread || placement_ == Placement::one) sys::pin_to_cpu(cpus_.back());
}

void CpuAssignment::pin_worker(int worker) const {
  if (placement_ == Placement::one) sys::pin_to_cpu(cpus_.back());
  if (placement_ == Placement::spread || placement_ == Placement::pairs)
    sys::pin_to_cpu(cpus_[static_cast<std::size_t>(worker) % cpus_.size()]);
}

void CpuAssignment::pin_receiver(int worker) const {
  if (placement_ == Placement::pairs) pin_worker(worker);
}

unsigned CpuAssignment::parent_threads() const noexcept {
  return placement_ == Placement::free || placement_ == Placement::pairs ? static_cast<unsigned>(cpus_.size())
                                                                         : 1;
}

unsigned CpuAssignment::workers_threads() const noexcept {
  return placement_ == Placement::one ? 1 : static_cast<unsigned>(cpus_.size());
}

}  // namespace ipcsort::pipeline
