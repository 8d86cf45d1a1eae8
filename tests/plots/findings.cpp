// findings [--side-by-side FILE] DIRECTORY...: what the program decides about made-up summaries, so that the
// charts' tests read what the charts read. Writes findings.json beside each summary.csv, micro_findings.json
// beside each micro_summary.csv, and FILE about all sweeps.
#include <cstring>
#include <deque>
#include <filesystem>
#include <iostream>

#include "bench/cli/catalogue.hpp"
#include "bench/messages/findings.hpp"
#include "bench/results/directory.hpp"
#include "bench/results/side_by_side.hpp"
#include "sys/file.hpp"
#include "transports/registry.hpp"

using namespace ipcsort;

namespace {

template <typename Row>
std::vector<Row> rows_of(const text::Columns<Row>& columns, const std::string& path) {
  return std::filesystem::exists(path) ? text::read_rows(columns, sys::read_file(path)) : std::vector<Row>{};
}

}  // namespace

int main(int argc, char** argv) {
  const results::Families families = cli::transport_families(builtin_transports());
  std::string side_by_side;
  std::deque<std::vector<results::SummaryRow>> summaries;
  std::deque<results::Findings> findings;
  std::vector<results::Side> sides;
  try {
    for (int i = 1; i < argc; ++i) {
      if (std::strcmp(argv[i], "--side-by-side") == 0) {
        side_by_side = argv[++i];
        continue;
      }
      const std::string directory = argv[i];
      const std::string path = directory + "/summary.csv";
      if (std::filesystem::exists(path)) {
        summaries.push_back(rows_of(results::summary_columns(), path));
        const auto overall = rows_of(results::overall_columns(), directory + "/overall.csv");
        findings.push_back(results::findings_of(summaries.back(), overall, {}, families));
        sys::write_file_atomically(directory + "/findings.json", results::findings_json(findings.back()));
        sides.push_back({std::string(1, static_cast<char>('A' + sides.size())),
                         directory,
                         summaries.back(),
                         findings.back(),
                         {}});
      }
      if (const std::string micro = directory + "/micro_summary.csv"; std::filesystem::exists(micro)) {
        const auto summary = rows_of(messages::micro_summary_columns(), micro);
        sys::write_file_atomically(
            directory + "/micro_findings.json",
            messages::micro_findings_json(messages::micro_findings_of(summary, families)));
      }
    }
    if (!side_by_side.empty())
      sys::write_file_atomically(side_by_side,
                                 results::side_by_side_json(sides, results::side_by_side(sides)));
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
  return 0;
}
