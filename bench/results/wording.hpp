// Findings as people read them. All text that a sweep prints about its results is made here.
#pragma once

#include <string>
#include <vector>

#include "bench/results/findings.hpp"
#include "bench/results/summary.hpp"
#include "bench/text/style.hpp"
#include "bench/text/units.hpp"

namespace ipcsort::results {

// The largest condition as a table, best first and with ranks; then a row for each other condition; then
// failures and skips. As Markdown, as GitHub has tables, with the headline.
std::string results_text(const std::vector<SummaryRow>& summary, const Findings& findings,
                         bool as_markdown = false, const text::Look& look = {});

// One run in a line: what it took, where the time went, which attempt it was and why it was disturbed.
std::string run_text(const RunRow& row, bool is_made_again);

}  // namespace ipcsort::results
