// What ab and selftest share: from options to rounds of pairs of two programs.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bench/cell/data.hpp"
#include "bench/cli/options.hpp"
#include "bench/commands/commands.hpp"
#include "bench/gate/program_pair.hpp"
#include "bench/sweep/schedule.hpp"
#include "bench/text/progress.hpp"
#include "sys/interrupts.hpp"

namespace ipcsort::commands {

// What both are asked for, besides the grid.
struct PairedRequest {
  bool is_quiet = false;
  std::optional<pipeline::Placement> placement;  // none: whatever varies least on this machine
  std::optional<pipeline::Memory> memory;        // likewise
  std::optional<pipeline::Metric> metric;        // likewise
  sys::Nanoseconds budget_ns = 0;
  sys::Nanoseconds deadline_ns = 0;
  sweep::Schedule schedule;  // of it only run_time_s, attempts_max and seed
  datagen::CacheOptions cache;
};

// The options for that and for the grid.
cli::OptionTable<PairedRequest> paired_table();

// Those behind the groups of a command's `own`.
template <typename Request>
cli::OptionTable<Request> with_paired(std::vector<typename cli::OptionTable<Request>::Group> own,
                                      PairedRequest Request::*paired) {
  const cli::OptionTable<PairedRequest> shared = paired_table();
  for (const auto& group : shared.groups) own.push_back({group.title, cli::part(paired, group.rows)});
  return {std::move(own), cli::part(paired, shared.silent)};
}

// The values of a command with that usage; what is not given comes from the preset ci, and there are no
// references.
cli::Values paired_values(const Arguments& arguments, const Usage& usage);

// This very program, as a path.
std::string own_path();

struct Programs {
  std::string baseline_option;  // how messages call it: "--baseline"
  std::string baseline;
  std::string candidate_option;
  std::string candidate;
  std::string candidate_slowdown;  // "5%", which the baseline does not get; "" for none
};

struct Round {
  std::vector<gate::PairedTest> tests;
  gate::PairsResult result;
  std::pair<int, int> repeats;  // fewest and most within one run
};

class PairedSession {
 public:
  // Makes the data, asks the programs who they are. Throws UsageError, NotComparable,
  // datagen::Interrupted, std::runtime_error. `interrupts` and `progress` must outlive it.
  PairedSession(const Registry& registry, const cli::Values& values, const PairedRequest& request,
                const Programs& programs, sys::Interrupts& interrupts, text::Progress& progress);

  // Every cell until it is decided or `budget_ns` after now. `label` goes before the progress.
  Round compare(std::uint64_t seed, sys::Nanoseconds budget_ns, const std::string& label);

  [[nodiscard]] const gate::CellList& cell_list() const noexcept { return cell_list_; }
  [[nodiscard]] const gate::Program& baseline() const noexcept { return *baseline_; }
  [[nodiscard]] const gate::Program& candidate() const noexcept { return *candidate_; }
  // Machine, settings, what was left out: a sentence each.
  [[nodiscard]] std::vector<std::string> notes(const Round& round) const;

 private:
  text::Progress& progress_;
  cell::Datasets datasets_;  // keeps the files from being evicted
  gate::EqualNames names_;
  std::string candidate_slowdown_;
  std::optional<gate::Program> baseline_, candidate_;
  gate::CellList cell_list_;
  std::string settings_note_;
  sweep::Schedule schedule_;  // of it only run_time_s and attempts_max
};

}  // namespace ipcsort::commands
