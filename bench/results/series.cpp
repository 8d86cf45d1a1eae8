#include "bench/results/summary.hpp"

#include <map>
#include <string>

#include "bench/stats/laws.hpp"
#include "sys/text.hpp"

namespace ipcsort::results {
namespace {

bool has_series(const SummaryRow& row) { return row.total_s_median && !row.cell.is_calibration(); }

void add_speedups(std::vector<SummaryRow>& rows) {
  std::map<cell::CellId, double> serial;
  std::map<cell::CellId, double> one_worker;
  const auto with_one_worker = [](cell::CellId id) {
    id.workers = 1;
    return id;
  };
  for (const SummaryRow& row : rows) {
    if (!row.total_s_median) continue;
    if (row.cell.is_serial()) serial[row.cell.work()] = *row.total_s_median;
    if (row.cell.workers == 1) one_worker[row.cell] = *row.total_s_median;
  }
  for (SummaryRow& row : rows) {
    if (!has_series(row)) continue;
    if (const auto base = serial.find(row.cell.work()); base != serial.end())
      row.speedup_vs_serial = base->second / *row.total_s_median;
    if (row.cell.is_serial()) continue;
    if (const auto base = one_worker.find(with_one_worker(row.cell)); base != one_worker.end()) {
      row.speedup_vs_one_worker = base->second / *row.total_s_median;
      row.efficiency = *row.speedup_vs_one_worker / row.cell.workers;
    }
  }
}

using Law = std::optional<double> (*)(std::span<const stats::Observation>);

// Over the series of cells that differ in `amount` alone.
template <typename Amount>
void add_law(std::vector<SummaryRow>& rows, Law law, Amount cell::CellId::*amount,
             std::optional<double> SummaryRow::*result) {
  std::map<cell::CellId, std::vector<SummaryRow*>> series;
  for (SummaryRow& row : rows) {
    if (!has_series(row)) continue;
    cell::CellId others = row.cell;
    others.*amount = 0;
    series[others].push_back(&row);
  }
  for (const auto& [_, members] : series) {
    std::vector<stats::Observation> observations;
    for (const SummaryRow* row : members) {
      const auto size = static_cast<double>(row->cell.*amount);
      if (size > 0) observations.push_back({size, *row->total_s_median});  // no numbers, no law
    }
    for (SummaryRow* row : members) row->*result = law(observations);
  }
}

}  // namespace

void describe_series(std::vector<SummaryRow>& rows) {
  add_speedups(rows);
  add_law(rows, stats::growth_exponent, &cell::CellId::numbers, &SummaryRow::total_s_exponent_numbers);
  add_law(rows, stats::growth_exponent, &cell::CellId::files, &SummaryRow::total_s_exponent_files);
  add_law(rows, stats::amdahl_serial_share, &cell::CellId::workers, &SummaryRow::amdahl_serial_share);
}

}  // namespace ipcsort::results
