// What several commands print alike.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bench/cli/output.hpp"
#include "bench/gate/verdict.hpp"
#include "bench/messages/rows.hpp"
#include "bench/results/findings.hpp"
#include "bench/results/page.hpp"
#include "bench/results/summary.hpp"

namespace ipcsort::commands {

// To standard output the summary in that format; headline, reservations and where the files are with the
// table, otherwise where notes go.
void print_results(const std::string& directory, const std::vector<results::SummaryRow>& summary,
                   const results::Findings& findings, cli::Format format, const cli::Talk& talk);

// Makes the page and says so where notes go, or on standard error why not. Whether it is there.
bool print_page(const results::PageRequest& request, cli::Format format, const cli::Talk& talk);

// Figures of messages in that format.
void print_micro(const std::vector<messages::MicroRow>& rows, cli::Format format);

// Verdicts in that format: into the file `output`, with their headline on standard output; without one all on
// standard output.
void print_report(const gate::Report& report, cli::Format format, const std::optional<std::string>& output);

}  // namespace ipcsort::commands
