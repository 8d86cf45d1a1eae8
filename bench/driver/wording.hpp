// Figures and findings as people read them. All text that a sweep prints about its results is made here.
#pragma once

#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "bench/driver/overall.hpp"
#include "bench/driver/summary.hpp"

namespace ipcsort::driver {

std::string fixed(double value, int decimals);   // "1.02"
std::string seconds_text(double seconds);        // "213 ms"
std::string bytes_text(double bytes);            // "40.0 MB", decimal
std::string rate_text(double bytes_per_second);  // "3.21 GB/s"
std::string duration_text(double seconds);       // "1 min 20 s"

// A table with its columns aligned: the first to the left, the others to the right.
std::string aligned(const std::vector<std::vector<std::string>>& rows);

std::string subject_text(const SummaryRow& row);  // "pipe:capacity=1M", "mmap_flags lend"

// Numbers, workers, files and transfer mode: the larger one is the one that more is moved in.
using ConditionId = std::tuple<std::uint64_t, int, std::uint64_t, std::string>;
ConditionId condition_of(const SummaryRow& row);
std::string condition_text(const ConditionId& id);  // "5M numbers in 4 files, 2 workers, barrier"

// What the sweep found, in one sentence, about its largest condition. A tie is called one.
std::string finding(const std::vector<SummaryRow>& summary);

// The largest condition as a table, best first; then one line for each other condition; then failures and
// skips.
std::string results_text(const std::vector<SummaryRow>& summary);

// The transports that are first over all conditions together; "" when `overall` is empty.
std::string overall_text(const Overall& overall);

// What to bear in mind about the figures, a sentence a line: cells known badly, disturbed runs, a slow start;
// "" when there is nothing.
std::string reservations_text(const std::vector<SummaryRow>& summary, const std::vector<RunRow>& runs);

}  // namespace ipcsort::driver
