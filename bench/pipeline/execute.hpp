// What the run process does for each kind of subject; for the files of this library only.
//
// Each executes the job, fills the scoreboard up to verified_at and writes a failure to it or throws it.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bench/pipeline/cpu_assignment.hpp"
#include "bench/pipeline/merge.hpp"
#include "bench/pipeline/merge_tree.hpp"
#include "bench/pipeline/prepare.hpp"
#include "bench/pipeline/run.hpp"
#include "bench/pipeline/scoreboard.hpp"
#include "sys/process.hpp"

namespace ipcsort::pipeline {

void run_through_transport(const Job& job, const Scoreboard& board, const CpuAssignment& cpus,
                           sys::ObjectLog& objects, sys::Nanoseconds deadline_at);
// Also the serial program: no thread, no hand-over.
void run_in_threads(const Job& job, const Scoreboard& board, const CpuAssignment& cpus);
void run_calibration(const Job& job, const Scoreboard& board, const CpuAssignment& cpus);

// Before each sorted run that a worker sends, so that the parent allocates once.
struct RunHeader {
  static constexpr std::uint64_t expected_magic = 0x69706373'6f727431;  // "ipcsort1"
  std::uint64_t magic = expected_magic;
  std::uint64_t numbers = 0;
};

// The workers of run_through_transport, at work.
std::vector<sys::Child> fork_workers(const Job& job, Session& session, const Scoreboard& board,
                                     const CpuAssignment& cpus);

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

// Likewise, of `count` numbers in all, while they arrive.
Merged merge_arriving(const Job& job, std::span<const std::unique_ptr<RunSource>> sources, std::size_t count,
                      SortedRun target);

// Is the result what it must be? Each of `sorted_parts`, which together make it up, must ascend; count and
// order-free checksum must be those of the input. Returns what is wrong, or nothing.
std::optional<std::string> find_fault(const std::vector<Run>& sorted_parts, datagen::Fingerprint expected,
                                      unsigned threads);

// Of the very numbers in their order: what has it again is what was verified before, for a fifth of the price.
std::uint64_t content_hash(Run numbers) noexcept;

// Stamps merged_at and the parent's resources, then verifies. Returns what is wrong; what is right is written where the job
// wants it, or std::system_error thrown.
std::optional<std::string> verify(const Job& job, const Merged& merged, const Scoreboard& board);

}  // namespace ipcsort::pipeline
