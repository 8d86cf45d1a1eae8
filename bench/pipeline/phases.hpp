// From the stamps on a scoreboard to the figures of a run: pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "bench/pipeline/scoreboard.hpp"
#include "bench/pipeline/settings.hpp"

namespace ipcsort::pipeline {

// Times of one worker, or a summary over workers, in nanoseconds. They add up to the time from the first fork
// to that worker's last byte in the parent.
struct Phases {
  sys::Nanoseconds spawn_ns = 0;  // first fork to attached
  sys::Nanoseconds read_ns = 0;   // in read(2)
  sys::Nanoseconds parse_ns = 0;
  sys::Nanoseconds sort_ns = 0;
  sys::Nanoseconds wait_ns = 0;      // ready, but the barrier was closed
  sys::Nanoseconds transfer_ns = 0;  // ready (or barrier open) until the parent has the last byte
  sys::Nanoseconds other_ns = 0;     // what none of the above accounts for
};

struct RunFigures {
  Phases max;                     // over workers, each phase on its own
  Phases mean;                    // over workers
  Phases path;                    // of the worker that finished last: with merge_ns these add up to total_ns
  sys::Nanoseconds setup_ns = 0;  // opening the transport and attaching the parent to it
  sys::Nanoseconds merge_ns = 0;
  sys::Nanoseconds verify_ns = 0;  // not part of the total
  sys::Nanoseconds total_ns = 0;   // first fork to merged
  // First byte could flow until last byte received; of several rounds the median of all but the first.
  sys::Nanoseconds transfer_window_ns = 0;
  // Of several rounds; 0 where there is one.
  sys::Nanoseconds first_window_ns = 0;
  double window_spread = 0;  // of all but the first: interquartile range over median
  double faults_first = 0;   // minor page faults of parent and workers in the first round, and ...
  double faults_steady = 0;  // ... in one of the others, on average
  std::uint64_t payload_bytes = 0;
  std::uint64_t steps = 0;
  sys::CpuUse parent;
  sys::CpuUse workers;  // summed; rss_bytes_max of the largest
  // How often the kernel moved the workers and the parent's main thread to another CPU; nothing where it does
  // not say.
  std::optional<std::uint64_t> migrations;
  std::string cpus;  // the CPUs that were seen at work, "0 1"
};

RunFigures figures_of(const Scoreboard& board, const Settings& settings);

// What a run would have been that had ended after its first round.
RunFigures first_round_of(RunFigures figures);

// One figure for several runs of the same thing, one after the other: the mean of each; of peaks the largest,
// of CPUs all. `repeats` is not empty.
RunFigures mean_of(std::span<const RunFigures> repeats);

}  // namespace ipcsort::pipeline
