// Private to datagen: the record in a cached data set of what it is and how its files were left.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "datagen/distribution.hpp"
#include "datagen/format.hpp"

namespace ipcsort::datagen {

struct Manifest {
  DataSpec spec;
  std::vector<InputFile> files;  // paths within the set's directory are names only
};

inline constexpr std::string_view manifest_name = "manifest.json";

// "uniform-seed1-files4-numbers80000000": the name of the set's directory.
std::string key_of(const DataSpec& spec);
bool is_key(std::string_view name);  // could key_of() have made it?

std::string file_name(std::uint32_t file_index);  // "0000.txt"

// Nothing when there is no manifest, or none of this format version.
std::optional<Manifest> load_manifest(const std::string& directory);
// Replaces the manifest in one step: a reader, or whoever comes after a kill, sees the old or the new one.
void save_manifest(const std::string& directory, const Manifest& manifest);

}  // namespace ipcsort::datagen
