// What the probes say, and how they are summed up.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <vector>

#include "bench/doctor/noise.hpp"

namespace ipcsort::doctor {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

TEST(Spread, OfTimes) {
  const Spread spread = spread_of(std::vector<double>{1, 2, 3, 4, 5});
  EXPECT_EQ(spread.p50_s, 3);
  EXPECT_EQ(spread.max_s, 5);
  EXPECT_EQ(spread.times, 5U);
  EXPECT_THROW(spread_of({}), std::invalid_argument);
}

TEST(ProbeNoise, MakesAllProbesEvenWithoutTime) {
  const Noise noise = probe_noise(1, {});
  ASSERT_THAT(noise.probes, SizeIs(8));
  for (const Probe& probe : noise.probes) {
    if (!probe.spread && probe.name == "lent huge") {  // not every kernel has them for shared memory
      EXPECT_THAT(probe.reason, HasSubstr("shmem_enabled"));
      continue;
    }
    ASSERT_TRUE(probe.spread) << probe.name << ": " << probe.reason;
    EXPECT_GT(probe.spread->p50_s, 0) << probe.name;
    EXPECT_GE(probe.spread->max_s, probe.spread->p99_s) << probe.name;
  }
  EXPECT_THAT(to_json(noise)["probes"], SizeIs(8));
}

TEST(ProbeNoise, StopsWhenTold) {
  EXPECT_THROW(probe_noise(sys::second_ns * 60, [] { return true; }), datagen::Interrupted);
}

}  // namespace
}  // namespace ipcsort::doctor
