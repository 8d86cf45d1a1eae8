// The user's own files, and what is remembered of them, so that gigabytes are not parsed before every command.
//
//   DIRECTORY/inputs   a line for each file of 1 MiB or more, the one read last first, of at most a thousand
//
// DIRECTORY is that of cache.hpp. A file is known again by device, inode, size, modification time and a hash of sixteen of its
// pages. One that was changed so that none of these tells is found by the verification of the run.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "datagen/cache.hpp"
#include "datagen/stop.hpp"

namespace ipcsort::datagen {

// What is in the files: as it is remembered, otherwise as scan_files() finds it, whose exceptions it throws; what was found is
// remembered then. Any number of processes may do that at a time: the last one's list stays. A directory that cannot be used, or
// belongs to another user, and damaged lines are no error: more is scanned then.
Dataset scan_inputs(std::span<const std::string> paths, const std::string& directory, const Stop& stop = {});

// Removes what is remembered; its path, or nothing when there was none. Throws std::system_error.
std::optional<std::string> forget_inputs(const std::string& directory);

}  // namespace ipcsort::datagen
