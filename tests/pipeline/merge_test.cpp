// Sorting, merging and the verification that must notice when either goes wrong.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <limits>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "bench/pipeline/execute.hpp"
#include "bench/pipeline/merge.hpp"
#include "bench/pipeline/merge_pair.hpp"
#include "bench/pipeline/merge_tree.hpp"
#include "bench/pipeline/sorter.hpp"

namespace ipcsort::pipeline {
namespace {

using ::testing::HasSubstr;
using Numbers = std::vector<std::int32_t>;

constexpr std::int32_t lowest = std::numeric_limits<std::int32_t>::min();
constexpr std::int32_t highest = std::numeric_limits<std::int32_t>::max();

// Values from few (many duplicates) to all; the extremes among them.
Numbers random_numbers(std::mt19937_64& random, std::size_t count, std::uint64_t distinct) {
  Numbers numbers(count);
  for (std::int32_t& number : numbers) {
    const std::uint64_t value = random() % distinct;
    number = value == 0 ? lowest : value == 1 ? highest : static_cast<std::int32_t>(value * 2654435761U);
  }
  return numbers;
}

struct Input {
  std::vector<Numbers> runs;
  [[nodiscard]] std::vector<Run> spans() const { return {runs.begin(), runs.end()}; }
  [[nodiscard]] Numbers joined() const {
    Numbers all;
    for (const Numbers& run : runs) all.insert(all.end(), run.begin(), run.end());
    return all;
  }
};

// Runs of very different lengths, some of them empty, together about `total` numbers.
Input random_runs(std::mt19937_64& random, std::size_t runs, std::size_t total, std::uint64_t distinct) {
  Input input;
  for (std::size_t i = 0; i < runs; ++i) {
    const std::size_t share = random() % 4 == 0 ? 0 : random() % (2 * total / runs + 2);
    Numbers run = random_numbers(random, share, distinct);
    std::sort(run.begin(), run.end());
    input.runs.push_back(std::move(run));
  }
  return input;
}

// Into the middle of a larger array, so that a write beyond either end is seen.
Numbers merged(const Input& input, unsigned threads) {
  constexpr std::int32_t canary = 0x5ca1ab1e;
  const std::size_t count = input.joined().size();
  Numbers out(count + 128, canary);
  merge_runs(input.spans(), std::span{out}.subspan(64, count), threads);
  EXPECT_EQ(std::count(out.begin(), out.begin() + 64, canary), 64);
  EXPECT_EQ(std::count(out.end() - 64, out.end(), canary), 64);
  return {out.begin() + 64, out.end() - 64};
}

Numbers sorted(Numbers numbers) {
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

TEST(MergeRuns, OneToThirtyThreeRunsAgainstStdSort) {
  std::mt19937_64 random(7);
  for (std::size_t runs = 1; runs <= 33; ++runs) {
    for (const std::uint64_t distinct : {1U, 5U, 4'000'000'000U}) {
      const Input input = random_runs(random, runs, 3000, distinct);
      EXPECT_EQ(merged(input, 2), sorted(input.joined())) << runs << " runs, " << distinct << " values";
    }
  }
}

class MergeInThreads : public ::testing::TestWithParam<unsigned> {};

// Large enough that each of four threads has a part of its own (64 Ki numbers at least).
TEST_P(MergeInThreads, LargeRunsAgainstStdSort) {
  std::mt19937_64 random(11);
  for (const std::size_t runs : {2U, 4U, 33U}) {
    for (const std::uint64_t distinct : {3U, 4'000'000'000U}) {
      Input input = random_runs(random, runs, 30'000, distinct);
      input.runs.front() = sorted(random_numbers(random, 270'001, distinct));
      EXPECT_TRUE(merged(input, GetParam()) == sorted(input.joined()))
          << runs << " runs, " << distinct << " values";
    }
  }
}

TEST_P(MergeInThreads, RunsThatDoNotOverlapOrAreAllAlike) {
  Input input;
  for (int i = 7; i >= 0; --i) {
    Numbers run(40'000);
    for (std::size_t k = 0; k < run.size(); ++k) run[k] = i * 40'000 + static_cast<std::int32_t>(k);
    input.runs.push_back(std::move(run));
  }
  EXPECT_TRUE(merged(input, GetParam()) == sorted(input.joined()));
  for (Numbers& run : input.runs) std::fill(run.begin(), run.end(), 42);
  EXPECT_TRUE(merged(input, GetParam()) == input.joined());
}

INSTANTIATE_TEST_SUITE_P(Threads, MergeInThreads, ::testing::Values(1U, 2U, 3U, 4U, 64U));

TEST(MergePath, SplitsWhereOneMergeWouldStand) {
  std::mt19937_64 random(13);
  for (int round = 0; round < 300; ++round) {
    const Numbers a = sorted(random_numbers(random, random() % 40, 1 + random() % 20));
    const Numbers b = sorted(random_numbers(random, random() % 40, 1 + random() % 20));
    for (std::size_t rank = 0; rank <= a.size() + b.size(); ++rank) {
      const std::size_t of_a = merge_path(a, b, rank);
      ASSERT_LE(of_a, std::min(rank, a.size()));
      const std::size_t of_b = rank - of_a;
      ASSERT_LE(of_b, b.size());
      // Nothing before the cut is larger than anything behind it.
      if (of_a > 0 && of_b < b.size()) {
        ASSERT_LE(a[of_a - 1], b[of_b]);
      }
      if (of_b > 0 && of_a < a.size()) {
        ASSERT_LE(b[of_b - 1], a[of_a]);
      }
    }
  }
}

TEST(MergePair, EverySizeAgainstStdMerge) {
  std::mt19937_64 random(17);
  for (std::size_t a_size = 0; a_size < 70; ++a_size) {
    for (std::size_t b_size = 0; b_size < 70; ++b_size) {
      const std::uint64_t distinct = (a_size + b_size) % 3 == 0 ? 4 : 4'000'000'000U;
      const Numbers a = sorted(random_numbers(random, a_size, distinct));
      const Numbers b = sorted(random_numbers(random, b_size, distinct));
      Numbers expected;
      std::merge(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(expected));
      Numbers out(a_size + b_size + 2, 77);
      merge_pair(a, b, std::span{out}.subspan(1, a_size + b_size));
      EXPECT_EQ(out.front(), 77);
      EXPECT_EQ(out.back(), 77);
      ASSERT_TRUE(std::equal(expected.begin(), expected.end(), out.begin() + 1)) << a_size << " + " << b_size;
    }
  }
}

// Gives a run away in pieces of random sizes.
class PieceSource final : public RunSource {
 public:
  PieceSource(Run run, std::uint64_t seed) : run_(run), random_(seed) {}
  std::size_t read(std::span<std::int32_t> room) override {
    EXPECT_FALSE(room.empty());
    if (run_.empty()) return 0;
    const std::size_t count = std::min({room.size(), run_.size(), std::size_t{1} + random_() % 5000});
    std::copy_n(run_.begin(), count, room.begin());
    run_ = run_.subspan(count);
    return count;
  }

 private:
  Run run_;
  std::mt19937_64 random_;
};

TEST(MergeSources, OneToSeventeenRunsPieceByPiece) {
  std::mt19937_64 random(19);
  for (std::size_t runs = 1; runs <= 17; ++runs) {
    const Input input = random_runs(random, runs, 60'000, runs % 2 == 0 ? 3 : 4'000'000'000U);
    std::vector<std::unique_ptr<RunSource>> sources;
    for (const Numbers& run : input.runs) sources.push_back(std::make_unique<PieceSource>(run, random()));
    const Numbers expected = sorted(input.joined());
    Numbers out(expected.size());
    EXPECT_EQ(merge_sources(sources, out), expected.size());
    EXPECT_TRUE(out == expected) << runs << " runs";
  }
}

// An exception of a source passes through, and what is too much is not written.
TEST(MergeSources, FailuresPassAndRoomIsKept) {
  struct Failing final : RunSource {
    std::size_t read(std::span<std::int32_t> room) override {
      if (++calls > 3) throw std::runtime_error("gone");
      std::fill(room.begin(), room.end(), calls);
      return room.size();
    }
    std::int32_t calls = 0;
  };
  const Numbers other(100, 5);
  Numbers out(1'000'000);
  std::vector<std::unique_ptr<RunSource>> sources;
  sources.push_back(std::make_unique<Failing>());
  sources.push_back(std::make_unique<PieceSource>(other, 1));
  EXPECT_THROW(merge_sources(sources, out), std::runtime_error);

  const Numbers many = sorted(random_numbers(*std::make_unique<std::mt19937_64>(3), 50'000, 1000));
  for (const std::size_t runs : {1U, 2U, 5U}) {
    std::vector<std::unique_ptr<RunSource>> more;
    for (std::size_t i = 0; i < runs; ++i) more.push_back(std::make_unique<PieceSource>(many, i));
    Numbers few(20'002, 77);
    EXPECT_EQ(merge_sources(more, std::span{few}.subspan(1, 20'000)), 20'000U);
    EXPECT_EQ(few.front(), 77);
    EXPECT_EQ(few.back(), 77);
  }
  EXPECT_EQ(merge_sources({}, out), 0U);
}

// Whatever a hostile worker calls a sorted run, nothing outside the result is written.
TEST(MergeRuns, WhatDoesNotAscendStaysWithinBounds) {
  std::mt19937_64 random(23);
  for (const unsigned threads : {1U, 2U}) {
    Input input;
    for (int i = 0; i < 5; ++i) input.runs.push_back(random_numbers(random, 200'000, 4'000'000'000U));
    (void)merged(input, threads);  // looks at what lies around
  }
}

TEST(MergeRuns, NothingAndOnlyEmptyRuns) {
  merge_runs({}, {}, 4);
  const Input input{{{}, {}, {}}};
  EXPECT_TRUE(merged(input, 4).empty());
}

TEST(MergeRuns, Extremes) {
  const Input input{{{lowest, lowest, 0, highest}, {}, {lowest, -1, highest, highest}, {highest}, {lowest}}};
  EXPECT_EQ(merged(input, 1), sorted(input.joined()));
}

TEST(ConcatRuns, EndToEndInTheOrderGiven) {
  const Input input{{{5, 6}, {}, {1}, {lowest, highest}}};
  Numbers out(5);
  concat_runs(input.spans(), out);
  EXPECT_EQ(out, input.joined());
  concat_runs({}, {});
}

// A transport that mixes up its bytes hands over runs that do not ascend. The merge may then make any order
// of them, but of exactly these numbers, inside its bounds: what is wrong is for the verification to say.
TEST_P(MergeInThreads, OfRunsThatDoNotAscendStaysInBoundsAndIsFoundOut) {
  std::mt19937_64 random(23);
  for (const std::size_t runs : {2U, 3U, 4U, 7U}) {
    for (const char* disorder : {"shuffled", "descending", "rotated"}) {
      Input input;
      for (std::size_t i = 0; i < runs; ++i) {
        Numbers run = random_numbers(random, 40'000 + random() % 60'000, 4'000'000'000U);
        if (disorder[0] != 's') std::sort(run.begin(), run.end());
        if (disorder[0] == 'd') std::reverse(run.begin(), run.end());
        if (disorder[0] == 'r') {
          std::rotate(run.begin(), run.begin() + static_cast<std::ptrdiff_t>(random() % run.size()),
                      run.end());
        }
        input.runs.push_back(std::move(run));
      }
      const Numbers out = merged(input, GetParam());
      EXPECT_TRUE(find_fault({out}, datagen::fingerprint(input.joined()), 2).has_value()) << runs << disorder;
      EXPECT_EQ(datagen::fingerprint(out), datagen::fingerprint(input.joined())) << runs << disorder;
    }
  }
}

// ---------------------------------------------------------------- sorters

TEST(SortNumbers, AllSortersAgreeWithStdSort) {
  std::mt19937_64 random(3);
  std::vector<Numbers> inputs = {{}, {1}, {highest, lowest}, {lowest, highest, 0, -1, 1, highest, lowest}};
  for (const std::size_t count : {2U, 15U, 16U, 17U, 255U, 1000U, 100'000U}) {
    for (const std::uint64_t distinct : {1U, 4U, 4'000'000'000U}) {
      inputs.push_back(random_numbers(random, count, distinct));
    }
  }
  inputs.push_back(sorted(inputs.back()));
  inputs.emplace_back(inputs.back().rbegin(), inputs.back().rend());
  for (const Numbers& input : inputs) {
    const Numbers expected = sorted(input);
    for (const Sorter sorter : {Sorter::vqsort, Sorter::std_sort, Sorter::qsort}) {
      Numbers own = input;
      sort_numbers(sorter, own);
      EXPECT_TRUE(own == expected) << to_string(sorter) << " of " << input.size();
    }
  }
}

// ---------------------------------------------------------------- verification

class FindFault : public ::testing::Test {
 protected:
  FindFault() {
    std::mt19937_64 random(5);
    input_ = random_numbers(random, 200'000, 4'000'000'000U);
    expected_ = datagen::fingerprint(input_);
    result_ = sorted(input_);
  }
  [[nodiscard]] std::string fault_of(const Numbers& result) const {
    return find_fault({result}, expected_, 4).value_or("none");
  }
  Numbers input_, result_;
  datagen::Fingerprint expected_;
};

TEST_F(FindFault, NoneInARightResultHoweverItIsCutAndCounted) {
  for (const unsigned threads : {0U, 1U, 3U, 4U}) {
    EXPECT_FALSE(find_fault({result_}, expected_, threads).has_value());
    const pipeline::Run all = result_;
    EXPECT_FALSE(
        find_fault({all.first(1), {}, all.subspan(1, 99'999), all.subspan(100'000)}, expected_, threads)
            .has_value());
  }
  EXPECT_FALSE(find_fault({}, {}, 4).has_value());
}

TEST_F(FindFault, ADroppedNumber) {
  result_.erase(result_.begin() + 1234);
  EXPECT_EQ(fault_of(result_), "wrong result: 199999 numbers arrived of 200000");
}

TEST_F(FindFault, ADuplicatedNumber) {
  result_.insert(result_.begin() + 1234, result_[1234]);
  EXPECT_EQ(fault_of(result_), "wrong result: 200001 numbers arrived of 200000");
}

TEST_F(FindFault, ALostNumberWhoseNeighbourCameTwice) {
  result_[5000] = result_[5001];
  EXPECT_THAT(fault_of(result_), HasSubstr("wrong result: checksum"));
}

TEST_F(FindFault, AChangedNumberThatKeepsTheOrder) {
  result_.back() = highest;
  result_.front() = lowest;
  input_ = result_;
  input_.back() = highest - 1;
  expected_ = datagen::fingerprint(input_);
  const std::string fault = fault_of(result_);
  EXPECT_THAT(fault, HasSubstr("wrong result: checksum"));
  EXPECT_THAT(fault, HasSubstr("is not the input's"));
}

TEST_F(FindFault, EverySingleFlippedBit) {
  Numbers small = {-3, -1, 0, 0, 2, 900};
  const datagen::Fingerprint expected = datagen::fingerprint(small);
  for (std::size_t i = 0; i < small.size(); ++i) {
    for (int bit = 0; bit < 32; ++bit) {
      Numbers flipped = small;
      flipped[i] = static_cast<std::int32_t>(static_cast<std::uint32_t>(flipped[i]) ^ (1U << bit));
      EXPECT_TRUE(find_fault({flipped}, expected, 1).has_value()) << i << ' ' << bit;
      std::sort(flipped.begin(), flipped.end());  // in order, the checksum alone must tell
      EXPECT_TRUE(find_fault({flipped}, expected, 1).has_value()) << i << ' ' << bit;
    }
  }
}

TEST_F(FindFault, TwoSwappedNumbersSayWhere) {
  const Numbers swapped = {1, 2, 30, 4, 50};
  EXPECT_EQ(find_fault({swapped}, datagen::fingerprint(swapped), 1),
            "wrong result: not ascending at index 3, 30 stands before 4");
}

TEST_F(FindFault, WhereverThreadsAndBlocksMeet) {
  for (const std::size_t i : {1U, 16'384U, 16'385U, 66'666U, 66'667U, 133'333U, 133'334U, 199'999U}) {
    std::swap(result_[i - 1], result_[i]);
    EXPECT_THAT(fault_of(result_), HasSubstr("not ascending at index " + std::to_string(i) + ","));
    std::swap(result_[i - 1], result_[i]);
  }
}

TEST_F(FindFault, TheIndexCountsOverAllParts) {
  const Numbers first = {1, 2, 3};
  const Numbers second = {7, 5};
  EXPECT_EQ(find_fault({first, second}, {}, 1), "wrong result: not ascending at index 4, 7 stands before 5");
}

TEST_F(FindFault, PartsMayRestartBelowTheOneBefore) {
  const Numbers first = {10, 20};
  const Numbers second = {1, 2};
  const Numbers all = {10, 20, 1, 2};
  EXPECT_FALSE(find_fault({first, second}, datagen::fingerprint(all), 1).has_value());
  EXPECT_TRUE(find_fault({all}, datagen::fingerprint(all), 1).has_value());
}

TEST_F(FindFault, NothingArrived) { EXPECT_EQ(fault_of({}), "wrong result: 0 numbers arrived of 200000"); }

}  // namespace
}  // namespace ipcsort::pipeline
