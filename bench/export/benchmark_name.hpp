// What a cell of a sweep is called in the formats of other tools, which know a benchmark by its name alone.
#pragma once

#include <string>
#include <string_view>

#include "bench/cell/cell_id.hpp"

namespace ipcsort::exports {

// "total/transport:pipe/options:capacity=1M/handover:copy/files:4/...": all that identifies the cell, so that
// equal names are equal cells; an empty column is left out. `family` says which time it is.
std::string benchmark_name(std::string_view family, const cell::CellId& id);

}  // namespace ipcsort::exports
