// What sweep and report print alike.
#pragma once

#include <string>
#include <vector>

#include "bench/commands/charts.hpp"
#include "bench/commands/output.hpp"
#include "bench/driver/micro_rows.hpp"
#include "bench/driver/overall.hpp"
#include "bench/driver/summary.hpp"

namespace ipcsort::commands {

// To standard output the summary in that format; finding, reservations and where the files are with the
// table, otherwise where notes go.
void print_results(const std::string& directory, const std::vector<driver::SummaryRow>& summary,
                   const std::vector<driver::RunRow>& runs, const driver::Overall& overall, Format format,
                   const Talk& talk);

// Makes the page and says so where notes go, or on standard error why not. Whether it is there.
bool print_page(const PageRequest& request, Format format, const Talk& talk);

// Figures of messages in that format.
void print_micro(const std::vector<driver::MicroRow>& rows, Format format);

}  // namespace ipcsort::commands
