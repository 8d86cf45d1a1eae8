// Whose files lie in a directory: nothing is overwritten or removed that this program did not write.
#pragma once

#include <span>
#include <string>

namespace ipcsort::results {

// Throws UsageError that names what lies in `directory`, unless that is empty or absent, or this program's: it holds a
// meta.json or a page that this program wrote, or nothing but files named `own`, as a start that was killed leaves them.
void require_own(const std::string& directory, std::span<const std::string> own = {});

// Removes report.html and the charts, as far as this program made them. What cannot be removed stays.
void remove_own_page(const std::string& directory);

}  // namespace ipcsort::results
