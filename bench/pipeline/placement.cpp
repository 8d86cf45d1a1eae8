#include "bench/pipeline/placement.hpp"

#include "sys/affinity.hpp"

namespace ipcsort::pipeline {

Places::Places(Placement placement) : placement_(placement), cpus_(sys::allowed_cpus()) {}

void Places::take_parent_place() const {
  if (placement_ == Placement::spread || placement_ == Placement::one) sys::pin_to_cpu(cpus_.back());
}

void Places::take_worker_place(int worker) const {
  if (placement_ == Placement::one) sys::pin_to_cpu(cpus_.back());
  if (placement_ == Placement::spread || placement_ == Placement::pairs)
    sys::pin_to_cpu(cpus_[static_cast<std::size_t>(worker) % cpus_.size()]);
}

void Places::take_receiver_place(int worker) const {
  if (placement_ == Placement::pairs) take_worker_place(worker);
}

unsigned Places::parent_threads() const noexcept {
  return placement_ == Placement::free || placement_ == Placement::pairs ? static_cast<unsigned>(cpus_.size())
                                                                         : 1;
}

unsigned Places::workers_threads() const noexcept {
  return placement_ == Placement::one ? 1 : static_cast<unsigned>(cpus_.size());
}

}  // namespace ipcsort::pipeline
