#include "bench/messages/benchmarks.hpp"

#include <benchmark/benchmark.h>
#include <fmt/core.h>

#include "bench/cell/plan.hpp"
#include "bench/messages/ceiling.hpp"
#include "bench/messages/exchange.hpp"
#include "bench/messages/repetitions.hpp"
#include "sys/text.hpp"

namespace ipcsort::messages {
namespace {

constexpr std::string_view one_cpu_only = "placement cross is skipped: this process may use one CPU only";

std::uint64_t iterations_of(const benchmark::State& state) {
  return static_cast<std::uint64_t>(state.max_iterations);
}

// Sets the time, unless the exchange went wrong; why it did, or "".
std::string record(benchmark::State& state, const Exchanged& exchanged) {
  if (std::string reason = interruption(); !reason.empty()) return reason;
  if (!exchanged.error.empty()) return exchanged.error;
  // All iterations were made at once, in another process.
  while (state.KeepRunningBatch(state.max_iterations)) state.SetIterationTime(exchanged.seconds);
  return {};
}

std::string throughput(benchmark::State& state, const Condition& condition, sys::ObjectLog& objects) {
  std::string failure = record(state, exchange_one_way(condition, iterations_of(state), objects));
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(condition.message_bytes));
  return failure;
}

std::string latency(benchmark::State& state, const Condition& condition, sys::ObjectLog& objects) {
  const Exchanged exchanged = exchange_both_ways(condition, iterations_of(state), objects);
  std::string failure = record(state, exchanged);
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(2 * state.iterations() * static_cast<std::int64_t>(condition.message_bytes));
  state.counters["latency_p50_s"] = exchanged.latency.p50_s;
  if (exchanged.latency.p90_s) state.counters["latency_p90_s"] = *exchanged.latency.p90_s;
  if (exchanged.latency.p99_s) state.counters["latency_p99_s"] = *exchanged.latency.p99_s;
  if (exchanged.latency.p999_s) state.counters["latency_p999_s"] = *exchanged.latency.p999_s;
  if (exchanged.latency.p9999_s) state.counters["latency_p9999_s"] = *exchanged.latency.p9999_s;
  return failure;
}

std::string name_of(const Condition& condition) {
  std::string name = fmt::format("/transport:{}", pipeline::name_of(condition.subject));
  const std::string options = sys::join(sys::split(cell::options_text(condition.subject.options), ' '), ",");
  if (!options.empty()) name += "/options:" + options;
  return name + fmt::format("/bytes:{}/memory:{}/placement:{}", condition.message_bytes,
                            to_string(condition.memory), to_string(condition.pinning));
}

template <typename Measure>
void add(const char* family, Measure measure, const Condition& condition, sys::ObjectLog& objects) {
  const auto once = [=, &objects](benchmark::State& state) { return measure(state, condition, objects); };
  benchmark::RegisterBenchmark((family + name_of(condition)).c_str(), until_it_fails(once))->UseManualTime();
}

// The subjects that can be used here; `skipped` says why the others cannot.
std::vector<pipeline::Subject> usable(const Selection& selection, std::vector<std::string>& skipped) {
  std::vector<pipeline::Subject> subjects;
  for (const pipeline::Subject& subject : selection.transports) {
    const Availability here = subject.transport->probe();
    if (here.usable)
      subjects.push_back(subject);
    else
      skipped.push_back(cell::label(cell::id_of(subject)) + " is skipped: " + here.reason);
  }
  return subjects;
}

template <typename Measure>
void add_family(const char* family, Measure measure, const Selection& selection,
                const std::vector<pipeline::Subject>& subjects, const Cpus& cpus, sys::ObjectLog& objects) {
  for (const Pinning pinning : selection.pinnings) {
    if (pinning == Pinning::cross && !cpus.second) continue;
    for (const MemoryState memory : selection.memory) {
      for (const std::size_t bytes : selection.message_bytes) {
        for (const pipeline::Subject& subject : subjects) {
          // Two that spin without end would share a processor.
          const bool is_crowded = pinning == Pinning::same || !cpus.second;
          if (subject.transport == &ceiling() && is_crowded) continue;
          add(family, measure, {subject, bytes, memory, pinning, cpus}, objects);
        }
      }
    }
  }
}

}  // namespace

std::vector<std::string> register_transports(const Selection& selection, sys::ObjectLog& objects) {
  if (!selection.throughput && !selection.latency) return {};
  std::vector<std::string> skipped;
  const std::vector<pipeline::Subject> subjects = usable(selection, skipped);
  const Cpus cpus = usable_pair();
  if (selection.throughput) {
    // Whatever is measured is held against it.
    std::vector<pipeline::Subject> and_ceiling = {{pipeline::SubjectKind::transport, &ceiling(), {}}};
    and_ceiling.insert(and_ceiling.end(), subjects.begin(), subjects.end());
    add_family("throughput", throughput, selection, and_ceiling, cpus, objects);
  }
  if (selection.latency) add_family("latency", latency, selection, subjects, cpus, objects);
  for (const Pinning pinning : selection.pinnings) {
    if (pinning == Pinning::cross && !cpus.second) skipped.emplace_back(one_cpu_only);
  }
  return skipped;
}

}  // namespace ipcsort::messages
