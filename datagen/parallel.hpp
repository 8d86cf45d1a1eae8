// Private to datagen: work that is done in parts, on all CPUs.
#pragma once

#include <cstddef>
#include <functional>

#include "datagen/stop.hpp"

namespace ipcsort::datagen {

// One of the parts. The Stop that it is given may be asked on its own thread.
using Part = std::function<void(std::size_t index, const Stop& stop)>;

// Calls `part` for each index below `parts`, on up to as many threads as there are usable CPUs, all ended on return. `stop` is
// asked about ten times a second, and at the end. Throws Interrupted, or what the first of the parts threw that did: those
// before it are finished, so that the same fault is found every time; those behind it are stopped.
void in_parallel(std::size_t parts, const Part& part, const Stop& stop);

}  // namespace ipcsort::datagen
