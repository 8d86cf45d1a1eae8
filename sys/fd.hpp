// Owner of one file descriptor.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <utility>

namespace ipcsort::sys {

class Fd {
 public:
  Fd() noexcept = default;
  explicit Fd(int fd) noexcept : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    if (this != &other) {
      reset();
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() { reset(); }

  [[nodiscard]] int get() const noexcept { return fd_; }
  explicit operator bool() const noexcept { return fd_ >= 0; }
  int release() noexcept { return std::exchange(fd_, -1); }
  void reset() noexcept;

 private:
  int fd_ = -1;
};

// open(2) with O_CLOEXEC added; throws std::system_error naming the path.
Fd open_file(const std::string& path, int flags, unsigned mode = 0);

// Writes all of `bytes`; throws std::system_error naming `where`. EINTR is retried, short writes go on.
void write_all(int fd, std::span<const std::byte> bytes, const std::string& where);

// Closes every descriptor from 3 upwards that is not in `keep` (close_range(2)). Only for a child after fork.
void close_all_except(std::span<const int> keep) noexcept;

}  // namespace ipcsort::sys
