// SIGINT and SIGTERM end the measuring, not the program: what is left to measure is skipped with an error,
// and the JSON is whole all the same.
#pragma once

#include <benchmark/benchmark.h>

namespace ipcsort::micro {

void install_interruption();

// The signal that has arrived, 0 for none.
int interrupting_signal() noexcept;

// True, and the benchmark is to return, when such a signal has arrived.
bool skip_when_interrupted(benchmark::State& state);

}  // namespace ipcsort::micro
