#include "datagen/fingerprint.hpp"

namespace ipcsort::datagen {

Fingerprint fingerprint(std::span<const std::int32_t> numbers) noexcept {
  std::uint64_t checksum = 0;
  // One plain sum: no early exit and no dependence but the addition, so that compilers can use vectors.
  for (const std::int32_t number : numbers) checksum += mix(number);
  return {numbers.size(), checksum};
}

}  // namespace ipcsort::datagen
