// The numbers of a generated data set: reproducible byte for byte, on every compiler and C library.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace ipcsort::datagen {

enum class Distribution {
  uniform,        // independent, over the full signed 32-bit range
  sorted,         // ascending over all files in their order, spread evenly over the full range with jitter
  reversed,       // descending likewise
  nearly_sorted,  // sorted, but 1 % of the numbers replaced by uniform ones
  few_distinct,   // independent, 16 values that depend on the seed
  zipf,  // independent, rank r of 2^32 - 1 with probability proportional to 1 / r; ranks scattered over the
         // range
};

inline constexpr std::array all_distributions = {
    Distribution::uniform,       Distribution::sorted,       Distribution::reversed,
    Distribution::nearly_sorted, Distribution::few_distinct, Distribution::zipf,
};

// "uniform", "nearly-sorted" ...
std::string_view to_string(Distribution distribution) noexcept;
Distribution from_string(std::string_view name);  // throws UsageError listing the names

struct DataSpec {
  Distribution distribution = Distribution::uniform;
  std::uint64_t seed = 1;
  std::uint32_t files = 1;
  std::uint64_t numbers = 0;  // in all files together; split evenly, the first files get the remainder

  bool operator==(const DataSpec&) const = default;
};

std::uint64_t numbers_in_file(const DataSpec& spec, std::uint32_t file_index) noexcept;

// The numbers of one file, block by block, in constant memory. A file depends on the spec and its own index
// alone.
class Generator {
 public:
  Generator(const DataSpec& spec, std::uint32_t file_index);  // file_index < spec.files

  // Fills `out` from its front and returns how many numbers that are; fewer than out.size() only at the
  // file's end.
  std::size_t fill(std::span<std::int32_t> out);

 private:
  // splitmix64 (Steele, Lea, Flood 2014): 64 random bits at a time.
  struct Random {
    std::uint64_t state = 0;
    std::uint64_t next() noexcept;
  };
  // The 32-bit range cut into as many equal steps as there are numbers, climbed one by one.
  struct Ladder {
    Ladder(std::uint64_t steps_total, std::uint64_t steps_climbed) noexcept;
    // A random place on the next step, so that the whole climb is in ascending order.
    std::int32_t climb(std::uint32_t random) noexcept;

    std::uint64_t steps;
    std::uint64_t height = 0;     // floor(climbed * 2^32 / steps)
    std::uint64_t remainder = 0;  // climbed * 2^32 mod steps
  };

  std::int32_t nearly_sorted() noexcept;
  std::int32_t zipf() noexcept;

  Distribution distribution_;
  std::uint64_t remaining_;
  Random random_;
  Ladder ladder_;
  std::array<std::int32_t, 16> few_;
};

}  // namespace ipcsort::datagen
