// Findings as people read them. All text that a sweep prints about its results is made here.
#pragma once

#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "bench/results/overall.hpp"
#include "bench/results/summary.hpp"
#include "bench/text/style.hpp"
#include "bench/text/units.hpp"

namespace ipcsort::results {

std::string subject_text(const SummaryRow& row);  // "pipe:capacity=1M", "mmap_flags lend"

// Numbers, workers, files and transfer mode: the larger one is the one that more is moved in.
using ConditionId = std::tuple<std::uint64_t, int, std::uint64_t, std::string>;
ConditionId condition_of(const SummaryRow& row);
std::string condition_text(const ConditionId& id);  // "5M numbers in 4 files, 2 workers, barrier"

// What the sweep found, in one sentence, about its largest condition. A tie is called one.
std::string finding(const std::vector<SummaryRow>& summary);

// The largest condition as a table, best first and with ranks; then a row for each other condition; then
// failures and skips.
std::string results_text(const std::vector<SummaryRow>& summary, const text::Look& look = {});

// Likewise as GitHub has tables, with the finding.
std::string results_markdown(const std::vector<SummaryRow>& summary);

// One run in a line: what it took, where the time went, which attempt it was and why it was disturbed.
std::string run_text(const RunRow& row, bool is_made_again);

// The transports that are first over all conditions together; "" when `overall` is empty.
std::string overall_text(const Overall& overall);

// What to bear in mind about the figures, a sentence a line: cells known badly, disturbed runs, a slow start;
// "" when there is nothing.
std::string reservations_text(const std::vector<SummaryRow>& summary, const std::vector<RunRow>& runs);

}  // namespace ipcsort::results
