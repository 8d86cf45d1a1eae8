// Writes the integer files that format.hpp describes.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

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

// Writes `numbers` to `fd`, one a line. Throws std::system_error naming `where`.
void write_numbers(std::span<const std::int32_t> numbers, int fd, const std::string& where);

// Called about ten times a second, and at the end, on the thread that called.
using Progress = std::function<void(std::uint64_t bytes_done, std::uint64_t bytes_estimated)>;

// Writes all files of the data set into `directory`, by up to min(files, cores) threads that have ended on
// return. Throws as write_file does; then some of the files may be there.
std::vector<InputFile> generate_files(const DataSpec& spec, const std::string& directory,
                                      const Progress& progress, const Stop& stop);

}  // namespace ipcsort::datagen
