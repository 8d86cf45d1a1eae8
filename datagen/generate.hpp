// Private to datagen: all files of a data set at once.
#pragma once

#include <string>
#include <vector>

#include "datagen/cache.hpp"

namespace ipcsort::datagen {

// Writes the files of the set into `directory`, by up to min(files, cores) threads that have ended on return.
// Throws as write_file does; then some of the files may be there.
std::vector<InputFile> generate_files(const DataSpec& spec, const std::string& directory,
                                      const Progress& progress, const Stop& stop);

}  // namespace ipcsort::datagen
