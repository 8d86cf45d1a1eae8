// Charts are drawn by the Python package plots/; this finds an interpreter that can and calls it.
#pragma once

#include <string>
#include <vector>

#include "bench/driver/summary.hpp"

namespace ipcsort::commands {

struct ChartsResult {
  bool drawn = false;
  std::string text;  // what was drawn and with what, or why not and what to install; lines for the user
};

// Draws DIRECTORY/charts. Tries $IPCSORT_PYTHON, /usr/bin/python3 and python3 of PATH, in this order, and
// takes the first that can import matplotlib. SUMMARY is what the directory holds.
ChartsResult draw_charts(const std::string& directory, const std::vector<driver::SummaryRow>& summary);

}  // namespace ipcsort::commands
