// Repetitions of a benchmark that fail, or are interrupted.
#pragma once

#include <benchmark/benchmark.h>

#include <memory>
#include <string>

#include "bench/messages/interruption.hpp"

namespace ipcsort::messages {

// Skips what is left of a benchmark with an error. One whose loop has not begun says no iterations, and
// Google Benchmark aborts unless all repetitions say the same number of them: its loop is begun for it.
void fail(benchmark::State& state, const std::string& reason);

// What to register for `measure`, which returns why it failed, or "". Once a repetition has failed, the later
// ones fail at once with the same reason: Google Benchmark 1.7 takes from the first repetition what a failed
// one does not have, and crashes, as soon as two others have figures to sum up.
template <typename Measure>
auto until_it_fails(Measure measure) {
  return [measure, reason = std::make_shared<std::string>()](benchmark::State& state) {
    if (reason->empty()) *reason = interruption();
    if (reason->empty()) *reason = measure(state);
    if (!reason->empty()) fail(state, *reason);
  };
}

}  // namespace ipcsort::messages
