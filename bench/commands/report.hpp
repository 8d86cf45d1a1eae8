// What sweep and report print alike.
#pragma once

#include <string>
#include <vector>

#include "bench/commands/output.hpp"
#include "bench/driver/summary.hpp"

namespace ipcsort::commands {

// To standard output the summary in that format; finding, reservations and where the files are with the
// table, otherwise where notes go.
void print_results(const std::string& directory, const std::vector<driver::SummaryRow>& summary,
                   const std::vector<driver::RunRow>& runs, Format format, const Talk& talk);

// Draws the charts and says so where notes go, or on standard error why not. Whether it drew any.
bool print_charts(const std::string& directory, const std::vector<driver::SummaryRow>& summary, Format format,
                  const Talk& talk);

}  // namespace ipcsort::commands
