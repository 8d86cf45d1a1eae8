#include <sys/resource.h>

#define XXH_INLINE_ALL  // nothing to link against
#include <xxhash.h>

#include <algorithm>
#include <thread>

#include "bench/pipeline/execute.hpp"
#include "datagen/writer.hpp"
#include "sys/affinity.hpp"
#include "sys/text.hpp"
#include "sys/thread.hpp"

namespace ipcsort::pipeline {
namespace {

constexpr std::size_t block_numbers = 16 * 1024;  // stays in the cache between the two looks at it

struct Look {
  datagen::Fingerprint print;
  std::size_t descends_at = 0;  // the first number that is less than the one before it; the end: none is
};

// At the numbers from `begin` to `end`, and whether the first of them may follow the one before it. Ends where they
// descend.
Look look_at(Run numbers, std::size_t begin, std::size_t end) {
  Look look{{}, begin};
  for (std::size_t at = begin; at < end; at = look.descends_at) {
    const std::size_t block_end = std::min(end, at + block_numbers);
    const Run::iterator first =
        numbers.begin() + static_cast<std::ptrdiff_t>(std::max<std::size_t>(at, 1) - 1);
    const auto bad = std::is_sorted_until(first, numbers.begin() + static_cast<std::ptrdiff_t>(block_end));
    look.descends_at = static_cast<std::size_t>(bad - numbers.begin());
    if (look.descends_at < block_end) return look;
    look.print += datagen::fingerprint(numbers.subspan(at, block_end - at));
  }
  return look;
}

// Shared out over the threads; what they see may be added in any order.
Look look_at(Run numbers, unsigned threads) {
  const std::size_t parts = std::clamp<std::size_t>(numbers.size() / 65536, 1, std::max(threads, 1U));
  const auto begin_of = [&](std::size_t part) {
    return numbers.size() / parts * part + numbers.size() % parts * part / parts;
  };
  std::vector<Look> looks(parts);
  {
    std::vector<std::jthread> helpers;
    for (std::size_t part = 0; part < parts; ++part) {
      helpers.push_back(sys::start_thread("verification", [&looks, &begin_of, numbers, part] {
        looks[part] = look_at(numbers, begin_of(part), begin_of(part + 1));
      }));
    }
  }
  Look all;
  for (std::size_t part = 0; part < parts; ++part) {
    all.print += looks[part].print;
    all.descends_at = looks[part].descends_at;
    if (all.descends_at < begin_of(part + 1)) return all;
  }
  return all;
}

}  // namespace

std::optional<std::string> find_fault(const std::vector<Run>& sorted_parts, datagen::Fingerprint expected,
                                      unsigned threads) {
  datagen::Fingerprint found;
  std::size_t offset = 0;
  for (const Run& part : sorted_parts) {
    const Look look = look_at(part, threads);
    if (const std::size_t index = look.descends_at; index < part.size()) {
      return "wrong result: not ascending at index " + std::to_string(offset + index) + ", " +
             std::to_string(part[index - 1]) + " stands before " + std::to_string(part[index]);
    }
    offset += part.size();
    found += look.print;
  }
  if (found.count != expected.count) {
    return "wrong result: " + std::to_string(found.count) + " numbers arrived of " +
           std::to_string(expected.count);
  }
  if (found.checksum != expected.checksum) {
    return "wrong result: checksum " + sys::hex_text(found.checksum) +
           " of the numbers that arrived is not the input's " + sys::hex_text(expected.checksum);
  }
  return std::nullopt;
}

std::uint64_t content_hash(Run numbers) noexcept { return XXH3_64bits(numbers.data(), numbers.size_bytes()); }

std::optional<std::string> verify(const Job& job, const Merged& merged, const Scoreboard& board) {
  if (job.subject.kind == SubjectKind::transport) slow_total_down(job.slowdown, board);
  board.run().merged_at = sys::now_ns();
  board.run().cpu_at_end = current_cpu();
  board.run().use = sys::cpu_use(RUSAGE_SELF);
  board.run().migrations = sys::migrations_so_far().value_or(-1);
  auto fault = find_fault(merged.sorted_parts, job.expected, sys::usable_cpus());
  board.run().verified_at = sys::now_ns();
  if (fault || job.result_fd < 0) return fault;
  for (const Run part : merged.sorted_parts) datagen::write_numbers(part, job.result_fd, job.result_name);
  return std::nullopt;
}

}  // namespace ipcsort::pipeline
