// What a sweep found, decided once: who is best under which condition, whether that may be said, and in which
// words. Terminal, page and charts read it; none of them ranks, ties or words anything again. Pure.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/host/kernel_costs.hpp"
#include "bench/results/summary.hpp"

namespace ipcsort::results {

// The family of each transport, to_string(Family), by its name.
using Families = std::map<std::string, std::string, std::less<>>;
std::string family_of(const Families& families, const std::string& transport);  // "" where it is not known

struct Place {
  std::size_t row = 0;      // of the summary
  std::string rank;         // "1", "1=" when it is shared, "3"; "?" for what has too few runs; "" alone
  Comparison by;            // how it compares with the best; without an interval for CPU time
  bool lacks_runs = false;  // too few in common with the best, while others have enough

  [[nodiscard]] bool is_tied() const noexcept { return by.tied == 1 && !lacks_runs; }
};

// What are compared with one another under one condition, by one measure.
struct Order {
  std::vector<Place>
      places;  // the best first, behind it those that are tied with it, at the end what lacks runs; empty: none has a figure
  bool is_proven = false;  // the runs are enough to tell the best from others
  std::string who;         // "pipe moves the data fastest", "pipe and fifo are tied"
  std::string best;        // "pipe", the first of those that are tied
  std::string figure;      // of the best: "3.31 GB/s"
  std::string share;       // of memcpy: "37 %", "" where that says nothing
  std::string lead;        // "1.05x ahead of fifo", "tied with 3 others"
  std::string interval;    // of the lead: "[1.03, 1.08]"
  std::string verdict;     // all of it, as the middle of a sentence
};

struct ConditionFindings {
  cell::CellId id;  // CellId::condition of what is compared

  std::string text;                  // "5M numbers in 4 files, 2 workers, barrier"
  std::vector<std::size_t> members;  // rows of the summary: transports, references and calibrations
  bool by_transfer = false;  // what decides: the transfer, or the total where that is not measured alone
  Order transfer;            // of those that copy
  Order handover;            // of those that lend, by the time until all had changed hands
  Order total;               // of all
  Order cpu;                 // of all but the floor, by CPU time per GB
  std::string sentence;      // "With 5M numbers ...: pipe moves the data fastest: ..."

  [[nodiscard]] const Order& decisive() const noexcept { return by_transfer ? transfer : total; }
};

// One size, sent into fresh memory and into memory in use.
struct TwoOrders {
  std::size_t first = 0, steady = 0;  // places of their conditions
  std::string title;                  // who leads in each
  std::string why;                    // why they differ, and what a fault costs, which is the same for all
  std::string faults;                 // the page faults of both, a sentence; "" where they were not counted
};

// A cell that has no figures, or lost some.
struct Trouble {
  std::size_t row = 0;
  std::string text;  // "pipe, 5M numbers in 4 files, 2 workers, barrier: skipped: no such call"
};

struct Findings {
  std::vector<std::string> names;     // of the summary's rows: "pipe:capacity=1M", "mmap_flags lend"
  std::vector<std::string> families;  // likewise; "" where it is not known, and of what is no transport
  std::vector<std::string> shares;    // likewise, of memcpy: "37 %"; "" where that says nothing
  std::vector<ConditionFindings> conditions;  // the largest first: by numbers, workers, files
  std::string title;                          // "pipe moves the data fastest, with 5M numbers and 2 workers"
  std::string headline;               // likewise of the largest condition with a result, with all figures
  std::vector<TwoOrders> two_orders;  // the largest first
  std::string floor;  // the time below which nothing is said of a transport; "" where it is not known
  Overall overall;
  std::string overall_sentence;           // "" when there are too few conditions
  std::vector<std::string> reservations;  // what to bear in mind, a sentence each
  std::vector<Trouble> troubles;          // what failed before what was skipped
};

// `runs` for what the summary does not say of disturbed runs, a slow start and page faults by round.
Findings findings_of(const std::vector<SummaryRow>& summary, const Overall& overall = {},
                     const std::vector<RunRow>& runs = {}, const Families& families = {},
                     const host::KernelCosts& costs = {});

// As findings.json has it; `schema` in it is the number of this form.
inline constexpr int findings_schema = 1;
std::string findings_json(const Findings& findings);
// The name and the family of each row of a file.
nlohmann::ordered_json rows_json(const std::vector<std::string>& names,
                                 const std::vector<std::string>& families);

// "mmap_flags" or "a and b" or "a, b and c"; of more than five the first four and how many more.
std::string list_text(std::vector<std::string> names);

}  // namespace ipcsort::results
