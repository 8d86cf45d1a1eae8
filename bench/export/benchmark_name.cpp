#include "bench/export/benchmark_name.hpp"

#include <algorithm>

#include "bench/results/run_row.hpp"
#include "sys/text.hpp"

namespace ipcsort::exports {
namespace {

const std::string& name_of_column(const text::Column<cell::CellId>& column) { return column.name; }

}  // namespace

std::string benchmark_name(std::string_view family, const cell::CellId& id) {
  std::string name{family};
  const auto add = [&](const text::Column<cell::CellId>& column) {
    // Some tools read a blank as the end of the name.
    const std::string value = sys::join(sys::split(column.get(id), ' '), ",");
    // What came later is in a name only where it is not as it always was.
    const bool is_new = column.since != text::first_version;
    if (!value.empty() && !(is_new && value == column.get({}))) name += "/" + column.name + ":" + value;
  };
  const text::Columns<cell::CellId>& columns = results::cell_columns();
  for (const text::Column<cell::CellId>& column : columns) {
    // Names that somebody tracks must stay: `transfer` has always stood before the numbers' distribution.
    if (column.name == "distribution") add(*std::ranges::find(columns, "transfer", name_of_column));
    if (column.name != "kind" && column.name != "transfer") add(column);  // the transport says the kind
  }
  return name;
}

}  // namespace ipcsort::exports
