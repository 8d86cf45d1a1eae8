// What the gate promises, on simulated machines: rare alarms, rarely a slow-down missed.
#include <gtest/gtest.h>

#include "tests/simulation/rules.hpp"

namespace ipcsort::simulation {
namespace {

constexpr std::uint64_t seed = 1;

Tally gate(std::string_view profile, double effect, std::size_t cells, std::size_t first = 0) {
  return simulate(profile_named(profile), two_stage_sequential, effect, cells, seed, first);
}

// A part of the cells without a change; the parts run at the same time. At most one alarm each is at most
// four in all 20,000.
class SameProgram : public testing::TestWithParam<std::size_t> {
 protected:
  static constexpr std::size_t cells = 5000;
  Tally tally_of(std::string_view profile) const { return gate(profile, 0, cells, GetParam() * cells); }
};

TEST_P(SameProgram, RaisesNextToNoAlarmOnANoisyMachine) {
  const Tally tally = tally_of("noisy");
  EXPECT_LE(tally.regressed, 1U);
  EXPECT_LE(tally.improved, 1U);
  EXPECT_EQ(tally.inconclusive, 0U);
  EXPECT_LT(tally.pairs, 60 * cells);
}

TEST_P(SameProgram, EndsInconclusiveAndNotInAnAlarmOnAHostileMachine) {
  const Tally tally = tally_of("hostile");
  EXPECT_LE(tally.regressed, 1U);
  EXPECT_LE(tally.improved, 1U);
  EXPECT_GT(tally.inconclusive, cells / 2);
}

INSTANTIATE_TEST_SUITE_P(Part, SameProgram, testing::Range<std::size_t>(0, 4));

TEST(SlowerProgram, IsFoundOnANoisyMachine) {
  EXPECT_GE(gate("noisy", 0.05, 2000).regressed, 1970U);  // 98.5 %
  EXPECT_GE(gate("noisy", 0.10, 2000).regressed, 1990U);  // 99.5 %
}

TEST(SlowerProgram, IsFoundOnBetterMachines) {
  for (const std::string_view profile : {"quiet", "moderate"}) {
    EXPECT_EQ(gate(profile, 0, 2000).regressed, 0U) << profile;
    EXPECT_GE(gate(profile, 0.05, 1000).regressed, 995U) << profile;
  }
}

TEST(FasterProgram, IsFoundOnANoisyMachine) {
  EXPECT_GE(gate("noisy", 1 / 1.05 - 1, 2000).improved, 1900U);
  EXPECT_GE(gate("noisy", 1 / 1.10 - 1, 2000).improved, 1990U);
}

// Why the gate does not do as is usual.
TEST(UsualRules, CryWolf) {
  const Profile& noisy = profile_named("noisy");
  EXPECT_GT(simulate(noisy, two_sessions_mann_whitney, 0, 500, seed).regressed, 150U);
  EXPECT_GT(simulate(noisy, interleaved_sign_interval, 0, 2000, seed).regressed, 20U);
  EXPECT_LT(simulate(noisy, interleaved_sign_interval, 0.05, 500, seed).regressed, 400U);
}

TEST(Machine, DrawsTheSameFromTheSameSeed) {
  Machine one(profile_named("noisy"), 7);
  Machine same(profile_named("noisy"), 7);
  Machine other(profile_named("noisy"), 8);
  EXPECT_EQ(one.log_ratio_of_pair(0), same.log_ratio_of_pair(0));
  EXPECT_NE(one.log_ratio_of_pair(0), other.log_ratio_of_pair(0));
  EXPECT_THROW(profile_named("silent"), std::invalid_argument);
}

}  // namespace
}  // namespace ipcsort::simulation
