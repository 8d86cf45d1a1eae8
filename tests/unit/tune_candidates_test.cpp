// Which sets of options are tried.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "bench/tune/candidates.hpp"
#include "tests/unit/tune_support.hpp"

namespace ipcsort::tune {
namespace {

using test::OptionsTransport;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<Options> candidates(const std::vector<OptionTraits>& options) {
  return candidates_for(OptionsTransport("any", options, 0).traits());  // without the chunk= of all that copy
}

std::vector<std::string> texts(const std::vector<Options>& sets) {
  std::vector<std::string> list;
  for (const Options& set : sets) list.push_back(driver::options_text(set));
  return list;
}

TEST(Candidates, WithoutOptionsThereAreOnlyTheDefaults) {
  EXPECT_THAT(texts(candidates({})), ElementsAre(""));
}

TEST(Candidates, WhatCopiesHasAChunkInAnyCase) {
  EXPECT_THAT(texts(candidates_for(OptionsTransport("any", {}).traits())), Contains("chunk=8K"));
}

TEST(Candidates, AChoiceTakesAllItsOtherValues) {
  EXPECT_THAT(texts(candidates({test::waiting})), ElementsAre("", "wait=spin", "wait=eventfd"));
}

TEST(Candidates, ASizeTakesALadderAroundItsDefault) {
  EXPECT_THAT(texts(candidates({test::capacity})),
              ElementsAre("", "capacity=256K", "capacity=1M", "capacity=16K"));
  EXPECT_THAT(texts(candidates({test::sndbuf})),
              ElementsAre("", "sndbuf=208K", "sndbuf=3328K", "sndbuf=832K"));
}

TEST(Candidates, AChunkIsTriedFromAPageToACacheWhateverItsDefault) {
  EXPECT_THAT(texts(candidates({test::chunk})),
              ElementsAre("", "chunk=64K", "chunk=8K", "chunk=256K", "chunk=16K", "chunk=4K"));
  EXPECT_THAT(texts(candidates({{"chunk", "256K", "BYTES", ""}})),
              ElementsAre("", "chunk=64K", "chunk=8K", "chunk=16K", "chunk=4K"));
}

TEST(Candidates, AllCombinationsWhereTheyAreFew) {
  const std::vector<Options> sets = candidates({test::capacity, test::chunk});
  EXPECT_EQ(sets.size(), 4U * 6U);
  EXPECT_THAT(texts(sets), Contains("capacity=1M chunk=4K"));
}

void expect_sensible(const std::vector<OptionTraits>& options) {
  const std::vector<Options> sets = candidates(options);
  EXPECT_LE(sets.size(), candidates_max);
  EXPECT_THAT(sets.front(), IsEmpty());
  EXPECT_TRUE(std::ranges::is_sorted(sets, {}, &Options::size));
  EXPECT_EQ(std::set<Options>(sets.begin(), sets.end()).size(), sets.size());
  const OptionsTransport transport("any", options, 0);
  for (const Options& set : sets) {
    EXPECT_NO_THROW(check_options(transport.traits(), set)) << driver::options_text(set);
    for (const auto& [name, value] : set) {
      EXPECT_NE(value, option_text(transport.traits(), {}, name)) << "a default is no deviation from it";
    }
  }
}

TEST(Candidates, WhereTheyAreManyEveryOptionStillMovesAloneAndInPairs) {
  const std::vector<OptionTraits> ring{test::waiting, test::capacity, test::chunk};
  expect_sensible(ring);
  const std::vector<std::string> names = texts(candidates(ring));
  for (const char* expected : {"wait=spin", "wait=eventfd", "capacity=256K", "chunk=8K",
                               "chunk=64K wait=spin", "capacity=256K chunk=64K"})
    EXPECT_THAT(names, Contains(expected));
}

TEST(Candidates, ManyOptionsAreCutToo) {
  const std::vector<OptionTraits> six{test::waiting,
                                      test::capacity,
                                      test::chunk,
                                      test::sndbuf,
                                      {"over", "socket", "socket|pipe", ""},
                                      {"buffers", "direct", "direct|registered", ""}};
  expect_sensible(six);
  std::vector<OptionTraits> choices;
  const std::vector<std::string> names{"a", "b", "c", "d", "e", "f", "g", "h"};
  for (const std::string& name : names) choices.push_back({name, "x", "x|y|z", ""});
  expect_sensible(choices);
  EXPECT_EQ(candidates(choices).size(), candidates_max);
}

}  // namespace
}  // namespace ipcsort::tune
