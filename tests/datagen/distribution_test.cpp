#include "datagen/distribution.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "datagen/fingerprint.hpp"
#include "sys/error.hpp"
#include "tests/datagen/support.hpp"

namespace ipcsort::datagen {
namespace {

using testing::ElementsAre;

// In blocks of an odd size, so that the numbers cannot depend on how they are asked for.
std::vector<std::int32_t> numbers_of_file(const DataSpec& spec, std::uint32_t index,
                                          std::size_t block = 777) {
  Generator generator(spec, index);
  std::vector<std::int32_t> numbers;
  std::vector<std::int32_t> part(block);
  while (const std::size_t count = generator.fill(part)) {
    numbers.insert(numbers.end(), part.begin(), part.begin() + static_cast<std::ptrdiff_t>(count));
  }
  return numbers;
}

std::vector<std::int32_t> all_numbers(const DataSpec& spec) {
  std::vector<std::int32_t> numbers;
  for (std::uint32_t i = 0; i < spec.files; ++i) {
    const std::vector<std::int32_t> file = numbers_of_file(spec, i);
    numbers.insert(numbers.end(), file.begin(), file.end());
  }
  return numbers;
}

// Depends on the order, unlike the fingerprint.
std::uint64_t chained_hash(const std::vector<std::int32_t>& numbers) {
  std::uint64_t hash = 0;
  for (const std::int32_t number : numbers) hash = scramble(hash + mix(number));
  return hash;
}

TEST(DistributionName, IsReadBack) {
  for (const Distribution distribution : all_distributions)
    EXPECT_EQ(from_string(to_string(distribution)), distribution);
  EXPECT_EQ(to_string(Distribution::nearly_sorted), "nearly-sorted");
  EXPECT_EQ(to_string(Distribution::few_distinct), "few-distinct");
  EXPECT_EQ(
      test::message_of<UsageError>([] { from_string("gauss"); }),
      "unknown distribution 'gauss'; choose one of uniform sorted reversed nearly-sorted few-distinct zipf");
}

TEST(Split, IsAsEvenAsCanBe) {
  const DataSpec spec{.files = 4, .numbers = 10};
  std::vector<std::uint64_t> counts;
  for (std::uint32_t i = 0; i < spec.files; ++i) counts.push_back(numbers_of_file(spec, i).size());
  EXPECT_THAT(counts, ElementsAre(3, 3, 2, 2));
  EXPECT_EQ(numbers_in_file({.files = 3, .numbers = UINT64_MAX}, 0), UINT64_MAX / 3);
}

TEST(Split, MayLeaveFilesEmpty) {
  EXPECT_EQ(numbers_of_file({.files = 3, .numbers = 2}, 2).size(), 0U);
  for (const Distribution distribution : all_distributions) {
    EXPECT_EQ(numbers_of_file({.distribution = distribution, .files = 1, .numbers = 0}, 0).size(), 0U);
  }
}

// As an independent program in Python computes them. A change here makes all cached sets and recorded
// checksums void: raise format_version in manifest.cpp.
TEST(Golden, DataNeverChange) {
  const std::map<Distribution, std::uint64_t> expected = {
      {Distribution::uniform, 0x5730a0be2d02a0e6},      {Distribution::sorted, 0x75d466b8765a0f9f},
      {Distribution::reversed, 0xfa09aea3ff54eb76},     {Distribution::nearly_sorted, 0x0710e7aff4b85a6d},
      {Distribution::few_distinct, 0x670daf53439c2889}, {Distribution::zipf, 0x2b3d0329c867b45a},
  };
  for (const auto& [distribution, hash] : expected) {
    const std::uint64_t got = chained_hash(all_numbers({distribution, 42, 3, 1000}));
    EXPECT_EQ(got, hash) << to_string(distribution) << ": 0x" << std::hex << got;
  }
}

class Each : public testing::TestWithParam<Distribution> {};
INSTANTIATE_TEST_SUITE_P(Distributions, Each, testing::ValuesIn(all_distributions), test::name_of_parameter);

TEST_P(Each, DoesNotDependOnTheBlockSize) {
  const DataSpec spec{GetParam(), 3, 2, 5000};
  EXPECT_EQ(numbers_of_file(spec, 1, 1), numbers_of_file(spec, 1, 100'000));
}

TEST_P(Each, DependsOnSeedAndFile) {
  const std::vector<std::int32_t> base = numbers_of_file({GetParam(), 3, 2, 1000}, 0);
  EXPECT_NE(base, numbers_of_file({GetParam(), 4, 2, 1000}, 0));
  EXPECT_NE(base, numbers_of_file({GetParam(), 3, 2, 1000}, 1));
}

class Ordered : public testing::TestWithParam<std::uint64_t> {};
INSTANTIATE_TEST_SUITE_P(Numbers, Ordered, testing::Values(1, 2, 3, 1000, 99'991));

TEST_P(Ordered, SortedAscendsOverAllFiles) {
  const std::vector<std::int32_t> numbers = all_numbers({Distribution::sorted, 5, 7, GetParam()});
  ASSERT_EQ(numbers.size(), GetParam());
  EXPECT_TRUE(std::is_sorted(numbers.begin(), numbers.end()));
}

TEST_P(Ordered, ReversedDescendsOverAllFiles) {
  const std::vector<std::int32_t> numbers = all_numbers({Distribution::reversed, 5, 7, GetParam()});
  ASSERT_EQ(numbers.size(), GetParam());
  EXPECT_TRUE(std::is_sorted(numbers.rbegin(), numbers.rend()));
}

TEST(SortedData, AreSpreadOverTheFullRange) {
  const std::vector<std::int32_t> numbers = all_numbers({Distribution::sorted, 5, 2, 1 << 16});
  for (std::size_t i = 0; i < numbers.size(); ++i) {  // 2^16 numbers: one for each value of the upper 16 bits
    ASSERT_EQ((static_cast<std::int64_t>(numbers[i]) - INT32_MIN) >> 16, static_cast<std::int64_t>(i));
  }
}

// The ladder's arithmetic where products exceed 64 bits and steps are narrower than one value.
TEST(SortedData, AreInOrderInTheLastFileOfAHugeSet) {
  for (const std::uint64_t total :
       {std::uint64_t{3} << 32, std::uint64_t{1} << 50, (std::uint64_t{1} << 33) + 7}) {
    const DataSpec spec{Distribution::sorted, 1, static_cast<std::uint32_t>(1U << 20), total};
    Generator last(spec, spec.files - 1);
    std::vector<std::int32_t> numbers(1000);
    ASSERT_EQ(last.fill(numbers), numbers.size());
    EXPECT_TRUE(std::is_sorted(numbers.begin(), numbers.end()));
    EXPECT_GT(numbers.front(), INT32_MAX - (1 << 13));
  }
}

TEST(NearlySortedData, HaveAboutOnePercentOutOfPlace) {
  constexpr std::uint64_t count = 200'000;
  const std::vector<std::int32_t> numbers = all_numbers({Distribution::nearly_sorted, 5, 3, count});
  // A number's place follows from its value, as in the test of sorted data.
  std::uint64_t displaced = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto height = static_cast<std::uint64_t>(static_cast<std::int64_t>(numbers[i]) - INT32_MIN);
    if ((height * count) >> 32 != i && ((height + 1) * count) >> 32 != i) ++displaced;
  }
  EXPECT_GT(displaced, count * 9 / 1000);
  EXPECT_LT(displaced, count * 11 / 1000);
}

TEST(UniformData, CoverTheFullRangeEvenly) {
  constexpr std::uint64_t count = 1 << 20;
  std::vector<int> cells(1024);
  const std::vector<std::int32_t> numbers = all_numbers({Distribution::uniform, 1, 4, count});
  for (const std::int32_t number : numbers)
    ++cells[(static_cast<std::uint32_t>(number) ^ 0x8000'0000U) >> 22];
  double chi_square = 0;
  for (const int cell : cells) chi_square += (cell - 1024.0) * (cell - 1024.0) / 1024.0;
  EXPECT_GT(chi_square, 1023 - 5 * std::sqrt(2 * 1023.0));
  EXPECT_LT(chi_square, 1023 + 5 * std::sqrt(2 * 1023.0));
  const auto [lowest, highest] = std::minmax_element(numbers.begin(), numbers.end());
  EXPECT_LT(*lowest, INT32_MIN + (1 << 17));
  EXPECT_GT(*highest, INT32_MAX - (1 << 17));
}

TEST(FewDistinctData, HaveSixteenValuesOfLikeFrequency) {
  std::map<std::int32_t, int> counts;
  for (const std::int32_t number : all_numbers({Distribution::few_distinct, 9, 4, 16'000})) ++counts[number];
  ASSERT_EQ(counts.size(), 16U);
  for (const auto& [value, count] : counts) EXPECT_NEAR(count, 1000, 200) << value;
}

TEST(ZipfData, HaveTheFrequenciesOfZipfsLaw) {
  constexpr std::uint64_t count = 1'000'000;
  constexpr std::uint32_t inverse = 0x0E8B2F51;  // of the multiplier that scatters the ranks
  static_assert(inverse * 0x9E37'79B1U == 1);
  std::vector<double> by_rank(100);
  std::vector<double> by_octave(32);
  for (const std::int32_t number : all_numbers({Distribution::zipf, 2, 1, count})) {
    const std::uint32_t rank = static_cast<std::uint32_t>(number) * inverse;
    ASSERT_NE(rank, 0U);
    if (rank < by_rank.size()) ++by_rank[rank];
    ++by_octave[static_cast<std::size_t>(std::bit_width(rank) - 1)];
  }
  // The 2^32 - 1st harmonic number: ln(2^32) and Euler's constant.
  const double harmonic = 32 * std::log(2.0) + 0.5772156649;
  for (std::size_t rank = 1; rank < by_rank.size(); ++rank) {
    const double expected = static_cast<double>(count) / (harmonic * static_cast<double>(rank));
    EXPECT_NEAR(by_rank[rank], expected, 5 * std::sqrt(expected)) << "rank " << rank;
  }
  for (std::size_t octave = 10; octave < by_octave.size(); ++octave) {
    const double expected = static_cast<double>(count) * std::log(2.0) / harmonic;
    EXPECT_NEAR(by_octave[octave], expected, 5 * std::sqrt(expected) + expected / 1000)
        << "octave " << octave;
  }
}

}  // namespace
}  // namespace ipcsort::datagen
