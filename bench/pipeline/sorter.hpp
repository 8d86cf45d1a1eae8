#pragma once

#include <cstdint>
#include <span>

#include "bench/pipeline/settings.hpp"

namespace ipcsort::pipeline {

// Sorts ascending, in place.
void sort_numbers(Sorter sorter, std::span<std::int32_t> numbers);

}  // namespace ipcsort::pipeline
