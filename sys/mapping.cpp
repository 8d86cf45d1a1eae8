#include "sys/mapping.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>

#include "sys/error.hpp"

namespace ipcsort::sys {
namespace {

constexpr std::size_t page_bytes = 4096;
constexpr int private_flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
constexpr std::string_view private_name = "private memory";

[[noreturn]] void throw_refused(std::size_t size, std::string_view name, int error) {
  throw_errno("mmap", std::string{name} + ", " + std::to_string(size) + " bytes", error);
}

Mapping map(std::size_t size, int flags, int fd, std::string_view name) {
  if (size == 0) return {};  // mmap(2) refuses 0 bytes; an empty payload is legal here
  void* address = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, flags, fd, 0);
  if (address == MAP_FAILED) throw_refused(size, name, errno);
  return {address, size};
}

constexpr std::size_t huge_page_bytes = std::size_t{2} << 20;

// How much of an array of `size` bytes lies in huge pages: those that it fills to a quarter at least. A fault
// that brings in a huge page took as long as 80 that bring in 4 KiB each, which is 320 KiB of them; and an
// array that is smaller than that should not take 2 MiB of memory.
constexpr std::size_t in_huge_pages(std::size_t size) noexcept {
  if (size > std::numeric_limits<std::size_t>::max() / 2) return 0;  // no address space has it
  return (size + huge_page_bytes / 4 * 3) / huge_page_bytes * huge_page_bytes;
}

// Beginning at a multiple of 2 MiB: the kernel gives a huge page only where a mapping covers all of it, and not every kernel
// begins a mapping there. So address space for a huge page more is taken, and what is too much at both ends is given back.
Mapping map_aligned(std::size_t size, int flags, int fd, std::string_view name) {
  const std::size_t whole_bytes = (size + page_bytes - 1) / page_bytes * page_bytes;
  void* const space = ::mmap(nullptr, whole_bytes + huge_page_bytes, PROT_NONE, private_flags, -1, 0);
  if (space == MAP_FAILED) throw_refused(size, name, errno);
  const std::size_t before_bytes = -reinterpret_cast<std::uintptr_t>(space) % huge_page_bytes;
  std::byte* const begin = static_cast<std::byte*>(space) + before_bytes;
  if (before_bytes > 0) ::munmap(space, before_bytes);
  if (before_bytes < huge_page_bytes) ::munmap(begin + whole_bytes, huge_page_bytes - before_bytes);
  if (::mmap(begin, size, PROT_READ | PROT_WRITE, flags | MAP_FIXED, fd, 0) != MAP_FAILED)
    return {begin, size};
  const int error = errno;
  ::munmap(begin, whole_bytes);
  throw_refused(size, name, error);
}

Mapping map_shared(std::size_t size, int flags, int fd, std::string_view name, Pages pages) {
  if (pages == Pages::base || in_huge_pages(size) == 0) return map(size, flags, fd, name);
  Mapping mapping = map_aligned(size, flags, fd, name);
  wish_for_huge_pages(mapping.bytes());
  return mapping;
}

}  // namespace

// EINVAL where the kernel has no transparent huge pages: the wish is simply not granted.
void wish_for_huge_pages(std::span<std::byte> bytes) noexcept {
  const std::size_t huge_bytes = in_huge_pages(bytes.size());
  if (huge_bytes > 0) ::madvise(bytes.data(), huge_bytes, MADV_HUGEPAGE);
}

bool collapse_into_huge_pages(std::span<std::byte> bytes) noexcept {
  constexpr int madv_collapse = 25;  // of Linux 6.1; the C library of a distribution may not know it
  const auto begin = reinterpret_cast<std::uintptr_t>(bytes.data());
  const std::uintptr_t first = begin / huge_page_bytes * huge_page_bytes;
  const std::uintptr_t end = (begin + bytes.size()) / huge_page_bytes * huge_page_bytes;
  if (first >= end) return false;
  // Where not a single page is there yet, there is nothing to collapse.
  for (std::uintptr_t page = first; page < end; page += huge_page_bytes)
    touch_shared({reinterpret_cast<const std::byte*>(std::max(page, begin)), 1});
  return ::madvise(reinterpret_cast<void*>(first), end - first, madv_collapse) == 0;
}

Mapping Mapping::private_memory(std::size_t size, Pages pages) {
  const std::size_t huge_bytes = pages == Pages::huge ? in_huge_pages(size) : 0;
  if (huge_bytes == 0) return map(size, private_flags, -1, private_name);
  Mapping mapping = map_aligned(std::max(huge_bytes, size), private_flags, -1, private_name);
  wish_for_huge_pages({mapping.data(), size});
  mapping.size_ = size;
  return mapping;
}

Mapping Mapping::shared_memory(std::size_t size, Pages pages) {
  return map_shared(size, MAP_SHARED | MAP_ANONYMOUS, -1, "shared memory", pages);
}

Mapping Mapping::shared_file(int fd, std::size_t size, std::string_view name, Pages pages) {
  return map_shared(size, MAP_SHARED, fd, name, pages);
}

void Mapping::keep_from_children() const {
  if (size_ > 0) check(::madvise(address_, mapped_bytes_, MADV_DONTFORK), "madvise", "MADV_DONTFORK");
}

void Mapping::reset() noexcept {
  if (address_ != nullptr) ::munmap(address_, mapped_bytes_);
  address_ = nullptr;
  size_ = mapped_bytes_ = 0;
}

// By reading: a fault that reads brings in the neighbours of its page as well, as far as they exist. Where
// another process had allocated them, 4 MiB took 0.2 ms; by writing, or by madvise(MADV_POPULATE_WRITE), 0.8
// ms.
void touch_shared(std::span<const std::byte> bytes) noexcept {
  if (bytes.empty()) return;
  const auto* const first = static_cast<const volatile std::byte*>(bytes.data());
  for (std::size_t at = 0; at < bytes.size(); at += page_bytes) (void)first[at];
  (void)first[bytes.size() - 1];
}

}  // namespace ipcsort::sys
