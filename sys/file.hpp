// Whole files.
#pragma once

#include <string>

#include "sys/fd.hpp"

namespace ipcsort::sys {

// Puts `text` where `path` leads, through symbolic links. A regular file is replaced in one step by one made beside it under
// a name of its own, with the old one's mode and owner: there is never half a file. What is none (a device, a FIFO, an open
// descriptor by its path below /proc or /dev/fd) is written to as it is; so is a file whose owner could not be kept, or in
// a directory in which nothing can be made. A FIFO is given 10 s for its reader. Throws std::system_error.
void write_file_atomically(const std::string& path, const std::string& text);

// The same for content that comes bit by bit: what is written to fd() stands there once it is kept. A regular file stays as it
// was unless it is.
class NewContent {
 public:
  explicit NewContent(std::string path);
  NewContent(const NewContent&) = delete;
  NewContent& operator=(const NewContent&) = delete;
  ~NewContent();

  [[nodiscard]] int fd() const noexcept { return fd_.get(); }
  void keep();

 private:
  std::string path_;
  std::string place_;  // where it leads
  std::string part_;   // the file that is to become it; "": it is written in place, or has been kept
  Fd fd_;
};

// 0, or what errno would say of a write_file_atomically() that was tried now, as far as can be told without trying.
int write_refusal(const std::string& path);

// Throws std::system_error naming the path.
std::string read_file(const std::string& path);

// Likewise; a file that says the same already stays as it is, so that a directory which cannot be written can
// be read all the same.
void write_unless_the_same(const std::string& path, const std::string& text);

// Is what was opened still what the path leads to? It is not once that was removed, renamed or replaced.
bool still_named(const Fd& fd, const std::string& path);

}  // namespace ipcsort::sys
