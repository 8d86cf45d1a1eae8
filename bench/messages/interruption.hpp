// SIGINT and SIGTERM end the measuring, not the program: what is left to measure is skipped with an error,
// and the JSON is whole all the same.
#pragma once

#include <benchmark/benchmark.h>

namespace ipcsort::messages {

void install_interruption();

// The signal that has arrived, 0 for none.
int interrupting_signal() noexcept;

// SkipWithError for a benchmark whose loop has not begun. Google Benchmark aborts unless all repetitions say
// the same number of iterations, and one that is skipped before its loop says none.
void fail(benchmark::State& state, const char* reason);

// True, and the benchmark is to return, when such a signal has arrived.
bool skip_when_interrupted(benchmark::State& state);

}  // namespace ipcsort::messages
