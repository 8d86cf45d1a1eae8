#include "datagen/source_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <stdexcept>
#include <utility>

#include "datagen/text.hpp"
#include "sys/clock.hpp"
#include "sys/error.hpp"

namespace ipcsort::datagen {
namespace {

std::string describe_change(const FileState& was, const FileState& is) {
  if (was.bytes == is.bytes) return "same size, but another modification time";
  return "was " + std::to_string(was.bytes) + " bytes, is " + std::to_string(is.bytes) + " bytes";
}

}  // namespace

FileState state_of(const struct stat& status) noexcept {
  return {static_cast<std::uint64_t>(status.st_size),
          static_cast<std::int64_t>(status.st_mtim.tv_sec) * sys::second_ns + status.st_mtim.tv_nsec};
}

// O_NONBLOCK: should a FIFO have taken the file's place, open(2) must not wait for a writer.
SourceFile::SourceFile(const std::string& path, const FileState& seen)
    : SourceFile(path, seen, sys::open_file(path, O_RDONLY | O_NONBLOCK | O_NOCTTY)) {
  check_unchanged();
}

SourceFile::SourceFile(std::string path, const FileState& seen, sys::Fd fd)
    : path_(std::move(path)), seen_(seen), fd_(std::move(fd)) {}

std::size_t SourceFile::read_some(std::span<char> buffer, std::uint64_t offset_bytes) const {
  const auto read_now = [&] {
    return ::pread(fd_.get(), buffer.data(), buffer.size(), static_cast<off_t>(offset_bytes));
  };
  const ssize_t count = sys::retry_interrupted(read_now);
  if (count < 0) sys::throw_errno("pread", escape_path(path_));
  if (count == 0) {
    throw std::runtime_error(escape_path(path_) + ": truncated while being read at byte " +
                             std::to_string(offset_bytes) + " of " + std::to_string(bytes()));
  }
  return static_cast<std::size_t>(count);
}

bool SourceFile::has_content() const {
  char byte = ' ';
  return sys::retry_interrupted([&] { return ::pread(fd_.get(), &byte, 1, 0); }) > 0;
}

void SourceFile::check_unchanged() const {
  struct stat status {};
  sys::check(::fstat(fd_.get(), &status), "fstat", escape_path(path_));
  if (!S_ISREG(status.st_mode)) {
    throw std::runtime_error(escape_path(path_) + ": changed since it was planned: no longer a regular file");
  }
  const FileState now = state_of(status);
  if (now == seen_) return;
  throw std::runtime_error(escape_path(path_) +
                           ": changed since it was planned: " + describe_change(seen_, now));
}

}  // namespace ipcsort::datagen
