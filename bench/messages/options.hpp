// What to measure on its own: the options that `ipcsort micro` and the benchmark program behind it share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "bench/cli/words.hpp"
#include "bench/pipeline/run.hpp"
#include "transports/registry.hpp"

namespace ipcsort::messages {

// Where a message lies when it is sent and received.
enum class MemoryState {
  hot,     // in the same buffer as the one before, so in cache
  stream,  // behind the one before, in a buffer that is larger than the last-level cache
  cold,    // in the same buffer, which was flushed from the caches before
};
// Where the two processes run.
enum class Pinning {
  same,   // both on one CPU
  cross,  // each on a CPU of its own
  free,   // where the scheduler puts them
};

std::string_view to_string(MemoryState state) noexcept;
std::string_view to_string(Pinning pinning) noexcept;

struct Selection {
  bool throughput = false;
  bool latency = false;
  bool kernels = false;
  std::uint64_t kernel_numbers = 0;
  std::vector<pipeline::Subject> transports;  // each can send and receive
  std::vector<std::size_t> message_bytes;
  std::vector<MemoryState> memory;
  std::vector<Pinning> pinnings;
};

// measure, transports, sizes, memory, numbers, placement: all with defaults.
cli::OptionGroup selection_options();

// Throws UsageError that names the option and the value it does not take.
Selection selection_from(const Registry& registry, const cli::Values& values);

}  // namespace ipcsort::messages
