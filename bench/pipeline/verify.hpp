#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bench/pipeline/merge.hpp"
#include "datagen/fingerprint.hpp"

namespace ipcsort::pipeline {

// Is `result` what it must be? Each of `sorted_parts`, which together make up the result, must ascend; count
// and order-free checksum must be those of the input. Returns what is wrong, or nothing.
std::optional<std::string> find_fault(const std::vector<Run>& sorted_parts, datagen::Fingerprint expected,
                                      unsigned threads);

}  // namespace ipcsort::pipeline
