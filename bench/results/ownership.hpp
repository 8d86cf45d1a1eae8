// Whose files lie in a directory: nothing is overwritten or removed that this program did not write.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace ipcsort::results {

// Throws UsageError naming the first of `names` that lies in `directory`, unless the directory is this program's: it holds a
// meta.json or a page that this program wrote.
void require_own(const std::string& directory, std::span<const std::string_view> names);

// Removes report.html and the charts, as far as this program made them. What cannot be removed stays.
void remove_own_page(const std::string& directory);

}  // namespace ipcsort::results
