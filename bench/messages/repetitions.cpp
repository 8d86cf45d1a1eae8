#include "bench/messages/repetitions.hpp"

namespace ipcsort::messages {

void fail(benchmark::State& state, const std::string& reason) {
  if (state.iterations() == 0) state.KeepRunning();
  state.SkipWithError(reason.c_str());
}

}  // namespace ipcsort::messages
