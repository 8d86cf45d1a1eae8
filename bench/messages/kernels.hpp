// The kernels of the pipeline by themselves.
#pragma once

#include <cstdint>

namespace ipcsort::messages {

// parse, sort, merge and copy become benchmarks of this program. The first two work on `numbers` numbers,
// merge merges four runs of as many, with one thread and with as many as there are CPUs.
void register_kernels(std::uint64_t numbers);

}  // namespace ipcsort::messages
