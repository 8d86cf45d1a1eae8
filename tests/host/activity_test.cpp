// Who is busy.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "bench/host/activity.hpp"

namespace ipcsort::doctor {
namespace {

using host::busiest;
using host::BusyProcess;
using host::process_times;
using host::ProcessTimes;

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

}  // namespace
}  // namespace ipcsort::doctor
