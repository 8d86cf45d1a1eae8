#include "bench/results/series.hpp"

#include <map>
#include <string>

#include "bench/stats/laws.hpp"
#include "sys/text.hpp"

namespace ipcsort::results {
namespace {

// What is worked on, and how the parts are done that a run without a transport has as well.
std::string work_key(const SummaryRow& row) {
  return sys::join({row.distribution, std::to_string(row.data_seed), row.sorter, row.parser, row.merge,
                    row.pages, row.placement, row.memory},
                   " ");
}

std::string size_key(const SummaryRow& row) {
  return std::to_string(row.files) + " " + std::to_string(row.numbers) + " " + work_key(row);
}

// Everything but files, numbers and workers.
std::string subject_key(const SummaryRow& row) {
  return sys::join(
      {row.kind, row.transport, row.options, row.handover, row.drain, row.transfer, work_key(row)}, "\t");
}

bool has_series(const SummaryRow& row) { return row.total_s_median && row.kind != "calibration"; }

void add_speedups(std::vector<SummaryRow>& rows) {
  std::map<std::string, double> serial;
  std::map<std::string, double> one_worker;
  const auto own_key = [](const SummaryRow& row) { return subject_key(row) + "\t" + size_key(row); };
  for (const SummaryRow& row : rows) {
    if (!row.total_s_median) continue;
    if (row.transport == "serial") serial[size_key(row)] = *row.total_s_median;
    if (row.workers == 1) one_worker[own_key(row)] = *row.total_s_median;
  }
  for (SummaryRow& row : rows) {
    if (!has_series(row)) continue;
    if (const auto base = serial.find(size_key(row)); base != serial.end())
      row.speedup_vs_serial = base->second / *row.total_s_median;
    if (row.transport == "serial") continue;
    if (const auto base = one_worker.find(own_key(row)); base != one_worker.end()) {
      row.speedup_vs_one_worker = base->second / *row.total_s_median;
      row.efficiency = *row.speedup_vs_one_worker / row.workers;
    }
  }
}

using Law = std::optional<double> (*)(std::span<const stats::Observation>);

// `amount` is what varies within a series, `fixed` what does not besides the subject.
template <typename Amount, typename Fixed>
void add_law(std::vector<SummaryRow>& rows, Law law, Amount amount, Fixed fixed,
             std::optional<double> SummaryRow::*result) {
  std::map<std::string, std::vector<SummaryRow*>> series;
  for (SummaryRow& row : rows) {
    if (has_series(row)) series[subject_key(row) + "\t" + fixed(row)].push_back(&row);
  }
  for (const auto& [_, members] : series) {
    std::vector<stats::Observation> observations;
    for (const SummaryRow* row : members) {
      if (amount(*row) > 0)
        observations.push_back({amount(*row), *row->total_s_median});  // no numbers, no law
    }
    for (SummaryRow* row : members) row->*result = law(observations);
  }
}

}  // namespace

void describe_series(std::vector<SummaryRow>& rows) {
  add_speedups(rows);
  const auto numbers = [](const SummaryRow& row) { return static_cast<double>(row.numbers); };
  const auto files = [](const SummaryRow& row) { return static_cast<double>(row.files); };
  const auto workers = [](const SummaryRow& row) { return static_cast<double>(row.workers); };
  const auto pair_of = [](auto a, auto b) { return std::to_string(a) + " " + std::to_string(b); };
  add_law(
      rows, stats::growth_exponent, numbers,
      [&](const SummaryRow& row) { return pair_of(row.files, row.workers); },
      &SummaryRow::total_s_exponent_numbers);
  add_law(
      rows, stats::growth_exponent, files,
      [&](const SummaryRow& row) { return pair_of(row.numbers, row.workers); },
      &SummaryRow::total_s_exponent_files);
  add_law(
      rows, stats::amdahl_serial_share, workers,
      [&](const SummaryRow& row) { return pair_of(row.files, row.numbers); },
      &SummaryRow::amdahl_serial_share);
}

}  // namespace ipcsort::results
