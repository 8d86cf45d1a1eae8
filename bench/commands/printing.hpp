// What several commands print alike, and write beside the rows.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/cli/output.hpp"
#include "bench/gate/verdict.hpp"
#include "bench/messages/findings.hpp"
#include "bench/results/findings.hpp"
#include "bench/results/page.hpp"
#include "bench/results/summary.hpp"
#include "bench/text/json.hpp"

namespace ipcsort::commands {

// To standard output the summary in that format; headline, reservations and where the files are with the
// table, otherwise where notes go.
void print_results(const std::string& directory, const std::vector<results::SummaryRow>& summary,
                   const results::Findings& findings, cli::Format format, const cli::Verbosity& verbosity);

// Makes the page and says so where notes go, or on standard error why not.
results::PageResult print_page(const results::PageRequest& request, cli::Format format,
                               const cli::Verbosity& verbosity);

// Figures of messages in that format.
void print_micro(const std::vector<messages::MicroRow>& rows, cli::Format format);

// Verdicts in that format: into the file `output`, with their headline on standard output; without one all on
// standard output.
void print_report(const gate::Report& report, cli::Format format, const std::optional<std::string>& output);

// ---- beside the rows, for those who read results without this program: the page, first of all ----

using Texts = std::vector<std::pair<std::string_view, std::string>>;  // by the names of their files

// Every CSV file of the program that lies beside its schema.
const std::vector<text::FileDescription>& csv_files();

Texts decisions_of(const results::Findings& findings);
Texts decisions_of(const messages::MicroFindings& findings);

// A file that says the same already stays as it is. Throws std::system_error.
void write_texts(const std::string& directory, const Texts& texts);

}  // namespace ipcsort::commands
