// Recorded sweeps that are set beside each other.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "bench/gate/compare.hpp"
#include "bench/results/run_row.hpp"
#include "bench/results/side_by_side.hpp"

namespace ipcsort::gate {

struct Recording {
  std::string directory;
  nlohmann::ordered_json meta;
  std::vector<results::RunRow> rows;
};

// `path` is a result directory, or the runs.csv in one. Throws UsageError for what is neither, is of another
// schema, does not read, or has no rows.
Recording load_recording(const std::string& path);

// What makes the two incomparable, in words: facts of the machine's class, and of the plan; "" for nothing.
std::string differences_of(const Recording& baseline, const Recording& candidate);

// What a meta.json says of machine, program and plan, for readers who set several side by side.
results::Facts facts_of(const nlohmann::ordered_json& meta);

// Cell by cell, with descriptions of both and what the reader has to know of them; the title is the caller's.
// Where the two are not comparable there are ratios, no verdicts, and a note that says so.
Report compare_recordings(const Recording& baseline, const Recording& candidate, pipeline::Metric metric);

}  // namespace ipcsort::gate
