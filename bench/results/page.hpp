// The report and its charts are made by the Python package plots/; this finds an interpreter that can, and
// calls it.
#pragma once

#include <string>
#include <vector>

namespace ipcsort::results {

// What the page is about: one sweep, several side by side, messages, verdicts; see plots/__main__.py.
struct PageRequest {
  std::vector<std::string> directories;  // each with a summary.csv, a micro_summary.csv, or both
  std::vector<std::string> decisions{};  // where findings.json of each is; empty: in the directory itself
  std::string side_by_side{};            // a file of several, "" for one
  std::string verdicts{};                // a file of `--format json`, "" for none
  std::string output;                    // gets report.html and charts/
  int stop_fd = -1;                      // when it becomes readable, the making is ended
};

struct PageResult {
  bool complete = false;  // page and charts are there
  bool broken = false;    // they are not, although all that making them needs is installed: a full disk
  std::string text;  // where they are and with what they were drawn, or why not and what to do; for the user
};

// Blocks until the page is made. Tries $IPCSORT_PYTHON, /usr/bin/python3 and python3 of PATH, in this order,
// and takes the first that can import matplotlib and jinja2.
PageResult make_page(const PageRequest& request);

}  // namespace ipcsort::results
