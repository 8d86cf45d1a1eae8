#include "datagen/fingerprint.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <vector>

namespace ipcsort::datagen {
namespace {

std::vector<std::int32_t> some_numbers(std::size_t count) {
  std::mt19937 random(7);
  std::vector<std::int32_t> numbers(count);
  for (std::int32_t& number : numbers) number = static_cast<std::int32_t>(random());
  return numbers;
}

TEST(Fingerprint, OfNothingIsZero) { EXPECT_EQ(fingerprint({}), Fingerprint{}); }

TEST(Fingerprint, IsTheSumOfMix) {
  const std::vector<std::int32_t> numbers = {5, -5, 5};
  EXPECT_EQ(fingerprint(numbers), (Fingerprint{3, mix(5) + mix(-5) + mix(5)}));
}

// Runs of later versions are compared with those of earlier ones.
TEST(Fingerprint, NeverChangesItsMeaning) {
  EXPECT_EQ(mix(0), 0xe220a8397b1dcdafU);  // the first output of splitmix64 seeded with 0
  EXPECT_EQ(mix(-1), 0x73b13ba2aff181c0U);
  EXPECT_EQ(mix(INT32_MIN), 0x25493cc63225736cU);
}

TEST(Fingerprint, DoesNotDependOnOrder) {
  std::vector<std::int32_t> numbers = some_numbers(1001);
  const Fingerprint before = fingerprint(numbers);
  std::sort(numbers.begin(), numbers.end());
  EXPECT_EQ(fingerprint(numbers), before);
}

TEST(Fingerprint, AddsUpOverParts) {
  const std::vector<std::int32_t> numbers = some_numbers(1000);
  Fingerprint sum;
  sum += fingerprint(std::span{numbers}.first(333));
  sum += fingerprint(std::span{numbers}.subspan(333));
  EXPECT_EQ(sum, fingerprint(numbers));
}

TEST(Fingerprint, ShowsEveryFlippedBit) {
  std::vector<std::int32_t> numbers = some_numbers(100);
  const Fingerprint before = fingerprint(numbers);
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    for (int bit = 0; bit < 32; ++bit) {
      const std::int32_t original = numbers[i];
      numbers[i] = static_cast<std::int32_t>(static_cast<std::uint32_t>(original) ^ (1U << bit));
      EXPECT_NE(fingerprint(numbers), before) << "bit " << bit << " of number " << i;
      numbers[i] = original;
    }
  }
}

TEST(Fingerprint, ShowsALostAndADoubledNumber) {
  for (const std::int32_t victim : {0, 1, -1, INT32_MIN, INT32_MAX}) {
    const std::vector<std::int32_t> numbers = {victim, 42};
    const std::vector<std::int32_t> lost = {42};
    const std::vector<std::int32_t> doubled = {victim, victim, 42};
    const std::vector<std::int32_t> swapped_for_another = {42, 42};
    EXPECT_NE(fingerprint(lost).checksum, fingerprint(numbers).checksum) << victim;
    EXPECT_NE(fingerprint(doubled).checksum, fingerprint(numbers).checksum) << victim;
    EXPECT_NE(fingerprint(swapped_for_another).checksum, fingerprint(numbers).checksum) << victim;
  }
}

}  // namespace
}  // namespace ipcsort::datagen
