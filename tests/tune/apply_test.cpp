// Profiles on plans: who gets which options, and what is not measured twice.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "bench/tune/apply.hpp"
#include "sys/error.hpp"
#include "tests/tune/support.hpp"

namespace ipcsort::tune {
namespace {

using test::OptionsTransport;
using test::pipe;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const OptionsTransport& fifo() {
  static const OptionsTransport transport("fifo", {test::capacity});
  return transport;
}

ProfileEntry entry(const std::string& transport, std::uint64_t numbers, const Options& options) {
  ProfileEntry entry;
  entry.transport = transport;
  entry.numbers = numbers;
  entry.options = options;
  entry.decision = options.empty() ? Decision::defaults : Decision::tuned;
  return entry;
}

Profile profile() {
  Profile profile;
  profile.workers = 2;
  profile.files = 4;
  profile.entries = {entry("pipe", 100'000, {{"chunk", "64K"}}), entry("pipe", 5'000'000, {{"chunk", "8K"}}),
                     entry("fifo", 1'000'000, {})};
  return profile;
}

cell::Plan plan_of(const std::vector<pipeline::Subject>& subjects,
                   const std::vector<std::uint64_t>& numbers) {
  cell::Grid grid;
  grid.subjects = subjects;
  grid.files = {4};
  grid.numbers = numbers;
  grid.workers = {2};
  grid.axes["transfer"] = {"barrier"};
  grid.axes["handover"] = {"copy"};
  return make_plan(grid);
}

pipeline::Subject subject(const Transport& transport, const Options& options = {}) {
  return {pipeline::SubjectKind::transport, &transport, options};
}

std::vector<std::string> cells(const Applied& applied) {
  std::vector<std::string> labels;
  for (const cell::Cell& cell : applied.plan.cells)
    labels.push_back(cell::label(cell.subject) + " " + std::to_string(cell.numbers));
  return labels;
}

const Source defaults{"default", {}};
Source tuned() { return {"tuned", profile()}; }

TEST(Apply, TheNearestSizeByRatioGivesTheOptions) {
  const Applied applied =
      apply_profiles(plan_of({subject(pipe())}, {10'000, 700'000, 800'000, 50'000'000}), {tuned()});
  EXPECT_THAT(cells(applied), ElementsAre("pipe:chunk=64K 10000", "pipe:chunk=64K 700000",
                                          "pipe:chunk=8K 800000", "pipe:chunk=8K 50000000"));
  EXPECT_EQ(applied.plan.conditions, 4U);
}

TEST(Apply, DefaultsAndTunedStandSideBySideInOneCondition) {
  const Applied applied = apply_profiles(plan_of({subject(pipe())}, {1'000'000}), {defaults, tuned()});
  EXPECT_THAT(cells(applied), ElementsAre("pipe 1000000", "pipe:chunk=8K 1000000"));
  EXPECT_EQ(applied.plan.cells[0].condition_number, applied.plan.cells[1].condition_number);
  EXPECT_THAT(remarks(applied), IsEmpty());
}

TEST(Apply, WhatWouldBeTheSameIsMeasuredOnceAndSaidSo) {
  const Applied applied =
      apply_profiles(plan_of({subject(pipe()), subject(fifo())}, {1'000'000}), {defaults, tuned()});
  EXPECT_THAT(cells(applied), ElementsAre("pipe 1000000", "pipe:chunk=8K 1000000", "fifo 1000000"));
  EXPECT_THAT(remarks(applied), ElementsAre(HasSubstr("not measured twice: fifo (1M)")));
}

TEST(Apply, TunedAloneNeedsNoSecondLookAtTheDefaults) {
  const Applied applied = apply_profiles(plan_of({subject(fifo())}, {1'000'000}), {tuned()});
  EXPECT_THAT(cells(applied), ElementsAre("fifo 1000000"));
  EXPECT_THAT(remarks(applied), IsEmpty());
}

TEST(Apply, OptionsThatTheUserGaveStay) {
  const Applied applied = apply_profiles(
      plan_of({subject(pipe(), {{"capacity", "1M"}}), subject(pipe())}, {1'000'000}), {tuned()});
  EXPECT_THAT(cells(applied), ElementsAre("pipe:capacity=1M 1000000", "pipe:chunk=8K 1000000"));
}

TEST(Apply, WhatTheUserGaveAndTheProfileSaysIsOneCell) {
  const Applied applied = apply_profiles(
      plan_of({subject(pipe()), subject(pipe(), {{"chunk", "8K"}})}, {1'000'000}), {defaults, tuned()});
  EXPECT_THAT(cells(applied), ElementsAre("pipe 1000000", "pipe:chunk=8K 1000000"));
}

TEST(Apply, ReferencesAndWhatIsLentStayAsTheyAre) {
  cell::Plan plan = plan_of({subject(pipe()), {pipeline::SubjectKind::threads, nullptr, {}}}, {1'000'000});
  plan.cells[0].settings.handover = pipeline::Handover::lend;
  EXPECT_THAT(cells(apply_profiles(plan, {defaults, tuned()})),
              ElementsAre("pipe 1000000", "threads 1000000"));
}

TEST(Apply, ATransportThatTheProfileDoesNotKnowHasItsDefaults) {
  const OptionsTransport other("other", {test::capacity});
  const Applied applied = apply_profiles(plan_of({subject(other)}, {1'000'000}), {tuned()});
  EXPECT_THAT(cells(applied), ElementsAre("other 1000000"));
  EXPECT_THAT(remarks(applied), ElementsAre(HasSubstr("nothing for other")));
}

TEST(Apply, OptionsThatTheTransportDoesNotHaveAreRefused) {
  Source wrong = tuned();
  wrong.profile->entries = {entry("fifo", 1'000'000, {{"speed", "8K"}})};
  try {
    apply_profiles(plan_of({subject(fifo())}, {1'000'000}), {wrong});
    FAIL() << "no exception";
  } catch (const UsageError& error) {
    EXPECT_THAT(error.what(), HasSubstr("profile tuned"));
    EXPECT_THAT(error.what(), HasSubstr("speed=8K"));
  }
}

TEST(Apply, TheRecordSaysWhichCellsAreTuned) {
  const std::vector<Source> sources{defaults, tuned()};
  const auto json = to_json(apply_profiles(plan_of({subject(pipe())}, {1'000'000}), sources), sources);
  EXPECT_EQ(json["sources"][1]["name"], "tuned");
  ASSERT_EQ(json["cells"].size(), 1U);
  EXPECT_EQ(json["cells"][0]["options"], "chunk=8K");
  EXPECT_EQ(json["cells"][0]["numbers"], 1'000'000);
}

}  // namespace
}  // namespace ipcsort::tune
