// What a cell of a sweep is called in the formats of other tools, which know a benchmark by its name alone.
#pragma once

#include <string>
#include <string_view>

#include "bench/driver/record.hpp"
#include "bench/driver/summary.hpp"

namespace ipcsort::exports {

// "total/transport:pipe/options:capacity=1M/handover:copy/files:4/...": all that identifies the cell, so that
// equal names are equal cells; an empty column is left out. `family` says which time it is.
std::string benchmark_name(std::string_view family, const driver::RunRow& row);
std::string benchmark_name(std::string_view family, const driver::SummaryRow& row);

}  // namespace ipcsort::exports
