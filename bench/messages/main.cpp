// The benchmark program behind `ipcsort micro`. It takes Google Benchmark's own options and those that select
// what is measured; its JSON is read by Google Benchmark's compare.py.
#include <benchmark/benchmark.h>
#include <signal.h>

#include <iostream>
#include <string>
#include <vector>

#include "bench/cli/command.hpp"
#include "bench/cli/options.hpp"
#include "bench/messages/benchmarks.hpp"
#include "bench/messages/interruption.hpp"
#include "bench/messages/options.hpp"
#include "sys/error.hpp"
#include "sys/object_log.hpp"
#include "sys/text.hpp"

namespace {

using namespace ipcsort;
using namespace ipcsort::messages;

int measure(const std::vector<std::string>& words) {
  const Registry registry = builtin_transports();
  const auto options = selection_options();
  const Selection selection = selection_from(registry, cli::parse_words(words, options.options));
  install_interruption();
  sys::ObjectLog objects;
  const std::vector<std::string> skipped = register_transports(selection, objects);
  if (selection.kernels) register_kernels(selection.kernel_numbers);
  for (const std::string& reason : skipped) std::cerr << "ipcsort: " << reason << "\n";
  if (!skipped.empty()) benchmark::AddCustomContext("skipped", sys::join(skipped, "; "));
  if (benchmark::RunSpecifiedBenchmarks() == 0) {
    std::cerr << "ipcsort: nothing that was selected can be measured here\n";
    return exit_failed;
  }
  const int signal = interrupting_signal();
  return signal == 0 ? exit_done : exit_interrupted(signal);
}

}  // namespace

int main(int argc, char** argv) {
  ::signal(SIGPIPE, SIG_IGN);
  benchmark::Initialize(&argc, argv);  // takes its own options out of argv
  try {
    return measure({argv + 1, argv + argc});
  } catch (const UsageError& error) {
    std::cerr << "ipcsort: " << error.what() << "\n";
    return exit_usage;
  } catch (const std::exception& error) {
    std::cerr << "ipcsort: " << error.what() << "\n";
    return exit_failed;
  }
}
