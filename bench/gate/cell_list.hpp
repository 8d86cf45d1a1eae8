// Which cells two programs are compared in, and how both are asked for them. Pure.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "bench/cell/plan.hpp"
#include "bench/gate/verdict.hpp"
#include "bench/pipeline/settings.hpp"

namespace ipcsort::gate {

// One thing to compare.
struct PairedCell {
  std::string name;                // unique: what is measured, and where its processes execute
  std::vector<std::string> words;  // after the program's name, all but --repeat
  pipeline::Metric metric = pipeline::Metric::total;
  bool sends_in_rounds = false;  // so that one run has many transfers, and is not repeated
};

struct CellList {
  std::vector<PairedCell> cells;
  std::vector<CellVerdict> one_sided;  // new and missing ones
  std::vector<std::string> left_out;   // "NAME: why"
};

struct CellListRequest {
  pipeline::Metric metric = pipeline::Metric::total;
  pipeline::Metric steady_metric = pipeline::Metric::transfer;  // of cells that send in rounds
  std::vector<std::string> more_words;  // for every run: where the data is, the deadline
  bool all_transports = false;          // also what the programs list and the plan does not know
  std::set<std::string> baseline_transports, candidate_transports;
};

// Every cell of the plan that both programs have a transport for. References need none.
CellList list_cells(const cell::Plan& plan, const CellListRequest& request);

// Every transport of the plan with Placement::spread: its first cell, once more. On one CPU a cache line
// never moves between cores, and what moving it costs would not be seen.
std::vector<cell::Cell> cross_core_cells(const cell::Plan& plan);

// Reading, sorting and merging are the same whatever the transport, and in no steady time. Of a plan that has nothing but
// steady cells: the first that runs, once more, as one run from beginning to end.
std::optional<cell::Cell> whole_run_cell(const cell::Plan& plan);

}  // namespace ipcsort::gate
