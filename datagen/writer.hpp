// Writes the integer files that format.hpp describes.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "datagen/distribution.hpp"
#include "datagen/format.hpp"
#include "datagen/stop.hpp"

namespace ipcsort::datagen {

// Writes file `file_index` of the data set to `path`, one number a line, and returns what it wrote. `stop` is
// asked and `wrote` told the bytes of each block (under 200 KB), both on the calling thread. Blocks only on
// the disk; not synced. Throws UsageError when `path` exists, std::system_error naming path and call,
// Interrupted; a partial file is removed.
InputFile write_file(const std::string& path, const DataSpec& spec, std::uint32_t file_index,
                     const Stop& stop = {}, const std::function<void(std::uint64_t bytes)>& wrote = {});

}  // namespace ipcsort::datagen
