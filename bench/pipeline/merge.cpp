#include "bench/pipeline/merge.hpp"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <functional>
#include <parallel/algorithm>
#include <thread>
#include <utility>

#include "bench/pipeline/execute.hpp"
#include "bench/pipeline/merge_tree.hpp"
#include "sys/thread.hpp"

namespace ipcsort::pipeline {
namespace {

// The library's function only reads the sequences, but holds them by pointers to non-const.
using Sequences = std::vector<std::pair<std::int32_t*, std::int32_t*>>;

// Below this a part costs more to find than it brings.
constexpr std::size_t numbers_per_part_min = 64 * 1024;
// More parts than threads, so that a thread which others disturb does not keep all waiting for the end.
constexpr std::size_t parts_per_thread = 8;

struct Part {
  std::vector<Run> runs;
  std::span<std::int32_t> out;
};

// Cuts each sequence so that exactly `rank` numbers, the smallest of all, lie before the cuts (multisequence
// selection; Varman et al., "Merging multiple lists on hierarchical-memory multiprocessors", 1991).
std::vector<std::int32_t*> cut_at_rank(Sequences& sequences, std::ptrdiff_t rank) {
  std::vector<std::int32_t*> cuts(sequences.size());
  __gnu_parallel::multiseq_partition(sequences.begin(), sequences.end(), rank, cuts.begin(),
                                     std::less<std::int32_t>());
  return cuts;
}

std::vector<Part> cut(const std::vector<Run>& runs, std::span<std::int32_t> out, std::size_t count) {
  Sequences sequences;
  for (const Run& run : runs) {
    auto* begin = const_cast<std::int32_t*>(run.data());
    if (!run.empty()) sequences.emplace_back(begin, begin + run.size());
  }
  std::vector<Part> parts;
  std::vector<std::int32_t*> from;
  for (const auto& sequence : sequences) from.push_back(sequence.first);
  std::int32_t* to_out = out.data();
  for (std::size_t i = 0; i < count; ++i) {
    std::vector<std::int32_t*> to(sequences.size());
    if (i + 1 == count) {
      std::transform(sequences.begin(), sequences.end(), to.begin(), [](const auto& s) { return s.second; });
    } else {
      to = cut_at_rank(sequences, static_cast<std::ptrdiff_t>(out.size() / count * (i + 1)));
    }
    Part part;
    std::size_t size = 0;
    for (std::size_t s = 0; s < sequences.size(); ++s) {
      // In runs that do not ascend after all a later cut may lie before an earlier one. The result is then
      // wrong and verification says so, but nothing may be read or written out of bounds.
      to[s] = std::max(from[s], to[s]);
      part.runs.emplace_back(from[s], to[s]);
      size += part.runs.back().size();
    }
    part.out = {to_out, size};
    to_out += size;
    from = std::move(to);
    parts.push_back(std::move(part));
  }
  return parts;
}

// The array for a result of `count` numbers: `target`, where there is one.
Merged result_of(const Job& job, std::size_t count, SortedRun target) {
  if (!target.memory) target = allocate_run(count, job.settings.pages);
  target.numbers = target.numbers.first(std::min(count, target.numbers.size()));
  return {std::move(target), {}};
}

}  // namespace

void merge_runs(const std::vector<Run>& runs, std::span<std::int32_t> out, unsigned threads) {
  if (out.empty()) return;
  const std::size_t most = out.size() / numbers_per_part_min;
  const std::size_t workers = std::clamp<std::size_t>(most, 1, std::max(threads, 1U));
  const std::vector<Part> parts =
      cut(runs, out, workers == 1 ? 1 : std::min(most, workers * parts_per_thread));
  std::atomic<std::size_t> next = 0;
  const auto take_parts = [&] {
    for (std::size_t i = next.fetch_add(1); i < parts.size(); i = next.fetch_add(1))
      merge_in_cache(parts[i].runs, parts[i].out);
  };
  std::vector<std::jthread> helpers;
  while (helpers.size() + 1 < workers) helpers.push_back(sys::start_thread("merge", take_parts));
  take_parts();  // the caller's thread is one of them
}

std::vector<Run> concat_runs(const std::vector<Run>& runs, std::span<std::int32_t> out) {
  std::vector<Run> copies;
  for (const Run& run : runs) {
    std::copy(run.begin(), run.end(), out.begin());
    copies.emplace_back(out.first(run.size()));
    out = out.subspan(run.size());
  }
  return copies;
}

SortedRun merge_target(const Job& job) {
  if (job.settings.memory == Memory::fresh) return {};
  return allocate_ready_run(job.expected.count, job.settings.pages);
}

Merged merge(const Job& job, const std::vector<Run>& runs, unsigned threads, SortedRun target) {
  const bool concat = job.settings.merge == Merge::concat;
  if (!concat && runs.size() == 1) return {{}, runs};  // a single run is the merged result as it stands
  std::size_t count = 0;
  for (const Run& run : runs) count += run.size();
  Merged merged = result_of(job, count, std::move(target));
  if (concat) {
    merged.sorted_parts = concat_runs(runs, merged.memory.numbers);
  } else {
    merge_runs(runs, merged.memory.numbers, threads);
    merged.sorted_parts = {merged.memory.numbers};
  }
  return merged;
}

Merged merge_arriving(const Job& job, std::span<const std::unique_ptr<RunSource>> sources, std::size_t count,
                      SortedRun target) {
  Merged merged = result_of(job, count, std::move(target));
  merged.sorted_parts = {merged.memory.numbers.first(merge_sources(sources, merged.memory.numbers))};
  return merged;
}

}  // namespace ipcsort::pipeline
