// Transports compared message by message, in blocks.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bench/messages/contest.hpp"
#include "transports/registry.hpp"

namespace ipcsort::messages {
namespace {

pipeline::Subject subject_of(std::string_view name, Options options = {}) {
  return {pipeline::SubjectKind::transport, builtin_transports().find(name), std::move(options)};
}

const auto goes_on = [] { return false; };
const auto says_nothing = [](double, const std::string&) {};

TEST(Contest, EachHasATimeInEachBlock) {
  const Contest contest{{subject_of("pipe"), subject_of("socketpair_stream")}, {4096, 64}, 60, 2};
  std::vector<std::string> exchanges;
  const ContestResult result =
      hold(contest, goes_on, [&](double, const std::string& what) { exchanges.push_back(what); });
  EXPECT_FALSE(result.interrupted);
  EXPECT_EQ(exchanges.size(), 4U * 3) << "two blocks, and one before them to warm up";
  ASSERT_EQ(result.sizes.size(), 2U);
  for (const auto& size : result.sizes) {
    ASSERT_EQ(size.size(), 2U);
    for (const Contestant& it : size) {
      EXPECT_EQ(it.error, "");
      EXPECT_THAT(it.message_s, ::testing::ElementsAre(::testing::Optional(::testing::Gt(0)),
                                                       ::testing::Optional(::testing::Gt(0))));
    }
  }
}

TEST(Contest, OneBlockIsMadeWhateverTheBudget) {
  const ContestResult result = hold({{subject_of("pipe")}, {64}, 1e-9, 30}, goes_on, says_nothing);
  EXPECT_EQ(result.sizes.front().front().message_s.size(), 1U);
}

TEST(Contest, WhatFailsTakesNoFurtherPart) {
  const Contest contest{{subject_of("posix_mq", {{"msgsize", "1G"}}), subject_of("pipe")}, {64}, 60, 2};
  int exchanges = 0;
  const ContestResult result = hold(contest, goes_on, [&](double, const std::string&) { ++exchanges; });
  EXPECT_NE(result.sizes.front()[0].error, "");
  EXPECT_EQ(result.sizes.front()[1].error, "");
  EXPECT_EQ(exchanges, 1 + 3);
}

TEST(Contest, CanBeStopped) {
  int asked = 0;
  const ContestResult result = hold(
      {{subject_of("pipe")}, {64}, 60, 30}, [&] { return ++asked > 2; }, says_nothing);
  EXPECT_TRUE(result.interrupted);
  EXPECT_EQ(asked, 3);
}

TEST(Contest, AMessageThatIsCutIsNoMessage) {
  EXPECT_EQ(why_cut(subject_of("socketpair_dgram"), 4096), "");
  EXPECT_THAT(why_cut(subject_of("socketpair_dgram"), 1 << 20), ::testing::HasSubstr("socketpair_dgram"));
}

}  // namespace
}  // namespace ipcsort::messages
