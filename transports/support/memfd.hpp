// Anonymous memory with a descriptor (memfd_create(2)).
//
// It lies on a tmpfs of the kernel's own, without the size limit that /dev/shm has: where a /dev/shm of 1 MiB
// refuses 32 MiB, a memfd takes them. So nothing is allocated ahead: the file is sparse, a page comes into
// being at its first touch, and a machine without memory kills, as it does for memory of any kind, instead of
// raising SIGBUS.
#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <limits>
#include <string>

#include "sys/error.hpp"
#include "sys/fd.hpp"
#include "sys/mapping.hpp"
#include "transports/transport.hpp"

namespace ipcsort::transports {

inline void set_size(const sys::Fd& fd, std::size_t bytes) {
  const std::string where = "memfd, " + std::to_string(bytes) + " bytes";
  if (bytes > static_cast<std::size_t>(std::numeric_limits<off_t>::max()))
    sys::throw_errno("ftruncate", where, EFBIG);
  sys::check(::ftruncate(fd.get(), static_cast<off_t>(bytes)), "ftruncate", where);
}

// A file of `bytes` zeros that can still be sealed.
inline sys::Fd make_memfd(std::size_t bytes) {
  // Never executable; with vm.memfd_noexec=2 the kernel gives no other. Kernels before 6.3 do not know it.
  constexpr unsigned noexec_seal = 0x0008U;
  constexpr const char* name = "ipcsort";
  int made = ::memfd_create(name, MFD_CLOEXEC | noexec_seal);
  if (made < 0 && errno == EINVAL) made = ::memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (made < 0) {
    sys::throw_errno("memfd_create", errno == EMFILE ? "the descriptor table is full, raise RLIMIT_NOFILE"
                                                     : "a file in memory");
  }
  sys::Fd fd{made};
  set_size(fd, bytes);
  return fd;
}

// Without these whoever else has the file could cut it off under our mapping, which is SIGBUS at the next
// touch.
inline constexpr int size_seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;

inline void seal(const sys::Fd& fd, int seals) {
  sys::check(::fcntl(fd.get(), F_ADD_SEALS, seals), "fcntl", "F_ADD_SEALS, memfd");
}

// Shared memory of one fixed size for processes that will be forked.
inline sys::Mapping make_sealed_memory(std::size_t bytes, sys::Pages pages = sys::Pages::base) {
  const sys::Fd fd = make_memfd(bytes);
  seal(fd, size_seals);
  return sys::Mapping::shared_file(fd.get(), bytes, "memfd", pages);
}

inline Availability memfd_available() {
  return available_if([] { seal(make_memfd(1), size_seals); });
}

}  // namespace ipcsort::transports
