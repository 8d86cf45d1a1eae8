// Owner of one memory mapping (mmap(2)).
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <utility>

namespace ipcsort::sys {

enum class Pages { base, huge };  // huge: madvise(MADV_HUGEPAGE), a wish that the kernel may ignore

class Mapping {
 public:
  Mapping() noexcept = default;
  Mapping(void* address, std::size_t size) noexcept : address_(address), size_(size), mapped_bytes_(size) {}
  Mapping(Mapping&& other) noexcept { *this = std::move(other); }
  Mapping& operator=(Mapping&& other) noexcept {
    if (this != &other) {
      reset();
      address_ = std::exchange(other.address_, nullptr);
      size_ = std::exchange(other.size_, 0);
      mapped_bytes_ = std::exchange(other.mapped_bytes_, 0);
    }
    return *this;
  }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping() { reset(); }

  // Private memory, zero on first touch. Address space only until it is touched, so a generous size costs
  // nothing. In huge pages as far as it fills them to a quarter at least; it then begins at a multiple of
  // 2 MiB, and up to 1.5 MiB behind its end may take memory too.
  static Mapping private_memory(std::size_t size, Pages pages = Pages::base);
  // Memory that children made by fork() share, zero on first touch. With Pages::huge it begins at a multiple of 2 MiB, if it
  // is that large, and so does the next.
  static Mapping shared_memory(std::size_t size, Pages pages = Pages::base);
  // Maps `size` bytes of `fd`, shared, readable and writable.
  static Mapping shared_file(int fd, std::size_t size, std::string_view name, Pages pages = Pages::base);

  // A child made by fork() does not have this memory (madvise(MADV_DONTFORK)). Throws std::system_error.
  void keep_from_children() const;

  [[nodiscard]] std::byte* data() const noexcept { return static_cast<std::byte*>(address_); }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::span<std::byte> bytes() const noexcept { return {data(), size_}; }
  explicit operator bool() const noexcept { return address_ != nullptr; }
  void reset() noexcept;

 private:
  void* address_ = nullptr;
  std::size_t size_ = 0;
  std::size_t mapped_bytes_ = 0;  // size_, and what huge pages take behind it
};

// The wish for huge pages in memory that begins where a mapping does, as far as it fills them to a quarter at
// least. For memory that is shared the kernel grants it only where
// /sys/kernel/mm/transparent_hugepage/shmem_enabled is not "never", its default.
void wish_for_huge_pages(std::span<std::byte> bytes) noexcept;

// Puts shared memory into huge pages now, as far as these end in it, and allocates them; what is in it stays. The first of
// them may begin before it, where its mapping begins at a multiple of 2 MiB as it must anyway. Whether that was done for all:
// not before Linux 6.1, where shmem_enabled is "deny", or where none is left.
bool collapse_into_huge_pages(std::span<std::byte> bytes) noexcept;

// Makes the pages of `bytes`, which lie in memory that processes share, this process's, so that it takes no
// fault when it uses them. Allocates those that nobody has touched before; changes nothing in any.
void touch_shared(std::span<const std::byte> bytes) noexcept;

}  // namespace ipcsort::sys
