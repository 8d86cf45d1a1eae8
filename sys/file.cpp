#include "sys/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <span>
#include <sstream>
#include <system_error>

#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace ipcsort::sys {

std::string read_file(const std::string& path) {
  const Fd fd = open_file(path, O_RDONLY);
  struct stat state {};
  check(::fstat(fd.get(), &state), "fstat", path);
  if (S_ISDIR(state.st_mode)) throw_errno("read", path, EISDIR);
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void write_file_atomically(const std::string& path, const std::string& text) {
  const std::string temporary = path + ".part";
  try {
    const Fd fd = open_file(temporary, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    write_all(fd.get(), std::as_bytes(std::span{text}), temporary);
    check(::rename(temporary.c_str(), path.c_str()), "rename", path);
  } catch (const std::system_error&) {
    ::unlink(temporary.c_str());
    throw;
  }
}

void write_unless_the_same(const std::string& path, const std::string& text) {
  std::error_code missing;
  if (std::filesystem::exists(path, missing) && read_file(path) == text) return;
  write_file_atomically(path, text);
}

}  // namespace ipcsort::sys
