// What a sweep promises that goes on where the best is open: it rarely names a wrong one, and saves what the others would
// cost. `simulate race` has the figures of many more conditions.
#include <gtest/gtest.h>

#include "tests/simulation/race.hpp"

namespace ipcsort::simulation {
namespace {

constexpr std::size_t conditions = 20;

RaceTally raced(std::string_view profile, std::string_view field, const RaceRule& rule = {}) {
  return race(profile_named(profile), field_named(field), rule, conditions, 1);
}

TEST(Racing, LeavesFewOfTransportsThatDifferAndNamesNoWrongOne) {
  for (const std::string_view profile : {"quiet", "moderate", "noisy"}) {
    for (const std::string_view field : {"spread", "close pair"}) {
      const RaceTally tally = raced(profile, field);
      EXPECT_LE(tally.wrong, 1U) << profile << ", " << field;  // 5 % of 20
      EXPECT_GE(tally.few, conditions * 9 / 10) << profile << ", " << field;
    }
  }
  EXPECT_LE(raced("hostile", "spread").wrong, 1U);
}

TEST(Racing, OfEqualsNamesNone) { EXPECT_LE(raced("moderate", "equal", {.blocks_max = 14}).named, 1U); }

TEST(Racing, CostsLessThanToRunAllAsOften) {
  EXPECT_LT(raced("noisy", "spread").runs * 3, raced("noisy", "spread", {.leaves_out = false}).runs * 2);
}

}  // namespace
}  // namespace ipcsort::simulation
