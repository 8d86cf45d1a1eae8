#include "bench/pipeline/partition.hpp"

#include <algorithm>
#include <cstdint>
#include <numeric>

#include "sys/error.hpp"

namespace ipcsort::pipeline {
namespace {

using datagen::InputFile;
using datagen::Segment;

Segment piece(const InputFile& file, std::uint64_t begin_bytes, std::uint64_t end_bytes) {
  return {file.path, begin_bytes, end_bytes, file.bytes, file.mtime_ns};
}

// Whole files by longest processing time first. The order of files within a worker is the user's.
std::vector<std::vector<Segment>> deal_whole_files(std::span<const InputFile> files, std::size_t workers) {
  std::vector<std::size_t> by_size(files.size());
  std::iota(by_size.begin(), by_size.end(), std::size_t{0});
  std::stable_sort(by_size.begin(), by_size.end(),
                   [&](std::size_t a, std::size_t b) { return files[a].bytes > files[b].bytes; });
  std::vector<std::uint64_t> load_bytes(workers, 0);
  std::vector<std::vector<std::size_t>> dealt(workers);
  for (const std::size_t file : by_size) {
    // Empty files weigh nothing, so the number of files breaks the tie: every worker gets one.
    const auto lightest = std::min_element(dealt.begin(), dealt.end(), [&](const auto& a, const auto& b) {
      const auto load = [&](const auto& d) {
        return load_bytes[static_cast<std::size_t>(&d - dealt.data())];
      };
      return std::pair(load(a), a.size()) < std::pair(load(b), b.size());
    });
    lightest->push_back(file);
    load_bytes[static_cast<std::size_t>(lightest - dealt.begin())] += files[file].bytes;
  }
  std::vector<std::vector<Segment>> pieces(workers);
  for (std::size_t worker = 0; worker < workers; ++worker) {
    std::sort(dealt[worker].begin(), dealt[worker].end());
    for (const std::size_t file : dealt[worker])
      pieces[worker].push_back(piece(files[file], 0, files[file].bytes));
  }
  return pieces;
}

// Each file gets one piece; each further worker halves the burden of the file whose pieces are largest.
std::vector<std::vector<Segment>> cut_files(std::span<const InputFile> files, std::size_t workers) {
  std::vector<std::uint64_t> cuts(files.size(), 1);
  for (std::size_t given = files.size(); given < workers; ++given) {
    const auto largest = std::max_element(cuts.begin(), cuts.end(), [&](const auto& a, const auto& b) {
      const auto bytes = [&](const auto& c) {
        return files[static_cast<std::size_t>(&c - cuts.data())].bytes;
      };
      return bytes(a) * b < bytes(b) * a;
    });
    ++*largest;
  }
  std::vector<std::vector<Segment>> pieces;
  for (std::size_t file = 0; file < files.size(); ++file) {
    const std::uint64_t bytes = files[file].bytes;
    const auto cut_at = [&](std::uint64_t k) {
      return bytes / cuts[file] * k + bytes % cuts[file] * k / cuts[file];
    };
    for (std::uint64_t k = 0; k < cuts[file]; ++k)
      pieces.push_back({piece(files[file], cut_at(k), cut_at(k + 1))});
  }
  return pieces;
}

}  // namespace

std::size_t RunPlan::numbers_max() const noexcept {
  std::size_t numbers = 0;
  for (const Segment& segment : segments) {
    // A piece may end in the middle of a number that it owns, hence one more.
    numbers += datagen::numbers_max(segment.end_bytes - segment.begin_bytes) + 1;
  }
  return numbers;
}

std::vector<WorkerPlan> share_out(std::span<const InputFile> files, int workers, Merge merge) {
  if (files.empty()) throw UsageError("there is no input file to share out");
  if (workers < 1) throw UsageError("at least one worker is needed");
  const auto worker_count = static_cast<std::size_t>(workers);
  const auto pieces =
      files.size() >= worker_count ? deal_whole_files(files, worker_count) : cut_files(files, worker_count);
  std::vector<WorkerPlan> plans;
  for (const std::vector<Segment>& segments : pieces) {
    WorkerPlan plan;
    if (merge == Merge::multiway) {
      plan.runs.push_back({segments});
    } else {
      for (const Segment& segment : segments) plan.runs.push_back({{segment}});
    }
    plans.push_back(std::move(plan));
  }
  return plans;
}

}  // namespace ipcsort::pipeline
