#include "bench/pipeline/prepare.hpp"

#include <algorithm>

#include "bench/pipeline/sorter.hpp"
#include "sys/clock.hpp"

namespace ipcsort::pipeline {
namespace {

SortedRun read_and_sort(const RunPlan& plan, const Settings& settings, WorkerBoard& board, Lender* lender) {
  // Room for the most numbers that there can be; what is not touched costs address space only.
  SortedRun run = lender != nullptr ? lend_run(plan.numbers_max, plan.numbers_likely, *lender, settings.pages)
                                    : allocate_run(plan.numbers_max, settings.pages);
  std::size_t count = 0;
  datagen::ReadTimes times;
  for (const datagen::Segment& segment : plan.segments) {
    count += datagen::read_segment(settings.parser, segment, run.numbers.subspan(count), times);
  }
  board.read_ns += times.read_ns;
  board.parse_ns += times.parse_ns;
  run.numbers = run.numbers.first(count);
  const sys::Nanoseconds begin = sys::now_ns();
  sort_numbers(settings.sorter, run.numbers);
  board.sort_ns += sys::now_ns() - begin;
  return run;
}

}  // namespace

SortedRun allocate_run(std::size_t count, sys::Pages pages) {
  SortedRun run;
  run.memory = sys::Mapping::private_memory(count * sizeof(std::int32_t), pages);
  run.numbers = {reinterpret_cast<std::int32_t*>(run.memory.data()), count};
  return run;
}

SortedRun lend_run(std::size_t count, std::size_t likely, Lender& lender, sys::Pages pages) {
  const std::span<std::byte> lent = lender.lend(count * sizeof(std::int32_t));
  if (pages == sys::Pages::huge) sys::collapse_into_huge_pages(lent.first(likely * sizeof(std::int32_t)));
  return {{}, {reinterpret_cast<std::int32_t*>(lent.data()), count}};
}

SortedRun allocate_ready_run(std::size_t count, sys::Pages pages) {
  SortedRun run = allocate_run(count, pages);
  run.memory.keep_from_children();
  std::fill(run.numbers.begin(), run.numbers.end(), 0);
  return run;
}

std::size_t lend_bytes(const WorkerPlan& plan) noexcept {
  std::size_t bytes = 0;
  for (const RunPlan& run : plan.runs) bytes += round_up_to_page(run.numbers_max * sizeof(std::int32_t));
  return bytes;
}

std::vector<SortedRun> prepare(const WorkerPlan& plan, const Settings& settings, WorkerBoard& board,
                               Lender* lender) {
  std::vector<SortedRun> runs;
  for (const RunPlan& run : plan.runs) {
    const auto& numbers = runs.emplace_back(read_and_sort(run, settings, board, lender)).numbers;
    board.numbers += numbers.size();
    board.payload_bytes += numbers.size_bytes();
  }
  board.ready_at = sys::now_ns();
  return runs;
}

}  // namespace ipcsort::pipeline
