// On which CPUs the two processes of a measurement run.
#pragma once

#include <optional>

#include "bench/messages/options.hpp"

namespace ipcsort::messages {

// The CPUs that `same` and `cross` use; `second` is of another core than `first` where there is one, since
// two hyperthreads share the caches that an exchange goes through.
struct Cpus {
  int first = 0;
  std::optional<int> second;  // nothing: this process may use one CPU only
};

Cpus usable_pair();

}  // namespace ipcsort::messages
