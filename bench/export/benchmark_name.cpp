#include "bench/export/benchmark_name.hpp"

#include <array>

#include "bench/text/csv.hpp"
#include "sys/text.hpp"

namespace ipcsort::exports {
namespace {

// The columns that runs.csv and summary.csv both identify a cell by, in the order of the name.
constexpr std::array<std::string_view, 16> identifying = {
    "transport", "options", "handover", "files", "numbers", "workers", "transfer",  "distribution",
    "data_seed", "sorter",  "parser",   "drain", "merge",   "pages",   "placement", "memory"};

template <typename Row>
std::string name_of(std::string_view family, const Row& row, std::span<const text::Column<Row>> columns) {
  std::string name{family};
  for (const std::string_view key : identifying) {
    for (const text::Column<Row>& column : columns) {
      if (column.name != key) continue;
      // Some tools read a blank as the end of the name.
      const std::string value = sys::join(sys::split(column.get(row), ' '), ",");
      if (!value.empty()) name += "/" + std::string{key} + ":" + value;
    }
  }
  return name;
}

}  // namespace

std::string benchmark_name(std::string_view family, const results::RunRow& row) {
  return name_of(family, row, results::run_columns());
}
std::string benchmark_name(std::string_view family, const results::SummaryRow& row) {
  return name_of(family, row, results::summary_columns());
}

}  // namespace ipcsort::exports
