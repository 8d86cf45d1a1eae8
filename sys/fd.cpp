#include "sys/fd.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <vector>

#include "sys/error.hpp"

namespace ipcsort::sys {

void Fd::reset() noexcept {
  // close(2): on Linux the descriptor is gone even after EINTR, so it is never retried.
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

Fd open_file(const std::string& path, int flags, unsigned mode) {
  const auto open_now = [&] { return ::open(path.c_str(), flags | O_CLOEXEC, mode); };
  return Fd{check(retry_interrupted(open_now), "open", path)};
}

void write_all(int fd, std::span<const std::byte> bytes, const std::string& where) {
  while (!bytes.empty()) {
    const auto write_now = [&] { return ::write(fd, bytes.data(), bytes.size()); };
    const ssize_t count = check(retry_interrupted(write_now), "write", where);
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
}

void close_all_except(std::span<const int> keep) noexcept {
  std::vector<int> kept(keep.begin(), keep.end());
  std::sort(kept.begin(), kept.end());
  unsigned from = 3;
  for (const int fd : kept) {
    if (fd < static_cast<int>(from)) continue;
    const auto here = static_cast<unsigned>(fd);
    if (here > from) ::close_range(from, here - 1, 0);
    from = here + 1;
  }
  ::close_range(from, UINT_MAX, 0);
}

}  // namespace ipcsort::sys
