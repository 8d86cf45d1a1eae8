// Generated data sets, kept between runs.
//
//   DIRECTORY/uniform-seed1-files4-numbers80000000/   0000.txt ... manifest.json; its mtime is when it was last used
//   DIRECTORY/.ipcsort-tmp-KEY/                       a set being made; its maker holds an flock(2) on it
//
// A set is made under the temporary name and renamed when it is complete, so what a kill leaves never looks
// like a set; such remains are recognised by their free lock and removed. A set in use is held by a shared
// lock on its directory. Any number of processes may use one cache directory at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "datagen/distribution.hpp"
#include "datagen/format.hpp"
#include "datagen/stop.hpp"
#include "datagen/writer.hpp"
#include "sys/fd.hpp"

namespace ipcsort::datagen {

// $XDG_CACHE_HOME/ipcsort, else ~/.cache/ipcsort if that can be had, else /tmp/ipcsort-cache-UID.
std::string default_cache_directory();

struct CacheOptions {
  std::string directory = default_cache_directory();  // made (0700) when it is not there
  std::uint64_t bytes_max = std::uint64_t{20} << 30;  // of all finished sets together
};

struct Dataset {
  std::vector<InputFile> files;
  Fingerprint fingerprint;  // of all files together
  std::uint64_t bytes = 0;
  sys::Fd in_use;  // keeps the set from being evicted for as long as it, or a forked copy of it, is open
  // The command after which its files are made, or read, anew.
  std::string remedy;
};

// "ipcsort clean", with `options` such as " --data" and what names the cache directory where that is not the default.
std::string cleaning_command(const std::string& directory, std::string_view options = {});

// The first of its files that has the size and time it was recorded with, but not the content; reads all of them, on all CPUs.
// Nothing where there is none, or when `stop` ended the search.
std::optional<std::string> find_spoilt_file(const Dataset& dataset, const Stop& stop = {});

// Makes the directory unless it is there. Throws UsageError when it cannot be made, or is one that somebody else could fill or
// swap under us.
void prepare_directory(const std::string& path);

// Removes the sets that nobody uses, and returns their paths; none where there is no such directory. Throws what ensure() does.
std::vector<std::string> remove_unused_sets(const std::string& directory);

// An upper estimate of the text's size (uniform: 11 bytes a number and a little), UINT64_MAX if that
// overflows.
std::uint64_t estimated_bytes(const DataSpec& spec) noexcept;

// Throws UsageError unless the sets of `specs` can all be in the cache at one time: within its limit, and
// with what is not there yet on the disk. Before the first is made, so that no time and disk go into sets
// that are of no use without the last. An empty `specs` always fits.
void require_room(std::span<const DataSpec> specs, const CacheOptions& options);

// Returns the set from the cache, generating it first if need be (by up to min(files, cores) threads, all
// ended on return). A file whose size or modification time is not the recorded one is read again and the set
// made anew if the content differs. Evicts the least recently used sets that nobody uses when the limit would
// be passed. Blocks while another process makes the same set. Throws UsageError (no files asked for, not
// enough disk, over the limit, unusable directory), std::system_error, Interrupted; nothing half-made is left
// then.
Dataset ensure(const DataSpec& spec, const CacheOptions& options, const Progress& progress = {},
               const Stop& stop = {});

}  // namespace ipcsort::datagen
