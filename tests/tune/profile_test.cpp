// The profile file: the way there and back, files that are none, and what is said about it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "bench/tune/profile.hpp"
#include "bench/tune/render.hpp"
#include "sys/error.hpp"

namespace ipcsort::tune {
namespace {

using nlohmann::ordered_json;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

Profile example() {
  Profile profile;
  profile.about = {{"version", "0.1.0"}, {"seed", 1}};
  profile.machine = {{"cpu", "Example"}, {"cores", 2}};
  profile.workers = 2;
  profile.files = 4;
  ProfileEntry tuned;
  tuned.transport = "pipe";
  tuned.numbers = 1'000'000;
  tuned.payload_bytes = 4e6;
  tuned.decision = Decision::tuned;
  tuned.options = {{"capacity", "1M"}, {"chunk", "8K"}};
  tuned.default_s = 0.004;
  tuned.tuned_s = 0.002;
  tuned.gain = stats::Ratio{2, stats::Interval{1.9, 2.1}, 12, {}};
  tuned.worth = {{"capacity", "1M", {1.01, stats::Interval{0.98, 1.04}, 12, {}}},
                 {"chunk", "8K", {1.7, stats::Interval{1.6, 1.8}, 12, {}}}};
  tuned.raced = {{1, {}, 9, 1.0, ""},
                 {1, {{"chunk", "4K"}}, 6, 1.5, "slower"},
                 {2, {{"capacity", "1M"}}, 0, {}, "error"}};
  tuned.race_complete = true;
  tuned.runs = 99;
  tuned.disturbed = 3;
  tuned.repeats = 7;
  ProfileEntry kept;
  kept.transport = "fifo";
  kept.numbers = 100'000;
  kept.decision = Decision::defaults;
  kept.reason = "no other set of options was better in the race";
  profile.entries = {tuned, kept};
  return profile;
}

TEST(ProfileFile, WhatIsWrittenIsReadBack) {
  const std::string text = to_json(example()).dump();
  const Profile profile = profile_from(text, "it");
  EXPECT_EQ(to_json(profile).dump(), text);
  ASSERT_EQ(profile.entries.size(), 2U);
  EXPECT_EQ(profile.entries[0].options.at("chunk"), "8K");
  EXPECT_EQ(profile.entries[0].gain->interval->low, 1.9);
  EXPECT_EQ(profile.entries[1].gain, std::nullopt);
}

TEST(ProfileFile, TheNearestSizeIsNearestByRatio) {
  Profile profile = example();
  profile.entries[1].transport = "pipe";
  const auto numbers = [&](std::uint64_t wanted) { return nearest_entry(profile, "pipe", wanted)->numbers; };
  EXPECT_EQ(numbers(1), 100'000U);
  EXPECT_EQ(numbers(300'000), 100'000U);
  EXPECT_EQ(numbers(330'000), 1'000'000U);
  EXPECT_EQ(numbers(1'000'000'000), 1'000'000U);
  EXPECT_EQ(nearest_entry(profile, "fifo", 1), nullptr);
}

// What is said when the example was changed so.
std::string refusal(const std::function<void(ordered_json&)>& change) {
  ordered_json json = to_json(example());
  change(json);
  try {
    profile_from(json.dump(), "profile x.json");
  } catch (const UsageError& error) {
    return error.what();
  }
  return "no refusal";
}

TEST(ProfileFile, WhatIsNoProfileIsRefusedByName) {
  for (const std::string text : {"", "{", "not JSON", "\xff\xfe", "nul\0l"}) {
    EXPECT_THROW(profile_from(text, "profile x.json"), UsageError) << text;
  }
  for (const std::string text :
       {"[]", "null", "3", "\"text\"", "{}", R"({"kind": "other"})", R"({"kind": 7})"}) {
    try {
      profile_from(text, "profile x.json");
      FAIL() << text;
    } catch (const UsageError& error) {
      EXPECT_THAT(error.what(), StartsWith("profile x.json"));
    }
  }
  EXPECT_THAT(refusal([](auto& json) { json["schema"] = 99; }), HasSubstr("form 99"));
}

TEST(ProfileFile, EveryMemberIsChecked) {
  const std::vector<std::pair<std::function<void(ordered_json&)>, std::string>> changes = {
      {[](auto& json) { json["workers"] = 0; }, "workers"},
      {[](auto& json) { json["workers"] = -2; }, "workers"},
      {[](auto& json) { json["workers"] = 1e30; }, "workers"},
      {[](auto& json) { json["files"] = 1ULL << 40; }, "files"},
      {[](auto& json) { json.erase("machine"); }, "has no machine"},
      {[](auto& json) { json["entries"] = 3; }, "entries is not a list"},
      {[](auto& json) { json["entries"][1] = "x"; }, "entries 2 is not an object"},
      {[](auto& json) { json["entries"][1]["numbers"] = 0; }, "entries 2 numbers"},
      {[](auto& json) { json["entries"][0]["transport"] = 5; }, "transport is not a text"},
      {[](auto& json) { json["entries"][0]["decision"] = "maybe\n"; }, "decision is 'maybe\\x0a'"},
      {[](auto& json) {
         json["entries"][0]["options"] = {1, 2};
       },
       "options is not an object"},
      {[](auto& json) { json["entries"][0]["options"]["chunk"] = 8192; }, "chunk is not a text"},
      {[](auto& json) { json["entries"][0]["gain"] = "much"; }, "gain is not an object"},
      {[](auto& json) { json["entries"][0]["gain"]["ratio"] = -1; }, "ratio is not above 0"},
      {[](auto& json) { json["entries"][0]["gain"]["ratio"] = nullptr; }, "ratio is not above 0"},
      {[](auto& json) { json["entries"][0]["worth"][1].erase("without"); }, "worth 2 has no without"},
      {[](auto& json) { json["entries"][0]["race_complete"] = 1; }, "race_complete"},
      {[](auto& json) { json["entries"][0]["raced"][0]["dropped"] = nullptr; }, "raced 1 dropped"},
      {[](auto& json) { json["entries"][0]["raced"][0]["stage"] = 3; }, "raced 1 stage"}};
  for (const auto& [change, says] : changes) {
    const std::string message = refusal(change);
    EXPECT_THAT(message, HasSubstr(says));
    EXPECT_THAT(message, StartsWith("profile x.json"));
  }
}

TEST(ProfileFile, AFileThatIsNotThereSaysHowToMakeIt) {
  try {
    load_profile("/nonexistent/profile.json");
    FAIL() << "no exception";
  } catch (const UsageError& error) {
    EXPECT_THAT(error.what(), HasSubstr("/nonexistent/profile.json cannot be read"));
    EXPECT_THAT(error.what(), HasSubstr("ipcsort tune"));
  }
  EXPECT_THROW(load_profile("/"), UsageError);
}

TEST(ProfileText, SaysWhatEachOptionIsWorthAndWhyDefaultsStay) {
  const std::string text = table_text(example());
  EXPECT_THAT(text, HasSubstr("capacity=1M chunk=8K"));
  EXPECT_THAT(text, HasSubstr("2.00"));
  EXPECT_THAT(text, HasSubstr("1.90 to 2.10"));
  EXPECT_THAT(text, HasSubstr("chunk=8K: without it 1.70 times as long (1.60 to 1.80)"));
  EXPECT_THAT(text,
              HasSubstr("capacity=1M: without it 1.01 times as long (0.98 to 1.04; no gain beyond doubt)"));
  EXPECT_THAT(text, HasSubstr("(3 sets raced, 2 dropped, 99 rows of 7 runs, 3 disturbed by others)"));
  EXPECT_THAT(text, HasSubstr("fifo, 100K numbers, defaults: no other set"));
}

TEST(ProfileText, AgreementIsOverWhatBothHave) {
  Profile before = example(), now = example();
  EXPECT_THAT(agreement_text(before, now), HasSubstr("same options in 2 of 2 cells"));
  EXPECT_THAT(agreement_text(before, now), HasSubstr("overlap in 1 of 1"));
  now.entries[0].options = {{"chunk", "16K"}};
  now.entries[0].gain = stats::Ratio{3, stats::Interval{2.9, 3.1}, 12, {}};
  const std::string text = agreement_text(before, now);
  EXPECT_THAT(text, HasSubstr("same options in 1 of 2 cells"));
  EXPECT_THAT(text, HasSubstr("overlap in 0 of 1"));
  EXPECT_THAT(text, HasSubstr("pipe, 1M numbers: capacity=1M chunk=8K then, chunk=16K now"));
  before.entries.clear();
  EXPECT_EQ(agreement_text(before, now), "");
}

}  // namespace
}  // namespace ipcsort::tune
