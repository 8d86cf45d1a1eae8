// How the workload around a transport is done. Each setting is a column of runs.csv and an option of the
// commands.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "bench/pipeline/metric.hpp"
#include "datagen/format.hpp"
#include "sys/mapping.hpp"

namespace ipcsort::pipeline {

enum class Sorter { vqsort, std_sort, qsort };
enum class Drain {
  threads,     // one receiving thread per worker
  sequential,  // worker after worker, as the lecture's parent does
};
enum class TransferMode {
  overlap,  // a worker sends as soon as it has sorted
  barrier,  // all workers are ready, then all send: the clean figure for a transport
};
enum class Merge {
  multiway,   // one sorted array, made when all runs have arrived, by all cores
  streaming,  // likewise, while they arrive, by one: what is received goes no further than the cache before
              // it is merged. What need not be received (lent, or made by threads) is merged as with
              // multiway.
  concat,     // each file's numbers sorted on their own, laid end to end: what the lecture's program does
};
enum class Handover {
  copy,  // the worker sends its array, the parent receives it into one of its own
  lend,  // the worker sorts in memory of the transport's, the parent merges from there
};

enum class Placement {
  free,    // the kernel decides
  spread,  // parent and workers each on one CPU, in turn over all there are
  pairs,   // workers as with spread, and the thread that receives from one on its CPU; merging is free
  one      // all on one CPU: no parallelism, and hardly any noise
};
enum class Memory {
  fresh,  // the parent's arrays are new: their page faults are part of what is measured
  ready   // the parent has touched them before the start
};

struct Settings {
  Sorter sorter = Sorter::vqsort;
  datagen::Parser parser = datagen::Parser::simd;
  Drain drain = Drain::threads;
  TransferMode transfer = TransferMode::overlap;
  Merge merge = Merge::multiway;
  Handover handover = Handover::copy;
  sys::Pages pages = sys::Pages::huge;
  Placement placement = Placement::free;
  Memory memory = Memory::fresh;

  bool operator==(const Settings&) const = default;
};

// The names of the values of each setting, as written in options and CSV; datagen has its own for Parser.
// `parse_setting` throws UsageError that lists them.
std::string_view to_string(Sorter) noexcept;
std::string_view to_string(Drain) noexcept;
std::string_view to_string(TransferMode) noexcept;
std::string_view to_string(Merge) noexcept;
std::string_view to_string(Handover) noexcept;
std::string_view to_string(sys::Pages) noexcept;
std::string_view to_string(Placement) noexcept;
std::string_view to_string(Memory) noexcept;

template <typename Setting>
Setting parse_setting(std::string_view text);

// "vqsort|std|qsort"
template <typename Setting>
std::string setting_values();

}  // namespace ipcsort::pipeline
