// What of a plan can be told before anything is measured.
#pragma once

#include <string>
#include <vector>

#include "bench/cell/plan.hpp"

namespace ipcsort::cell {

// Opens each transport that was given a chunk= and carries only so much at once, as a run would, and looks.
// Throws UsageError for a chunk= that is more; std::system_error when it cannot be opened is left to the run.
void require_chunks_that_fit(const Plan& plan);

// Sentences about options that change nothing because the cells they are for lend: nothing is cut, copied or
// received there.
std::vector<std::string> idle_options(const Plan& plan);

}  // namespace ipcsort::cell
