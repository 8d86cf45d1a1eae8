// What to measure: from the axes a user gave to the list of cells. Pure.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bench/cell/cell_id.hpp"
#include "datagen/distribution.hpp"

namespace ipcsort::cell {

// What files the numbers come from: generated ones for each (files, numbers), or the user's own.
struct DataSource {
  datagen::Distribution distribution = datagen::Distribution::uniform;
  std::uint64_t seed = 1;
  std::vector<std::string> inputs;  // not empty: these, and the axes files and numbers follow from them

  [[nodiscard]] DataId id() const {
    return inputs.empty() ? DataId{distribution, seed} : DataId{std::nullopt, 0};
  }
};

// The axes and settings as asked for.
struct Grid {
  std::vector<pipeline::Subject> subjects;
  std::vector<std::uint64_t> files;
  std::vector<std::uint64_t> numbers;  // in all files together
  std::vector<int> workers;
  pipeline::Settings settings;
  // Words of a setting by its name, each of which is measured instead of the one in `settings`.
  std::map<std::string, std::vector<std::string>, std::less<>> axes;
  int repeats = 1;
  DataSource data;
};

// One thing to measure: what it is, and how. Cells that agree in all but what is compared form a condition.
struct Cell : CellId {
  const Transport* transport = nullptr;  // of a subject that is one; lives as long as the plan
  std::size_t condition_number = 0;      // 0, 1, 2 ... in the order of the plan
  int repeats = 1;                       // runs made one after the other for one row
  std::string skip_reason;               // not empty: cannot be used on this machine

  [[nodiscard]] pipeline::Subject pipeline_subject() const {
    return {subject.kind, transport, subject.options};
  }
};

struct Plan {
  std::vector<Cell> cells;
  std::size_t conditions = 0;
  DataSource data;
};

// Cells in the order of the axes. The serial reference has one worker, whatever the axis says, and appears
// once for each (files, numbers) and what of the settings concerns it. Of several hand-overs a transport gets
// those that it can do; of a single one that it cannot do, a cell with the reason. Probes each transport
// once; a cell of an unusable one carries the reason. Throws UsageError for an empty axis, and for a word
// that is none.
Plan make_plan(const Grid& grid);

// All that determines what is measured, as text: equal texts, equal plans.
std::string canonical_text(const Plan& plan);

}  // namespace ipcsort::cell
