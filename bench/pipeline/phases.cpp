#include "bench/pipeline/phases.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <vector>

#include "sys/text.hpp"

namespace ipcsort::pipeline {
namespace {

constexpr sys::Nanoseconds Phases::*all_phases[] = {&Phases::spawn_ns, &Phases::read_ns, &Phases::parse_ns,
                                                    &Phases::sort_ns,  &Phases::wait_ns, &Phases::transfer_ns,
                                                    &Phases::other_ns};

constexpr sys::Nanoseconds RunFigures::*all_times[] = {
    &RunFigures::setup_ns, &RunFigures::merge_ns,           &RunFigures::verify_ns,
    &RunFigures::total_ns, &RunFigures::transfer_window_ns, &RunFigures::first_window_ns};

constexpr double RunFigures::*all_ratios[] = {&RunFigures::window_spread, &RunFigures::faults_first,
                                              &RunFigures::faults_steady};

constexpr Phases RunFigures::*all_summaries[] = {&RunFigures::max, &RunFigures::mean, &RunFigures::path};

// A span between two stamps; 0 where the second was never reached.
sys::Nanoseconds between(sys::Nanoseconds from, sys::Nanoseconds to) noexcept {
  return from == 0 || to < from ? 0 : to - from;
}

sys::Nanoseconds transfer_begin(const WorkerBoard& worker, const RunBoard& run, bool has_barrier) noexcept {
  return has_barrier ? std::max(run.go_at, worker.ready_at) : worker.ready_at;
}

Phases phases_of(const WorkerBoard& worker, const RunBoard& run, bool has_barrier) noexcept {
  Phases phases;
  phases.spawn_ns = between(run.started_at, worker.attached_at);
  phases.read_ns = worker.read_ns;
  phases.parse_ns = worker.parse_ns;
  phases.sort_ns = worker.sort_ns;
  const sys::Nanoseconds begin = transfer_begin(worker, run, has_barrier);
  phases.wait_ns = between(worker.ready_at, begin);
  phases.transfer_ns = between(begin, worker.received_at);
  sys::Nanoseconds accounted = 0;
  for (const auto phase : all_phases) accounted += phases.*phase;
  phases.other_ns = std::max<sys::Nanoseconds>(0, between(run.started_at, worker.received_at) - accounted);
  return phases;
}

std::string cpu_list(const Scoreboard& board) {
  std::set<std::int32_t> seen;
  for (const WorkerBoard& worker : board.workers()) seen.insert(worker.cpus.begin(), worker.cpus.end());
  seen.insert(board.run().cpu_at_end);
  seen.erase(0);  // not reached
  std::string text;
  for (const std::int32_t cpu : seen) text += (text.empty() ? "" : " ") + std::to_string(cpu - 1);
  return text;
}

std::optional<std::uint64_t> migrations_of(const Scoreboard& board) {
  std::int64_t sum = board.run().migrations;
  bool known = sum >= 0;
  for (const WorkerBoard& worker : board.workers()) {
    known = known && worker.migrations >= 0;
    sum += worker.migrations;
  }
  return known ? std::optional(static_cast<std::uint64_t>(sum)) : std::nullopt;
}

// What the rounds after the first tell, if all of them were reached.
void set_rounds(const Scoreboard& board, std::size_t times_sent, RunFigures& figures) {
  const auto end = board.run().window_ns.begin() + static_cast<std::ptrdiff_t>(times_sent - 1);
  std::vector<sys::Nanoseconds> windows(board.run().window_ns.begin(), end);
  std::ranges::sort(windows);
  if (windows.empty() || windows.front() == 0) return;
  figures.first_window_ns = figures.transfer_window_ns;
  // Four rounds or more, a power of two: without the first their number is odd.
  figures.transfer_window_ns = windows[windows.size() / 2];
  const std::size_t quarter = windows.size() / 4;
  figures.window_spread = static_cast<double>(windows[windows.size() - 1 - quarter] - windows[quarter]) /
                          static_cast<double>(figures.transfer_window_ns);
  std::array<std::int64_t, 2> faults = board.run().faults;
  for (const WorkerBoard& worker : board.workers()) {
    for (std::size_t i = 0; i < faults.size(); ++i) faults[i] += worker.faults[i];
  }
  figures.faults_first = static_cast<double>(faults[0]);
  figures.faults_steady = static_cast<double>(faults[1]) / static_cast<double>(windows.size());
}

}  // namespace

RunFigures figures_of(const Scoreboard& board, const Settings& settings) {
  const RunBoard& run = board.run();
  const bool has_barrier = settings.has_barrier();
  RunFigures figures;
  figures.setup_ns = between(run.opening_at, run.started_at) + run.attach_ns;
  figures.merge_ns = between(run.received_at, run.merged_at);
  figures.verify_ns = between(run.merged_at, run.verified_at);
  figures.total_ns = between(run.started_at, run.merged_at);
  figures.parent = run.use;
  figures.cpus = cpu_list(board);
  figures.migrations = migrations_of(board);

  sys::Nanoseconds first_begin = 0;
  sys::Nanoseconds last_received = 0;
  for (const WorkerBoard& worker : board.workers()) {
    const Phases phases = phases_of(worker, run, has_barrier);
    for (const auto phase : all_phases) {
      figures.max.*phase = std::max(figures.max.*phase, phases.*phase);
      figures.mean.*phase += phases.*phase;
    }
    if (worker.received_at >= last_received) {
      last_received = worker.received_at;
      figures.path = phases;
    }
    const sys::Nanoseconds begin = transfer_begin(worker, run, has_barrier);
    if (begin != 0 && (first_begin == 0 || begin < first_begin)) first_begin = begin;
    figures.payload_bytes += worker.payload_bytes;
    figures.steps += worker.steps;
    figures.workers += worker.use;
  }
  const auto worker_count = static_cast<sys::Nanoseconds>(board.workers().size());
  for (const auto phase : all_phases) figures.mean.*phase /= std::max<sys::Nanoseconds>(1, worker_count);
  figures.transfer_window_ns = between(first_begin, last_received);
  set_rounds(board, settings.times_sent(), figures);
  // Receiving threads come back after the last byte, and the merge begins after that.
  figures.path.other_ns += between(last_received, run.received_at);
  return figures;
}

RunFigures first_round_of(RunFigures figures) {
  if (figures.first_window_ns > 0) figures.transfer_window_ns = figures.first_window_ns;
  figures.first_window_ns = 0;
  for (const auto ratio : all_ratios) figures.*ratio = 0;
  return figures;
}

RunFigures mean_of(std::span<const RunFigures> repeats) {
  const auto count = static_cast<std::int64_t>(repeats.size());
  RunFigures mean;
  mean.payload_bytes = repeats.front().payload_bytes;  // the same in all
  mean.migrations = 0;
  std::set<std::string> cpus;
  for (const RunFigures& run : repeats) {
    for (const auto time : all_times) mean.*time += run.*time;
    for (const auto ratio : all_ratios) mean.*ratio += run.*ratio / static_cast<double>(repeats.size());
    for (const auto phases : all_summaries) {
      for (const auto phase : all_phases) mean.*phases.*phase += run.*phases.*phase;
    }
    mean.parent += run.parent;
    mean.workers += run.workers;
    mean.steps += run.steps;
    mean.migrations =
        mean.migrations && run.migrations ? std::optional(*mean.migrations + *run.migrations) : std::nullopt;
    for (const std::string& cpu : sys::split(run.cpus, ' ')) cpus.insert(cpu);
  }
  for (const auto time : all_times) mean.*time /= count;
  for (const auto phases : all_summaries) {
    for (const auto phase : all_phases) mean.*phases.*phase /= count;
  }
  mean.parent /= count;
  mean.workers /= count;
  mean.steps /= repeats.size();
  if (mean.migrations) *mean.migrations /= repeats.size();
  mean.cpus = sys::join({cpus.begin(), cpus.end()}, " ");
  return mean;
}

}  // namespace ipcsort::pipeline
