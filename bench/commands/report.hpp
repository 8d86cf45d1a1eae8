// What sweep and report print alike.
#pragma once

#include <string>
#include <vector>

#include "bench/driver/summary.hpp"

namespace ipcsort::commands {

// To standard output: table, finding, where the files are.
void print_results(const std::string& directory, const std::vector<driver::SummaryRow>& summary,
                   const std::vector<driver::RunRow>& runs);

}  // namespace ipcsort::commands
