// Which way of measuring is chosen, and what the probe makes of runs whose noise is known.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "bench/doctor/measuring.hpp"

namespace ipcsort::doctor {
namespace {

using pipeline::Memory;
using pipeline::Metric;
using pipeline::Placement;
using ::testing::Each;
using ::testing::Field;
using ::testing::Optional;
using ::testing::SizeIs;

constexpr sys::Nanoseconds plenty = 600 * sys::second_ns;

MeasuringNoise way(Measuring how, double log_sd) {
  return {how, log_sd, 40, pairs_needed_by_gate(log_sd), {}};
}

constexpr Measuring usual{};
constexpr Measuring one{Placement::one, Memory::fresh, Metric::total};
constexpr Measuring one_cpu{Placement::one, Memory::fresh, Metric::cpu};

TEST(PairsNeeded, AsTheMethodsPageHasThem) {
  EXPECT_EQ(pairs_needed_by_gate(0), 10U);
  EXPECT_EQ(pairs_needed_by_gate(0.02), 10U);
  EXPECT_EQ(pairs_needed_by_gate(0.05), 24U);
  EXPECT_NEAR(static_cast<double>(pairs_needed_by_gate(0.13)), 160, 5);
}

TEST(Choose, TheOneWithTheFewestPairs) {
  EXPECT_THAT(choose_measuring(std::vector{way(usual, 0.13), way(one, 0.03)}), Optional(one));
}

TEST(Choose, WhatAUserWaitsForUnlessThatIsTooNoisy) {
  EXPECT_THAT(choose_measuring(std::vector{way(one_cpu, 0.03), way(one, 0.06)}), Optional(one));
  EXPECT_THAT(choose_measuring(std::vector{way(one_cpu, 0.03), way(one, 0.1)}), Optional(one_cpu));
  EXPECT_THAT(choose_measuring(std::vector{way(one_cpu, 0.2), way(one, 0.1)}), Optional(one));
}

TEST(Choose, TheMostNaturalOfThoseAlikeInAnyOrder) {
  EXPECT_THAT(choose_measuring(std::vector{way(one, 0.1), way(usual, 0.11)}), Optional(usual));
  EXPECT_THAT(choose_measuring(std::vector{way(usual, 0.11), way(one, 0.1)}), Optional(usual));
  // Below the gate's first look less noise is of no use.
  EXPECT_THAT(choose_measuring(std::vector{way(one_cpu, 0.001), way(one, 0.03), way(usual, 0.2)}),
              Optional(one));
}

TEST(Choose, NothingFromNothing) {
  EXPECT_EQ(choose_measuring({}), std::nullopt);
  MeasuringNoise failed = way(one, 0);
  failed.reason = "it failed";
  EXPECT_EQ(choose_measuring(std::vector{failed}), std::nullopt);
  EXPECT_THAT(choose_measuring(std::vector{failed, way(usual, 0.3)}), Optional(usual));
}

// Runs that take 10 ms times exp of normal noise, less of it on one CPU; a neighbour makes one run in twenty
// half as long again.
class NoisyMachine : public results::CellRunner {
 public:
  pipeline::RunResult run(const cell::Cell& cell) override {
    ++runs;
    pipeline::RunResult result;
    if (cell.settings.placement == broken) {
      result.error = "sched_setaffinity: Invalid argument";
      return result;
    }
    double log_noise = normal_(random_) * (cell.settings.placement == Placement::one ? 0.02 : 0.1);
    if (percent_(random_) < 5) log_noise += 0.4;
    result.status = status;
    result.figures.total_ns = static_cast<sys::Nanoseconds>(1e7 * std::exp(log_noise));
    result.figures.transfer_window_ns = result.figures.total_ns;
    result.figures.workers.user_ns = result.figures.total_ns;
    return result;
  }

  std::optional<Placement> broken;
  pipeline::Status status = pipeline::Status::ok;
  int runs = 0;

 private:
  std::mt19937_64 random_{7};
  std::normal_distribution<double> normal_;
  std::uniform_int_distribution<int> percent_{0, 99};
};

const MeasuringNoise& find(const std::vector<MeasuringNoise>& ways, const Measuring& how) {
  return *std::find_if(ways.begin(), ways.end(), [&](const MeasuringNoise& it) { return it.how == how; });
}

TEST(Probe, FindsTheNoiseOfEachWay) {
  NoisyMachine machine;
  const auto ways = probe_measuring(machine, {}, plenty, {});
  ASSERT_THAT(ways, SizeIs(3 * 2 * 3));
  EXPECT_THAT(ways, Each(Field(&MeasuringNoise::pairs, probe_pairs_max)));
  EXPECT_EQ(machine.runs, 6 * (1 + 2 * static_cast<int>(probe_pairs_max)));
  // What is far off hardly counts, as with the gate's ranks: the plain standard deviation is 0.126.
  EXPECT_NEAR(find(ways, one).log_sd, 0.037, 0.01);
  EXPECT_NEAR(find(ways, usual).log_sd, 0.175, 0.03);
  EXPECT_THAT(choose_measuring(ways), Optional(one));
}

TEST(Probe, AWayThatCannotBeRunSaysWhy) {
  NoisyMachine machine;
  machine.broken = Placement::one;
  const auto ways = probe_measuring(machine, {}, plenty, {});
  EXPECT_EQ(find(ways, one).reason, "sched_setaffinity: Invalid argument");
  EXPECT_EQ(find(ways, usual).reason, "");
  EXPECT_NE(choose_measuring(ways)->placement, Placement::one);
  EXPECT_EQ(to_json(ways).size(), ways.size());
}

TEST(Probe, WithoutTimeThereAreTooFewPairs) {
  NoisyMachine machine;
  for (const MeasuringNoise& it : probe_measuring(machine, {}, 0, {}))
    EXPECT_THAT(it.reason, ::testing::HasSubstr("--time"));
}

TEST(Probe, EndsWhenInterrupted) {
  NoisyMachine machine;
  EXPECT_THROW(probe_measuring(machine, {}, plenty, [] { return true; }), datagen::Interrupted);
  machine.status = pipeline::Status::interrupted;
  EXPECT_THROW(probe_measuring(machine, {}, plenty, {}), datagen::Interrupted);
}

TEST(Measuring, AsOptions) {
  EXPECT_EQ(options_text(one_cpu), "--placement one --memory fresh --metric cpu");
}

}  // namespace
}  // namespace ipcsort::doctor
