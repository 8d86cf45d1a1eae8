#include "bench/text/hash.hpp"

#include <fmt/core.h>

#include <cstdint>

namespace ipcsort::text {

std::string hash_text(const std::string& text) {
  std::uint64_t hash = 14695981039346656037ULL;  // FNV-1a, 64 bit
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  return fmt::format("{:016x}", hash);
}

}  // namespace ipcsort::text
