// The page docs/transports.md.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bench/cli/catalogue.hpp"

namespace ipcsort::commands {

// It does not depend on the machine. `deaths_csv` is what the kill loop has
// written, empty for none. Throws UsageError when it is something else.
std::string transports_page(const std::vector<cli::CatalogueEntry>& entries, std::string_view deaths_csv);

}  // namespace ipcsort::commands
