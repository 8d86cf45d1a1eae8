#include "sys/mapping.hpp"

#include <sys/mman.h>

#include <string>

#include "sys/error.hpp"

namespace ipcsort::sys {
namespace {

Mapping map(std::size_t size, int flags, int fd, std::string_view name) {
  if (size == 0) return {};  // mmap(2) refuses 0 bytes; an empty payload is legal here
  void* address = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, flags, fd, 0);
  if (address == MAP_FAILED) throw_errno("mmap", std::string{name} + ", " + std::to_string(size) + " bytes");
  return {address, size};
}

}  // namespace

Mapping Mapping::private_memory(std::size_t size, Pages pages) {
  Mapping mapping = map(size, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, "private memory");
  // EINVAL where the kernel has no transparent huge pages: the wish is simply not granted.
  if (mapping && pages == Pages::huge) ::madvise(mapping.data(), size, MADV_HUGEPAGE);
  return mapping;
}

Mapping Mapping::shared_memory(std::size_t size) {
  return map(size, MAP_SHARED | MAP_ANONYMOUS, -1, "shared memory");
}

Mapping Mapping::shared_file(int fd, std::size_t size, std::string_view name) {
  return map(size, MAP_SHARED, fd, name);
}

void Mapping::keep_from_children() const {
  if (size_ > 0) check(::madvise(address_, size_, MADV_DONTFORK), "madvise", "MADV_DONTFORK");
}

void Mapping::reset() noexcept {
  if (address_ != nullptr) ::munmap(address_, size_);
  address_ = nullptr;
  size_ = 0;
}

}  // namespace ipcsort::sys
