// Whole files.
#pragma once

#include <string>

namespace ipcsort::sys {

// Writes `text` under another name and renames it: there is never half a file. Throws std::system_error.
void write_file_atomically(const std::string& path, const std::string& text);

// Throws std::system_error naming the path.
std::string read_file(const std::string& path);

// Likewise; a file that says the same already stays as it is, so that a directory which cannot be written can
// be read all the same.
void write_unless_the_same(const std::string& path, const std::string& text);

}  // namespace ipcsort::sys
