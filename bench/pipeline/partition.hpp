// Who reads what: pure functions from files and a number of workers to the parts of each.
#pragma once

#include <span>
#include <vector>

#include "bench/pipeline/settings.hpp"
#include "datagen/format.hpp"

namespace ipcsort::pipeline {

// What is sorted together and sent as one sorted run.
struct RunPlan {
  std::vector<datagen::Segment> segments;
  std::size_t numbers_max = 0;     // room enough for the numbers of all segments
  std::size_t numbers_likely = 0;  // how many there are where numbers are equally long; not more than that
};

struct WorkerPlan {
  std::vector<RunPlan> runs;
};

// Shares `files` out to exactly `workers` workers. At least as many files as workers: whole files, the
// largest first, each to the worker that has least so far. More workers than files: every file is cut into
// equal pieces (at number boundaries when it is read), larger files into more. With Merge::multiway a worker
// sorts all it has as one run; with Merge::concat each piece is a run. Throws UsageError when there is no
// file or no worker.
std::vector<WorkerPlan> share_out(std::span<const datagen::InputFile> files, int workers, Merge merge);

}  // namespace ipcsort::pipeline
