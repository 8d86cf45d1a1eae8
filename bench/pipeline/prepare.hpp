// A worker's own part of the work, the same in a process, a thread or the serial program: read, parse, sort.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "bench/pipeline/partition.hpp"
#include "bench/pipeline/scoreboard.hpp"
#include "bench/pipeline/settings.hpp"
#include "sys/mapping.hpp"

namespace ipcsort::pipeline {

struct SortedRun {
  sys::Mapping memory;
  std::span<std::int32_t> numbers;  // in `memory`
};

// Reads and sorts every run of `plan`; adds the times of the phases to `board` and stamps ready_at.
// Throws what datagen::read_segment throws.
std::vector<SortedRun> prepare(const WorkerPlan& plan, const Settings& settings, WorkerBoard& board);

// Room for `count` numbers as the settings want it.
SortedRun allocate_run(std::size_t count, sys::Pages pages);

}  // namespace ipcsort::pipeline
