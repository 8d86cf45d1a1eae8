#include "bench/results/two_orders.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "bench/stats/sample.hpp"
#include "bench/text/units.hpp"
#include "sys/text.hpp"

namespace ipcsort::results {
namespace {

using pipeline::TransferMode;

// ---- page faults ----

struct FaultsPerMb {
  double first, steady;
};
using FaultsOfCells = std::map<cell::CellId, FaultsPerMb>;

FaultsOfCells faults_of(const std::vector<RunRow>& runs) {
  constexpr double mb_bytes = 1e6;
  std::map<cell::CellId, std::pair<std::vector<double>, std::vector<double>>> counted;
  for (const RunRow& run : latest_attempts(runs)) {
    if (run.warm || !run.is_ok() || !run.faults_first || !run.faults_steady ||
        run.payload_bytes.value_or(0) <= 0)
      continue;
    auto& [first, steady] = counted[run.cell];
    first.push_back(*run.faults_first / (*run.payload_bytes / mb_bytes));
    steady.push_back(*run.faults_steady / (*run.payload_bytes / mb_bytes));
  }
  FaultsOfCells faults;
  for (const auto& [cell, values] : counted)
    faults[cell] = {stats::median(values.first), stats::median(values.second)};
  return faults;
}

std::string fault_count_text(double faults) {
  if (faults < 0.05) return "0";
  return text::fixed(faults, faults < 9.95 ? 1 : 0);
}

// "38 to 257 (pipe: 38)", of all in the order, and of the one that leads
std::string range_text(const std::map<std::size_t, double>& by_row, std::size_t leader,
                       const std::string& name) {
  const auto [least, most] =
      std::ranges::minmax_element(by_row, {}, [](const auto& row) { return row.second; });
  const std::string low = fault_count_text(least->second), high = fault_count_text(most->second);
  const auto found = by_row.find(leader);
  const bool is_told = low == high || found == by_row.end();
  return low + (low == high ? "" : " to " + high) +
         (is_told ? "" : fmt::format(" ({}: {})", name, fault_count_text(found->second)));
}

// "a fault takes 0.25 us with 4 KiB of private memory, 60.1 us with 2 MiB"
std::string fault_cost_text(const host::KernelCosts& costs) {
  std::vector<std::string> parts;
  for (const host::TouchCost& cost : costs.touches) {
    if (cost.fault_s)
      parts.push_back(fmt::format("{} with {} of {} memory", text::seconds_text(*cost.fault_s),
                                  text::size_text(cost.page_bytes), cost.memory));
  }
  return parts.empty() ? "" : " Here a fault takes " + list_text(std::move(parts)) + ".";
}

std::string why_text(const host::KernelCosts& costs) {
  return "Why they differ: the first time goes into memory that nobody has touched, and every page of it "
         "takes a "
         "fault; all later times find it in use." +
         fault_cost_text(costs);
}

// "Page faults per MB: first 38 to 257 (pipe: 38), then 0."
std::string faults_text(const Order& first, const Order& steady, const std::vector<SummaryRow>& summary,
                        const std::vector<std::string>& names, const FaultsOfCells& faults) {
  std::map<std::size_t, double> in_first, in_steady;
  for (const Place& place : steady.places) {
    if (const auto found = faults.find(summary[place.row].cell); found != faults.end()) {
      in_first[place.row] = found->second.first;
      in_steady[place.row] = found->second.steady;
    }
  }
  if (in_first.empty()) return "";
  // One run makes the rows of both, and the counts stand in those of steady flow.
  const std::string& leader = names[first.places.front().row];
  const auto same =
      std::ranges::find_if(steady.places, [&](const Place& place) { return names[place.row] == leader; });
  return fmt::format("Page faults per MB: first {}, then {}.",
                     range_text(in_first, same == steady.places.end() ? names.size() : same->row, leader),
                     range_text(in_steady, steady.places.front().row, names[steady.places.front().row]));
}

// "pipe reaches 3.3 GB/s, tied with fifo"
std::string outcome_text(const Order& order) {
  return fmt::format("{} reaches {}, {}", order.best, order.figure, order.lead);
}

// ---- the floor ----

struct TimeRange {
  double least, most;
};

std::string times_text(const TimeRange& range) {
  const std::string low = text::seconds_text(range.least), high = text::seconds_text(range.most);
  return low == high ? low : low + " to " + high;
}

// "35.7 us with 1 worker and 102 us to 120 us with 4 workers"
std::string windows_text(const std::map<int, TimeRange>& by_workers) {
  std::vector<std::string> parts;
  for (const auto& [workers, range] : by_workers)
    parts.push_back(times_text(range) + " with " +
                    text::count_text(static_cast<std::size_t>(workers), "worker"));
  return list_text(std::move(parts));
}

std::string wakes_text(const host::KernelCosts& costs) {
  std::vector<std::string> parts;
  for (const host::WakeCost& cost : costs.wakes) {
    if (cost.wake_s)
      parts.push_back(fmt::format("{} for {}", text::seconds_text(*cost.wake_s), cost.processes));
  }
  return parts.empty() ? ""
                       : "; a bare wake-up of sleeping processes takes " + list_text(std::move(parts)) +
                             ", and a hand-over is two of them, the worker's and its receiver's";
}

}  // namespace

std::vector<TwoOrders> two_orders_of(const std::vector<ConditionFindings>& conditions,
                                     const std::vector<SummaryRow>& summary,
                                     const std::vector<std::string>& names, const std::vector<RunRow>& runs,
                                     const host::KernelCosts& costs) {
  std::vector<TwoOrders> found;
  const FaultsOfCells faults = faults_of(runs);
  for (std::size_t steady = 0; steady < conditions.size(); ++steady) {
    if (!conditions[steady].id.settings.is_steady()) continue;
    const auto first =
        std::ranges::find(conditions, conditions[steady].id.sent_once(), &ConditionFindings::id);
    if (first == conditions.end()) continue;
    const Order &of_first = first->transfer, &of_steady = conditions[steady].transfer;
    if (of_first.places.empty() || of_steady.places.empty()) continue;
    found.push_back({static_cast<std::size_t>(first - conditions.begin()), steady,
                     fmt::format("Into fresh memory {}; into memory in use {}", outcome_text(of_first),
                                 outcome_text(of_steady)),
                     why_text(costs), faults_text(of_first, of_steady, summary, names, faults)});
  }
  return found;
}

std::string floor_text(const std::vector<SummaryRow>& summary, const host::KernelCosts& costs) {
  std::map<TransferMode, std::map<int, TimeRange>> windows;
  for (const SummaryRow& row : summary) {
    if (!row.cell.is_floor() || !row.cell.settings.has_barrier() || !row.transfer_window_s.centre) continue;
    const double window_s = *row.transfer_window_s.centre;
    auto& by_workers = windows[row.cell.settings.transfer];
    TimeRange& range = by_workers.try_emplace(row.cell.workers, TimeRange{window_s, window_s}).first->second;
    range = {std::min(range.least, window_s), std::max(range.most, window_s)};
  }
  if (windows.empty()) return "";
  std::vector<std::string> parts;
  for (const auto& [mode, by_workers] : windows)
    parts.push_back((mode == TransferMode::steady ? "in steady flow " : "the first time ") +
                    windows_text(by_workers));
  return "The floor: null, which hands over without moving anything, takes " + sys::join(parts, "; ") +
         wakes_text(costs) + ". What takes no longer than that says nothing about a transport.";
}

}  // namespace ipcsort::results
