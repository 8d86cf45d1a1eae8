// What a comparison of two programs or of two results says, cell by cell; and how people and machines read
// it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/stats/interval.hpp"

namespace ipcsort::gate {

enum class Verdict {
  regressed,
  improved,
  unchanged,
  within_threshold,  // there is a change, too small to matter
  inconclusive,
  new_cell,  // only the candidate has it
  missing,   // only the baseline has it
  failed     // some run of it failed, or its answer was wrong: no data
};
std::string_view to_string(Verdict verdict) noexcept;  // "within-threshold", "new"

struct CellVerdict {
  std::string cell;    // "pipe, 4 files, 1M numbers, 2 workers, barrier": unique within a report
  std::string metric;  // "total", "transfer", "cpu"
  Verdict verdict = Verdict::inconclusive;
  std::optional<double> ratio;                    // candidate over baseline
  std::optional<stats::Interval> ratio_interval;  // 95 %
  std::size_t pairs = 0;                          // or runs of the side that has fewer
  std::optional<double> detectable_effect;  // 0.03: a slow-down of 3 % would most likely have been found
  std::optional<double> baseline_s, candidate_s;  // medians
  std::string reason;  // why failed, inconclusive, new, missing; what differed in an exact channel
};

struct Report {
  std::string title;     // "ipcsort ab"
  std::string baseline;  // what was compared: path, version, commit
  std::string candidate;
  std::vector<std::string>
      notes;  // machine, settings, session shift, time taken, warnings: one sentence each
  std::vector<CellVerdict> cells;
  bool interrupted = false;
};

// "2 regressed, 1 improved, 21 unchanged (MDE 1.2 to 3.4 %)"
std::string headline(const Report& report);

// FORMAT is table, csv, json, markdown or junit; throws UsageError for another.
std::string render(const Report& report, std::string_view format);

// measuring: 0 nothing regressed, 1 something did, 3 something failed or nothing was compared, 4 something is
// inconclusive and `strict`. A regression counts more than a failure.
int exit_status(const Report& report, bool strict) noexcept;

}  // namespace ipcsort::gate
