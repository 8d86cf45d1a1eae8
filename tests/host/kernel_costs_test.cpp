// What the kernel takes: measured, written and read again.
#include "bench/host/kernel_costs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace ipcsort::host {
namespace {

using nlohmann::ordered_json;

using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(KernelCosts, EachIsMeasuredOrSaysWhyNot) {
  const KernelCosts costs = measure_kernel_costs();
  ASSERT_THAT(costs.touches, SizeIs(4));
  for (const TouchCost& cost : costs.touches) {
    SCOPED_TRACE(cost.memory + " " + std::to_string(cost.page_bytes));
    EXPECT_EQ(cost.fault_s.has_value(), cost.reason.empty()) << cost.reason;
    EXPECT_GT(cost.fault_s.value_or(1), 0);
    EXPECT_EQ(costs.touch(cost.memory, cost.page_bytes) != nullptr, cost.fault_s.has_value());
    const double faults_per_mib = (1 << 20) / static_cast<double>(cost.page_bytes);
    EXPECT_DOUBLE_EQ(cost.mib_s.value_or(0), cost.fault_s.value_or(0) * faults_per_mib);
  }
  ASSERT_THAT(costs.wakes, SizeIs(2));
  for (const WakeCost& cost : costs.wakes) {
    EXPECT_TRUE(cost.wake_s) << cost.reason;
    EXPECT_GT(cost.wake_s.value_or(0), 0);
  }
}

TEST(KernelCosts, AreReadAsTheyWereWritten) {
  const KernelCosts costs{
      {{"private", base_page_bytes, 0.25e-6, 64e-6}, {"shared", huge_page_bytes, {}, {}, "none here"}},
      {{1, 6e-6}, {4, {}, "no process"}}};
  const KernelCosts read = kernel_costs_from(to_json(costs));
  ASSERT_THAT(read.touches, SizeIs(1));  // what has no figure says why, to people
  EXPECT_EQ(read.touch("private", base_page_bytes)->fault_s, 0.25e-6);
  EXPECT_EQ(read.touch("shared", huge_page_bytes), nullptr);
  EXPECT_EQ(read.wake(1)->wake_s, 6e-6);
  EXPECT_EQ(read.wake(4), nullptr);
}

TEST(KernelCosts, WhatIsNoneIsNone) {
  for (
      const char* text :
      {"null", "7", "[]", "{}", R"({"touches": 1, "wakes": [2]})",
       R"({"touches": [{"memory": 1, "page_bytes": 4096, "fault_s": 1, "mib_s": 1}], "wakes": [{"wake_s": "1"}]})"}) {
    const KernelCosts costs = kernel_costs_from(ordered_json::parse(text));
    EXPECT_THAT(costs.touches, IsEmpty()) << text;
    EXPECT_THAT(costs.wakes, IsEmpty()) << text;
  }
}

}  // namespace
}  // namespace ipcsort::host
