#include <sys/resource.h>

#include <algorithm>
#include <thread>

#include "bench/pipeline/execute.hpp"
#include "datagen/writer.hpp"
#include "sys/affinity.hpp"
#include "sys/text.hpp"
#include "sys/thread.hpp"

namespace ipcsort::pipeline {
namespace {

// Over a large result the checksum is the cost, so it is shared out; its parts may be added in any order.
datagen::Fingerprint fingerprint_of(Run numbers, unsigned threads) {
  const std::size_t parts = std::clamp<std::size_t>(numbers.size() / 65536, 1, std::max(threads, 1U));
  std::vector<datagen::Fingerprint> prints(parts);
  {
    std::vector<std::jthread> helpers;
    for (std::size_t part = 0; part < parts; ++part) {
      const std::size_t begin = numbers.size() / parts * part;
      const std::size_t end = part + 1 == parts ? numbers.size() : numbers.size() / parts * (part + 1);
      const Run own = numbers.subspan(begin, end - begin);
      helpers.push_back(
          sys::start_thread("checksum", [&prints, part, own] { prints[part] = datagen::fingerprint(own); }));
    }
  }
  datagen::Fingerprint sum;
  for (const datagen::Fingerprint& print : prints) sum += print;
  return sum;
}

}  // namespace

std::optional<std::string> find_fault(const std::vector<Run>& sorted_parts, datagen::Fingerprint expected,
                                      unsigned threads) {
  datagen::Fingerprint found;
  std::size_t offset = 0;
  for (const Run& part : sorted_parts) {
    const auto bad = std::is_sorted_until(part.begin(), part.end());
    if (bad != part.end()) {
      const std::size_t index = static_cast<std::size_t>(bad - part.begin());
      return "wrong result: not ascending at index " + std::to_string(offset + index) + ", " +
             std::to_string(part[index - 1]) + " stands before " + std::to_string(part[index]);
    }
    offset += part.size();
    found += fingerprint_of(part, threads);
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
