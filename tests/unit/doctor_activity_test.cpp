// Who is busy, and how probes are summed up.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <vector>

#include "bench/doctor/noise.hpp"
#include "bench/host/activity.hpp"

namespace ipcsort::host {
namespace {

using ::testing::DoubleEq;
using ::testing::SizeIs;

TEST(Busiest, MostFirstOwnLeftOut) {
  const ProcessTimes before = {{1, {"init", 5}}, {2, {"own", 0}}, {3, {"hog", 10}}, {4, {"idle", 3}}};
  const ProcessTimes after = {
      {1, {"init", 5.2}}, {2, {"own", 2}}, {3, {"hog", 12}}, {4, {"idle", 3.01}}, {5, {"new", 1}}};
  const auto busy = busiest(before, after, 2, 2, 2);
  ASSERT_THAT(busy, SizeIs(2));
  EXPECT_EQ(busy[0].name, "hog");
  EXPECT_THAT(busy[0].cpus, DoubleEq(1));
  EXPECT_EQ(busy[1].name, "new");
  EXPECT_THAT(busiest(before, after, 2, 2, 9), SizeIs(3));
}

TEST(ProcessTimesOfThisMachine, HaveThisProcess) { EXPECT_TRUE(process_times().contains(::getpid())); }

TEST(Spread, OfTimes) {
  const Spread spread = spread_of(std::vector<double>{1, 2, 3, 4, 5});
  EXPECT_EQ(spread.p50_s, 3);
  EXPECT_EQ(spread.max_s, 5);
  EXPECT_EQ(spread.times, 5U);
  EXPECT_THROW(spread_of({}), std::invalid_argument);
}

TEST(ProbeNoise, MakesAllProbesEvenWithoutTime) {
  const Noise noise = probe_noise(1, {});
  ASSERT_THAT(noise.probes, SizeIs(6));
  for (const Probe& probe : noise.probes) {
    ASSERT_TRUE(probe.spread) << probe.name << ": " << probe.reason;
    EXPECT_GT(probe.spread->p50_s, 0) << probe.name;
    EXPECT_GE(probe.spread->max_s, probe.spread->p99_s) << probe.name;
  }
  EXPECT_THAT(to_json(noise)["probes"], SizeIs(6));
}

TEST(ProbeNoise, StopsWhenTold) {
  EXPECT_THROW(probe_noise(sys::second_ns * 60, [] { return true; }), datagen::Interrupted);
}

}  // namespace
}  // namespace ipcsort::host
