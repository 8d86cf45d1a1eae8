#include "bench/pipeline/merge.hpp"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <parallel/algorithm>
#include <thread>
#include <utility>

#include "sys/thread.hpp"

namespace ipcsort::pipeline {
namespace {

// The library's functions only read what they merge, but hold it by pointers to non-const.
using Sequence = std::pair<std::int32_t*, std::int32_t*>;
using Sequences = std::vector<Sequence>;

// Below this a thread costs more than it brings.
constexpr std::size_t numbers_per_thread_min = 64 * 1024;

// Cuts each sequence so that exactly `rank` numbers, the smallest of all, lie before the cuts (multisequence
// selection; Varman et al., "Merging multiple lists on hierarchical-memory multiprocessors", 1991).
std::vector<std::int32_t*> cut_at_rank(Sequences& sequences, std::ptrdiff_t rank) {
  std::vector<std::int32_t*> cuts(sequences.size());
  __gnu_parallel::multiseq_partition(sequences.begin(), sequences.end(), rank, cuts.begin(),
                                     std::less<std::int32_t>());
  return cuts;
}

void merge_part(Sequences sequences, std::int32_t* out) {
  std::erase_if(sequences, [](const Sequence& sequence) { return sequence.first == sequence.second; });
  std::ptrdiff_t size = 0;
  for (const auto& [begin, end] : sequences) size += end - begin;
  if (sequences.size() == 1) {
    std::copy(sequences.front().first, sequences.front().second, out);
  } else if (!sequences.empty()) {
    __gnu_parallel::multiway_merge(sequences.begin(), sequences.end(), out, size, std::less<std::int32_t>(),
                                   __gnu_parallel::sequential_tag());
  }
}

}  // namespace

void merge_runs(const std::vector<Run>& runs, std::span<std::int32_t> out, unsigned threads) {
  Sequences sequences;
  for (const Run& run : runs) {
    auto* begin = const_cast<std::int32_t*>(run.data());
    if (!run.empty()) sequences.emplace_back(begin, begin + run.size());
  }
  if (sequences.empty()) return;
  const std::size_t parts =
      std::clamp<std::size_t>(out.size() / numbers_per_thread_min, 1, std::max(threads, 1U));
  std::vector<std::jthread> helpers;
  std::vector<std::int32_t*> from;
  for (const auto& sequence : sequences) from.push_back(sequence.first);
  std::int32_t* to_out = out.data();
  for (std::size_t part = 0; part < parts; ++part) {
    std::vector<std::int32_t*> to(sequences.size());
    if (part + 1 == parts) {
      for (std::size_t i = 0; i < sequences.size(); ++i) to[i] = sequences[i].second;
    } else {
      to = cut_at_rank(sequences, static_cast<std::ptrdiff_t>(out.size() / parts * (part + 1)));
    }
    Sequences own;
    std::ptrdiff_t size = 0;
    for (std::size_t i = 0; i < sequences.size(); ++i) {
      // In runs that do not ascend after all a later cut may lie before an earlier one. The result is then
      // wrong and verification says so, but nothing may be read or written out of bounds.
      to[i] = std::max(from[i], to[i]);
      own.emplace_back(from[i], to[i]);
      size += to[i] - from[i];
    }
    from = to;
    if (part + 1 == parts) {
      merge_part(std::move(own), to_out);  // the caller's thread takes the last part
    } else {
      helpers.push_back(
          sys::start_thread("merge", [own = std::move(own), to_out] { merge_part(own, to_out); }));
    }
    to_out += size;
  }
}

void concat_runs(const std::vector<Run>& runs, std::span<std::int32_t> out) {
  auto to = out.begin();
  for (const Run& run : runs) to = std::copy(run.begin(), run.end(), to);
}

}  // namespace ipcsort::pipeline
