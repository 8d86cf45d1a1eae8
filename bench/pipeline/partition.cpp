#include "bench/pipeline/partition.hpp"

#include <algorithm>
#include <cstdint>
#include <numeric>

#include "sys/error.hpp"

namespace ipcsort::pipeline {
namespace {

using datagen::InputFile;
using datagen::Segment;

// One worker's part of a file, and room for its numbers.
struct Piece {
  Segment segment;
  std::size_t numbers_max = 0;
  std::size_t numbers_likely = 0;
};
using Pieces = std::vector<Piece>;

Piece piece(const InputFile& file, std::uint64_t begin_bytes, std::uint64_t end_bytes) {
  // It may end in the middle of a number that it owns, hence one more; no piece has more than the file.
  const std::uint64_t by_bytes = datagen::numbers_max(end_bytes - begin_bytes) + std::uint64_t{1};
  const auto most = static_cast<std::size_t>(std::min(by_bytes, file.fingerprint.count));
  const double share =
      file.bytes == 0 ? 0 : static_cast<double>(end_bytes - begin_bytes) / static_cast<double>(file.bytes);
  const auto likely = static_cast<std::size_t>(share * static_cast<double>(file.fingerprint.count));
  return {{file.path, begin_bytes, end_bytes, file.bytes, file.mtime_ns}, most, std::min(likely, most)};
}

// Whole files by longest processing time first. The order of files within a worker is the user's.
std::vector<Pieces> deal_whole_files(std::span<const InputFile> files, std::size_t workers) {
  std::vector<std::size_t> by_size(files.size());
  std::iota(by_size.begin(), by_size.end(), std::size_t{0});
  std::stable_sort(by_size.begin(), by_size.end(),
                   [&](std::size_t a, std::size_t b) { return files[a].bytes > files[b].bytes; });
  struct Share {
    std::uint64_t bytes = 0;
    std::vector<std::size_t> files;
  };
  std::vector<Share> shares(workers);
  for (const std::size_t file : by_size) {
    // Empty files weigh nothing, so the number of files breaks the tie: every worker gets one.
    Share& lightest = *std::ranges::min_element(
        shares, {}, [](const Share& share) { return std::pair(share.bytes, share.files.size()); });
    lightest.files.push_back(file);
    lightest.bytes += files[file].bytes;
  }
  std::vector<Pieces> pieces;
  for (Share& share : shares) {
    std::sort(share.files.begin(), share.files.end());
    Pieces& own = pieces.emplace_back();
    for (const std::size_t file : share.files) own.push_back(piece(files[file], 0, files[file].bytes));
  }
  return pieces;
}

// Each file gets one piece; each further worker halves the burden of the file whose pieces are largest.
std::vector<Pieces> cut_files(std::span<const InputFile> files, std::size_t workers) {
  struct Cut {
    const InputFile& file;
    std::uint64_t parts = 1;
  };
  std::vector<Cut> cuts;
  for (const InputFile& file : files) cuts.push_back({file});
  for (std::size_t given = files.size(); given < workers; ++given) {
    const auto is_less = [](const Cut& a, const Cut& b) {
      return a.file.bytes * b.parts < b.file.bytes * a.parts;
    };
    ++std::max_element(cuts.begin(), cuts.end(), is_less)->parts;
  }
  std::vector<Pieces> pieces;
  for (const Cut& cut : cuts) {
    const std::uint64_t bytes = cut.file.bytes;
    const auto cut_at = [&](std::uint64_t k) {
      return bytes / cut.parts * k + bytes % cut.parts * k / cut.parts;
    };
    for (std::uint64_t k = 0; k < cut.parts; ++k)
      pieces.push_back({piece(cut.file, cut_at(k), cut_at(k + 1))});
  }
  return pieces;
}

}  // namespace

std::vector<WorkerPlan> share_out(std::span<const InputFile> files, int workers, Merge merge) {
  if (files.empty()) throw UsageError("there is no input file to share out");
  if (workers < 1) throw UsageError("at least one worker is needed");
  const auto worker_count = static_cast<std::size_t>(workers);
  const auto pieces =
      files.size() >= worker_count ? deal_whole_files(files, worker_count) : cut_files(files, worker_count);
  std::vector<WorkerPlan> plans;
  for (const Pieces& of_worker : pieces) {
    WorkerPlan plan;
    for (const Piece& part : of_worker) {
      if (plan.runs.empty() || merge == Merge::concat) plan.runs.emplace_back();
      plan.runs.back().segments.push_back(part.segment);
      plan.runs.back().numbers_max += part.numbers_max;
      plan.runs.back().numbers_likely += part.numbers_likely;
    }
    plans.push_back(std::move(plan));
  }
  return plans;
}

}  // namespace ipcsort::pipeline
