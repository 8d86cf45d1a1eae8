// The benchmark program behind `ipcsort micro`. It takes Google Benchmark's own options and those that select
// what is measured; its JSON is read by Google Benchmark's compare.py.
#include <benchmark/benchmark.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <iostream>
#include <string>
#include <vector>

#include "bench/cli/command.hpp"
#include "bench/cli/options.hpp"
#include "bench/messages/benchmarks.hpp"
#include "bench/messages/interruption.hpp"
#include "bench/messages/options.hpp"
#include "sys/error.hpp"
#include "sys/interrupts.hpp"
#include "sys/object_log.hpp"
#include "sys/text.hpp"

namespace {

using namespace ipcsort;
using namespace ipcsort::messages;

// Google Benchmark's own heading and table go nowhere.
class Silence : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context&) override { return true; }
  void ReportRuns(const std::vector<Run>&) override {}
};

// That table, without a line for each of the repetitions that are no longer made.
class UntilInterrupted : public benchmark::ConsoleReporter {
 public:
  UntilInterrupted() : ConsoleReporter(::isatty(STDOUT_FILENO) != 0 ? OO_Color : OO_None) {}
  void ReportRuns(const std::vector<Run>& runs) override {
    if (interruption().empty()) ConsoleReporter::ReportRuns(runs);
  }
};

int measure(const std::vector<std::string>& words) {
  const Registry registry = builtin_transports();
  std::vector<cli::Option> options = selection_options().options;
  options.push_back({"quiet", "", "print nothing but errors"});
  const cli::Values values = cli::parse_words(words, options);
  const Selection selection = selection_from(registry, values);
  install_interruption();
  // A measuring process that is killed leaves its other side to us, and nobody else might collect that.
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  sys::ObjectLog objects;
  const std::vector<std::string> skipped = register_transports(selection, objects);
  if (selection.kernels) register_kernels(selection.kernel_numbers);
  if (!values.has("quiet")) {
    for (const std::string& reason : skipped) std::cerr << "ipcsort: " << reason << "\n";
  }
  if (!skipped.empty()) benchmark::AddCustomContext("skipped", sys::join(skipped, "; "));
  Silence silence;
  UntilInterrupted table;
  benchmark::BenchmarkReporter* const reporter =
      values.has("quiet") ? static_cast<benchmark::BenchmarkReporter*>(&silence) : &table;
  if (benchmark::RunSpecifiedBenchmarks(reporter) == 0) {
    std::cerr << "ipcsort: nothing that was selected can be measured here\n";
    return exit_failed;
  }
  while (::waitpid(-1, nullptr, 0) > 0) {  // they die with the process that made them
  }
  const int signal = interrupting_signal();
  return signal == 0 ? exit_done : exit_interrupted(signal);
}

}  // namespace

int main(int argc, char** argv) {
  sys::take_signals_in_hand();
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
