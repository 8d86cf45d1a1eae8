// What the run process does for each kind of subject; for the files of this library only.
//
// Each executes the job, fills the scoreboard up to verified_at and writes a failure to it or throws it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bench/pipeline/merge.hpp"
#include "bench/pipeline/placement.hpp"
#include "bench/pipeline/prepare.hpp"
#include "bench/pipeline/run.hpp"
#include "bench/pipeline/scoreboard.hpp"

namespace ipcsort::pipeline {

void run_through_transport(const Job& job, const Scoreboard& board, const Places& places,
                           sys::ObjectLog& objects, sys::Nanoseconds deadline_at);
// Also the serial program: no thread, no hand-over.
void run_in_threads(const Job& job, const Scoreboard& board, const Places& places);
void run_calibration(const Job& job, const Scoreboard& board, const Places& places);

// Where the merged numbers go: with Memory::ready an array made before the start, otherwise nothing yet.
SortedRun merge_target(const Job& job);

// What is to be verified: ascending parts that make up the result, in `memory` or in what the parent
// received.
struct Merged {
  SortedRun memory;
  std::vector<Run> sorted_parts;
};

// Merges as the settings say, into `target` if there is one.
Merged merge(const Job& job, const std::vector<Run>& runs, unsigned threads, SortedRun target);

// Stamps merged_at and the parent's resources, then verifies. Returns what is wrong.
std::optional<std::string> verify(const Job& job, const Merged& merged, const Scoreboard& board);

}  // namespace ipcsort::pipeline
