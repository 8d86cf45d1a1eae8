// Private to datagen: an integer file that is open for reading.
#pragma once

#include <sys/stat.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "sys/fd.hpp"

namespace ipcsort::datagen {

struct FileState {
  std::uint64_t bytes = 0;
  std::int64_t mtime_ns = 0;

  bool operator==(const FileState&) const = default;
};

FileState state_of(const struct stat& status) noexcept;

// Bytes [begin_bytes, end_bytes) of a file.
struct ByteRange {
  std::uint64_t begin_bytes = 0;
  std::uint64_t end_bytes = 0;
};

class SourceFile {
 public:
  // Opens a file that was seen before; throws std::runtime_error unless it is still regular and in state
  // `seen`.
  SourceFile(const std::string& path, const FileState& seen);
  // Takes a file that is open already.
  SourceFile(std::string path, const FileState& seen, sys::Fd fd);

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] std::uint64_t bytes() const noexcept { return seen_.bytes; }
  [[nodiscard]] const FileState& state() const noexcept { return seen_; }

  // Reads at least one byte and at most buffer.size() (> 0) from `offset_bytes` on; returns how many. Throws
  // std::system_error, or std::runtime_error when the file ends there.
  std::size_t read_some(std::span<char> buffer, std::uint64_t offset_bytes) const;

  // Whether there is something behind the size that was seen, which is said to be 0.
  [[nodiscard]] bool has_content() const;

  // Throws std::runtime_error unless the file still has the size and modification time it was seen with.
  void check_unchanged() const;

 private:
  std::string path_;
  FileState seen_;
  sys::Fd fd_;
};

}  // namespace ipcsort::datagen
