#pragma once

#include <cstdint>
#include <span>

#include "bench/pipeline/settings.hpp"

namespace ipcsort::pipeline {

// Decides, once in a process and its children to come, which vector instructions are used for sorting,
// merging and parsing. Done before the fork, it is not done in every worker: asking the processor what it has
// takes a virtual machine tens of microseconds a question.
void choose_instruction_set();

// Sorts ascending, in place.
void sort_numbers(Sorter sorter, std::span<std::int32_t> numbers);

}  // namespace ipcsort::pipeline
