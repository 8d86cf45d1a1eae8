// Which sets of options are tried.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "bench/tune/candidates.hpp"
#include "tests/tune/support.hpp"

namespace ipcsort::tune {
namespace {

using test::OptionsTransport;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<Alternatives> alternatives(const std::vector<OptionTraits>& options) {
  // Copies nothing, so it is without the chunk= of all that copy.
  return alternatives_for(OptionsTransport("any", options, 0).traits());
}

std::vector<std::string> texts(const std::vector<Options>& sets) {
  std::vector<std::string> list;
  for (const Options& set : sets) list.push_back(cell::options_text(set));
  return list;
}

std::vector<std::string> alone(const std::vector<OptionTraits>& options) {
  return texts(each_alone(alternatives(options)));
}

TEST(Candidates, WithoutOptionsThereAreOnlyTheDefaults) {
  EXPECT_THAT(alone({}), ElementsAre(""));
  EXPECT_THAT(texts(all_together({})), ElementsAre(""));
}

TEST(Candidates, WhatCopiesHasAChunkInAnyCase) {
  EXPECT_THAT(texts(each_alone(alternatives_for(OptionsTransport("any", {}).traits()))),
              Contains("chunk=8K"));
}

TEST(Candidates, AChoiceTakesAllItsOtherValues) {
  EXPECT_THAT(alone({test::waiting}), ElementsAre("", "wait=spin", "wait=eventfd"));
}

TEST(Candidates, ASizeTakesALadderAroundItsDefault) {
  EXPECT_THAT(alone({test::capacity}), ElementsAre("", "capacity=256K", "capacity=1M", "capacity=16K"));
  EXPECT_THAT(alone({test::sndbuf}), ElementsAre("", "sndbuf=208K", "sndbuf=3328K", "sndbuf=832K"));
}

TEST(Candidates, AChunkIsTriedFromAPageToACacheWhateverItsDefault) {
  EXPECT_THAT(alone({test::chunk}),
              ElementsAre("", "chunk=64K", "chunk=8K", "chunk=256K", "chunk=16K", "chunk=4K"));
  EXPECT_THAT(alone({{"chunk", "256K", any_size, ""}}),
              ElementsAre("", "chunk=64K", "chunk=8K", "chunk=16K", "chunk=4K"));
}

TEST(Candidates, TogetherEveryCombinationIsThereOnceTheSimplestFirst) {
  const std::vector<OptionTraits> options{test::waiting, test::capacity, test::chunk};
  const std::vector<Options> sets = all_together(alternatives(options));
  EXPECT_EQ(sets.size(), 3U * 4U * 6U);
  EXPECT_EQ(sets.size(), count_together(alternatives(options)));
  EXPECT_THAT(sets.front(), IsEmpty());
  EXPECT_TRUE(std::ranges::is_sorted(sets, {}, &Options::size));
  EXPECT_EQ(std::set<Options>(sets.begin(), sets.end()).size(), sets.size());
  EXPECT_THAT(texts(sets), Contains("capacity=1M chunk=4K wait=spin"));
  const OptionsTransport transport("any", options, 0);
  for (const Options& set : sets) {
    EXPECT_NO_THROW(check_options(transport.traits(), set)) << cell::options_text(set);
    for (const auto& [name, value] : set) {
      EXPECT_NE(value, option_text(transport.traits(), {}, name)) << "a default is no deviation from it";
    }
  }
}

std::vector<std::string> promising(const std::vector<OptionTraits>& options,
                                   const std::map<std::string, double>& times, std::size_t sets_max) {
  const auto time_of = [&](const std::string& option, const std::string& value) {
    const auto known = times.find(option + "=" + value);
    return known == times.end() ? std::nullopt : std::optional(known->second);
  };
  return texts(all_together(most_promising(alternatives(options), time_of, sets_max)));
}

TEST(Candidates, TheBestOfEachOptionAreCombined) {
  const std::map<std::string, double> times{
      {"capacity=256K", 0.9}, {"capacity=1M", 0.7}, {"capacity=16K", 1.1}, {"chunk=64K", 0.8},
      {"chunk=8K", 0.5},      {"chunk=256K", 1.2},  {"chunk=16K", 0.6},    {"chunk=4K", 0.7}};
  EXPECT_THAT(promising({test::capacity, test::chunk}, times, 12),
              ElementsAre("", "capacity=1M", "capacity=256K", "chunk=8K", "chunk=16K", "capacity=1M chunk=8K",
                          "capacity=1M chunk=16K", "capacity=256K chunk=8K", "capacity=256K chunk=16K"));
  EXPECT_THAT(promising({test::capacity, test::chunk}, times, 4),
              ElementsAre("", "capacity=1M", "chunk=8K", "capacity=1M chunk=8K"));
}

TEST(Candidates, OneValueOfEachIsKeptButNoneThatIsHopelessOrCouldNotRun) {
  EXPECT_THAT(promising({test::capacity, test::waiting},
                        {{"capacity=16K", 1.14}, {"capacity=1M", 1.1}, {"wait=spin", 50.0}}, 1),
              ElementsAre("", "capacity=1M"));
  EXPECT_THAT(promising({test::capacity}, {}, 12), ElementsAre(""));
}

}  // namespace
}  // namespace ipcsort::tune
