// What a comparison of two programs or of two results says, cell by cell; and how people and machines read
// it.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/stats/interval.hpp"
#include "bench/text/format.hpp"
#include "bench/text/style.hpp"

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
inline constexpr std::size_t verdict_count = 8;
std::string_view to_string(Verdict verdict) noexcept;  // "within-threshold", "new"

struct CellVerdict {
  std::string cell;    // "pipe, 4 files, 1M numbers, 2 workers, barrier": unique within a report and metric
  std::string metric;  // "total", "transfer", "cpu"
  Verdict verdict = Verdict::inconclusive;
  std::optional<double> ratio;                    // candidate over baseline: above 1 is slower
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
  // Machine, settings, session shift, time taken, warnings: one sentence each.
  std::vector<std::string> notes;
  std::vector<CellVerdict> cells;  // in any order
  double threshold = 0;            // 0.025: a change below 2.5 % is never called one
  bool interrupted = false;        // ended by the user: cells that were still open are inconclusive
};

// What needs attention first: regressed, failed, inconclusive, improved, new, missing, within-threshold,
// unchanged; the slowest first among equals.
std::vector<CellVerdict> by_urgency(std::vector<CellVerdict> cells);

// "2 regressed, 1 improved, 21 unchanged (MDE 1.2 to 3.4 %)", in the order of by_urgency. The MDE (minimum
// detectable effect) is that of the unchanged cells: without it "unchanged" would say nothing.
std::string headline(const Report& report);

// "+5.3 % [4.9, 5.8]", without the bracket where there is no interval; above 0 is slower.
std::string change_text(const CellVerdict& cell);
// "1.2 %"; "unknown" where an unchanged cell has none, "-" where no other has.
std::string detectable_text(const CellVerdict& cell);

inline constexpr std::array formats = {text::Format::table, text::Format::csv, text::Format::json,
                                       text::Format::markdown, text::Format::junit};

// The report as text, for
//   table     people: what was compared, the notes, the headline, the cells by urgency
//   csv       one row per cell; ratio_ci_low and ratio_ci_high are the interval, absent values are empty
//   json      {"schema": 1, "title", "baseline", "candidate", "headline", "interrupted", "notes": [...],
//             "threshold", "common": ["4 files", what the names of all cells share],
//             "cells": [{the same names as in the CSV, null for what is absent; "name": the rest of it}]},
//             the cells by urgency
//   markdown  a comment on a pull request: headline, notes, a table of what needs attention; what is well is
//             folded away
//   junit     a test case per cell: regressed is a <failure>, failed an <error>; inconclusive, new and
//             missing are <skipped> with the reason, as none of them says that the program became worse. Who
//             wants to stop at inconclusive cells goes by the exit status of --strict.
// Names and reasons may hold anything. The CSV quotes them as they are. JSON, Markdown and JUnit are valid
// UTF-8 with U+FFFD for bytes that are not; Markdown and JUnit, which have no way to say control characters,
// show them as \xNN, and the table does so with all that is not ASCII. `look` is of the table alone.
std::string render(const Report& report, text::Format format, const text::Look& look = {});

// The columns of the CSV as a Markdown table, for docs/csv.md.
std::string describe_csv_columns();

// sys/exit_status.hpp: exit_regressed if some cell is, else exit_failed if some cell failed or all are new or
// missing (or there is none), else exit_inconclusive if some cell is and `strict`, else exit_done. So a
// regression is reported although something else failed, and a failure is never a success.
int exit_status(const Report& report, bool strict) noexcept;

}  // namespace ipcsort::gate
