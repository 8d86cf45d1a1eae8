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

namespace {

// close_range(2) came with Linux 5.9, and filters that are older refuse it.
void close_from_to(unsigned first, unsigned last) noexcept {
  if (::close_range(first, last, 0) == 0) return;
  const auto open_max = static_cast<unsigned>(std::clamp(::sysconf(_SC_OPEN_MAX), 256L, 1L << 20U));
  for (unsigned fd = first; fd <= std::min(last, open_max); ++fd) ::close(static_cast<int>(fd));
}

}  // namespace

void close_all_except(std::span<const int> keep) noexcept {
  std::vector<int> kept(keep.begin(), keep.end());
  std::sort(kept.begin(), kept.end());
  unsigned from = 3;
  for (const int fd : kept) {
    if (fd < static_cast<int>(from)) continue;
    const auto here = static_cast<unsigned>(fd);
    if (here > from) close_from_to(from, here - 1);
    from = here + 1;
  }
  close_from_to(from, UINT_MAX);
}

}  // namespace ipcsort::sys
