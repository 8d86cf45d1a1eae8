// What to measure: from the axes a user gave to the list of cells. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bench/pipeline/run.hpp"
#include "bench/pipeline/settings.hpp"
#include "datagen/distribution.hpp"

namespace ipcsort::cell {

// What files the numbers come from: generated ones for each (files, numbers), or the user's own.
struct DataSource {
  datagen::Distribution distribution = datagen::Distribution::uniform;
  std::uint64_t seed = 1;
  std::vector<std::string> inputs;  // not empty: these, and the axes files and numbers follow from them
};

// The axes and settings as asked for.
struct Grid {
  std::vector<pipeline::Subject> subjects;
  std::vector<std::uint32_t> files;
  std::vector<std::uint64_t> numbers;  // in all files together
  std::vector<int> workers;
  std::vector<pipeline::TransferMode> transfers;
  std::vector<pipeline::Handover> handovers;
  pipeline::Settings settings;  // its `transfer` and `handover` are replaced by each of the above
  int repeats = 1;
  DataSource data;
};

// One thing to measure. Cells that agree in all but the subject form a condition: the matched set within
// which subjects are compared.
struct Cell {
  pipeline::Subject subject;
  std::uint32_t files = 1;
  std::uint64_t numbers = 0;
  int workers = 1;
  pipeline::Settings settings;
  std::size_t condition = 0;
  int repeats = 1;          // runs made one after the other for one row
  std::string skip_reason;  // not empty: cannot be used on this machine
};

struct Plan {
  std::vector<Cell> cells;
  std::size_t conditions = 0;
  DataSource data;
};

// Cells in the order of the axes. The serial reference has one worker, whatever the axis says, and appears
// once for each (files, numbers). Of several hand-overs a transport gets those that it can do; of a single
// one that it cannot do, a cell with the reason. Probes each transport once; a cell of an unusable one
// carries the reason. Throws UsageError for an empty axis.
Plan make_plan(const Grid& grid);

// "capacity=1M", "" without options; several joined by blanks. With the transport's name in front:
// "pipe:capacity=1M".
std::string options_text(const Options& options);
std::string label(const pipeline::Subject& subject);

// "pipe, 4 files, 10M numbers, 2 workers, barrier"
std::string describe(const Cell& cell);
std::string describe(const std::string& label, bool lends, std::uint64_t files, std::uint64_t numbers,
                     int workers, std::string_view transfer);

// All that determines what is measured, as text: equal texts, equal plans.
std::string canonical_text(const Plan& plan);

}  // namespace ipcsort::cell
