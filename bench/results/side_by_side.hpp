// Several sweeps, of other machines or versions, side by side. Pure.
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "bench/results/findings.hpp"
#include "bench/text/style.hpp"

namespace ipcsort::results {

using Facts = std::vector<std::pair<std::string, std::string>>;  // name and text, in the order they are told

struct Side {
  std::string name;  // "A"
  std::string directory;
  const std::vector<SummaryRow>& summary;
  const Findings& findings;
  Facts facts;  // of machine, program and plan, as far as they are known
};

struct SideBySide {
  // A condition that all have measured.
  struct Common {
    std::string text;
    bool by_transfer = false;             // by what it is compared: where one has to go by the total, all do
    std::vector<std::size_t> conditions;  // of each side's findings
  };
  std::string headline;  // "2 results side by side: with ..., pipe is best or tied in all (...)"
  std::vector<std::string> differences;  // "kernel: A Linux 6.1; B and C Linux 6.18"
  std::vector<Common> common;            // the largest first
};

// They are medians of different sessions, so nothing is said about what differs between their figures.
SideBySide side_by_side(std::span<const Side> sides);

// What the largest common condition is in each: throughput where something was moved and the barrier makes it
// a clean figure, the total otherwise; the best of the first sweep on top. A sentence instead when they have
// no condition in common.
std::string side_by_side_text(std::span<const Side> sides, const SideBySide& found, bool as_markdown = false,
                              const text::Look& look = {});

// As side_by_side.json has it.
std::string side_by_side_json(std::span<const Side> sides, const SideBySide& found);

}  // namespace ipcsort::results
