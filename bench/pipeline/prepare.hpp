// A worker's own part of the work, the same in a process, a thread or the serial program: read, parse, sort.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "bench/pipeline/partition.hpp"
#include "bench/pipeline/scoreboard.hpp"
#include "bench/pipeline/settings.hpp"
#include "sys/mapping.hpp"
#include "transports/transport.hpp"

namespace ipcsort::pipeline {

struct SortedRun {
  sys::Mapping memory;              // nothing when the numbers lie in a transport's
  std::span<std::int32_t> numbers;  // in `memory`
};

// Room for `count` numbers as the settings want it.
SortedRun allocate_run(std::size_t count, sys::Pages pages);
// Likewise, where the parent will read them; `likely` of them, at most `count`, will be there in the end. Huge pages for shared
// memory are not to be had at the first touch of what is filled, so those are brought in now.
SortedRun lend_run(std::size_t count, std::size_t likely, Lender& lender, sys::Pages pages);
// As allocate_run, every page of it in memory; children made by fork() do not see it, so writing to it copies
// nothing.
SortedRun allocate_ready_run(std::size_t count, sys::Pages pages);

// Reads and sorts every run of `plan`, in memory from `lender` unless that is null; adds the times of the
// phases to `board` and stamps ready_at. Throws what datagen::read_segment and Lender::lend throw.
std::vector<SortedRun> prepare(const WorkerPlan& plan, const Settings& settings, WorkerBoard& board,
                               Lender* lender = nullptr);

// What a worker lends for `plan` in all, each run rounded up as SessionSpec::lend_bytes_max wants it.
std::size_t lend_bytes(const WorkerPlan& plan) noexcept;

}  // namespace ipcsort::pipeline
