// What sweep and recommend share: cells are planned, measured block by block, and recorded in a result directory.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/cell/data.hpp"
#include "bench/cli/command.hpp"
#include "bench/cli/output.hpp"
#include "bench/results/directory.hpp"
#include "bench/results/findings.hpp"
#include "bench/results/summary.hpp"
#include "bench/sweep/loop.hpp"
#include "bench/sweep/schedule.hpp"

namespace ipcsort::commands {

struct PlannedSweep {
  cell::Grid grid;
  cell::Plan plan;
  cell::Datasets datasets;
  sweep::Schedule schedule;
  std::string hash;
  std::string cells_hash;          // of what is measured alone, however often
  nlohmann::ordered_json profile;  // for meta.json: what came from --profile; null without it
};

// `profiles` as --profile has it. What does not fit into memory is skipped.
PlannedSweep plan_sweep(const Registry& registry, const cli::Values& values, const sweep::Schedule& schedule,
                        const std::optional<std::string>& profiles, const datagen::CacheOptions& cache,
                        sys::Interrupts& interrupts);

// Where and how a sweep is recorded.
struct Recording {
  std::string_view command;  // "sweep"
  std::string output;        // "" for a new directory below results/
  bool fresh = false;
  sys::Nanoseconds deadline_ns = 0;
  datagen::CacheOptions cache;
  cli::Verbosity verbosity;
};

struct Recorded {
  results::ResultDirectory directory;  // locked
  std::vector<results::SummaryRow> summary;
  results::Findings findings;
  sweep::SweepCounts counts;  // when interrupted, that has been said
};

// Measures what the directory lacks of `sweep`, and writes all that belongs beside the rows but the page.
Recorded record(const cli::Arguments& arguments, const cli::Values& values, const Recording& wanted,
                PlannedSweep& sweep);

// The DIR of --output.
std::string result_directory(const std::string& text, std::string_view option);

}  // namespace ipcsort::commands
