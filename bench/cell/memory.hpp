// How much memory a run takes, and whether there is as much: asked before data is generated or a process
// forked. A run that does not fit would be killed or swap, and neither is a figure.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "bench/cell/data.hpp"
#include "bench/cell/plan.hpp"
#include "bench/host/activity.hpp"
#include "datagen/format.hpp"

namespace ipcsort::cell {

// The most that a run has in memory at one time, all its processes together. In double: no number of numbers
// that can be written overflows it.
struct MemoryNeed {
  double sorted_bytes = 0;    // what the workers sort in; lent memory counts here, once
  double received_bytes = 0;  // the parent's arrays of what it receives
  double merged_bytes = 0;    // the parent's result
  double other_bytes = 0;     // programs, read buffers, page tables, what is on its way in the transport

  [[nodiscard]] double total_bytes() const noexcept {
    return sorted_bytes + received_bytes + merged_bytes + other_bytes;
  }
};

// An upper estimate for one run of `cell` over `files`, of which only sizes and counts matter. Workers end
// when they have sent, but nothing waits for their memory to be gone before the merge begins: all of it may
// be there at once.
MemoryNeed memory_need(const Cell& cell, std::span<const datagen::InputFile> files);

// The files of a generated set as they will be at the largest, before there are any. At least one is asked
// for.
std::vector<datagen::InputFile> files_to_expect(const datagen::DataSpec& spec);

// Why `cell` does not fit, and what to do about it, in a sentence; "" when it does.
std::string memory_shortage(const Cell& cell, std::span<const datagen::InputFile> files,
                            const host::MemoryAvailable& available);

// Gives each cell that does not fit that sentence as its skip reason. `datasets` holds the user's own files,
// or is empty. Throws UsageError, which names the cell that needs least, when no cell is left because of
// that.
void skip_what_does_not_fit(Plan& plan, const Datasets& datasets,
                            const std::optional<host::MemoryAvailable>& available);

// The need of the largest cell that is to be run, as a line: what --dry-run says. "" when there is none.
std::string memory_text(const Plan& plan, const Datasets& datasets,
                        const std::optional<host::MemoryAvailable>& available);

}  // namespace ipcsort::cell
