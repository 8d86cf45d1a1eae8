// What is warned of, on machines that are made up.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "bench/doctor/diagnosis.hpp"
#include "bench/doctor/warnings.hpp"

namespace ipcsort::doctor {
namespace {

using nlohmann::ordered_json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

ordered_json quiet_machine() {
  return {{"cores_usable", 8},
          {"smt", false},
          {"governor", "performance"},
          {"turbo", false},
          {"transparent_hugepages", "madvise"},
          {"clock_source", "tsc"},
          {"virtual", false},
          {"cgroup", ordered_json::object()},
          {"limits",
           {{"dev_shm_bytes", std::uint64_t{16} << 30},
            {"rlimit_msgqueue_bytes", 819200},
            {"rlimit_nofile", 1024},
            {"rlimit_nproc", "unlimited"}}}};
}

host::Activity quiet() {
  host::Activity activity;
  activity.load_1m = 0.1;
  activity.swap_used_bytes = 0;
  return activity;
}

std::vector<std::string> about(const std::vector<Warning>& warnings) {
  std::vector<std::string> names;
  for (const Warning& warning : warnings) {
    EXPECT_FALSE(warning.what.empty()) << warning.about;
    EXPECT_FALSE(warning.remedy.empty()) << warning.about;
    names.push_back(warning.about);
  }
  return names;
}

std::vector<std::string> about(const ordered_json& facts) {
  return about(warnings_for(facts, quiet(), "Release"));
}

TEST(Warnings, AQuietMachineHasNone) { EXPECT_THAT(about(quiet_machine()), IsEmpty()); }

TEST(Warnings, WhatIsNotKnownWarnsOfNothing) {
  EXPECT_THAT(about(warnings_for(ordered_json::object(), {}, "Release")), IsEmpty());
}

TEST(Warnings, EachFactThatMatters) {
  const std::vector<std::pair<ordered_json, std::string>> cases = {
      {{{"governor", "powersave"}}, "governor"},
      {{{"niceness", 19}}, "priority"},
      {{{"scheduler", "idle"}}, "priority"},
      {{{"turbo", true}}, "turbo"},
      {{{"smt", true}}, "smt"},
      {{{"virtual", true}}, "virtual"},
      {{{"transparent_hugepages", "never"}}, "thp"},
      {{{"clock_source", "hpet"}}, "clock"},
      {{{"cores_usable", 1}}, "one-cpu"},
      {{{"cgroup", {{"cpus", 1.5}}}}, "quota"},
      {{{"limits", {{"dev_shm_bytes", 64 << 20}}}}, "dev-shm"},
      {{{"limits", {{"rlimit_msgqueue_bytes", 1000}}}}, "msgqueue"},
      {{{"limits", {{"rlimit_nofile", 64}}}}, "nofile"},
      {{{"limits", {{"rlimit_nproc", 64}}}}, "nproc"}};
  for (const auto& [change, name] : cases) {
    ordered_json facts = quiet_machine();
    facts.merge_patch(change);
    EXPECT_THAT(about(facts), ElementsAre(name)) << change;
  }
}

TEST(Warnings, AQuotaThatCoversAllCpusIsNone) {
  ordered_json facts = quiet_machine();
  facts["cgroup"]["cpus"] = 8.0;
  EXPECT_THAT(about(facts), IsEmpty());
}

TEST(Warnings, WhatGoesOn) {
  host::Activity activity = quiet();
  activity.load_1m = 5;
  activity.swap_used_bytes = std::uint64_t{1} << 30;
  EXPECT_THAT(about(warnings_for(quiet_machine(), activity, "Release")), ElementsAre("load", "swap"));
  EXPECT_THAT(about(warnings_for(quiet_machine(), quiet(), "Debug")), ElementsAre("build"));
}

TEST(Warnings, WhatTheProbesSaw) {
  host::Activity activity = quiet();
  activity.busy = {{"compiler", 42, 1.5}};
  Noise noise;
  noise.steal_share = 0.05;
  noise.foreign_share = 0.2;
  noise.probes = {{"compute", "", Spread{0.001, 0.002, 0.003, 100}}, {"pipe", "", Spread{1, 9, 9, 100}}};
  const auto warnings = warnings_for(quiet_machine(), activity, "Release", &noise);
  EXPECT_THAT(about(warnings), ElementsAre("foreign", "steal", "uneven"));
  EXPECT_THAT(warnings.front().what, HasSubstr("compiler (42) uses 1.50 CPUs"));
  noise = {};
  noise.probes = {{"compute", "", std::nullopt, "no time"}};
  EXPECT_THAT(about(warnings_for(quiet_machine(), activity, "Release", &noise)), IsEmpty());
}

TEST(Warnings, WhatSpoilsComesFirst) {
  ordered_json facts = quiet_machine();
  facts["turbo"] = true;
  const auto warnings = warnings_for(facts, quiet(), "Debug");
  EXPECT_THAT(about(warnings), ElementsAre("build", "turbo"));
  EXPECT_EQ(warnings.front().severity, Severity::spoils);
  EXPECT_EQ(warnings.back().severity, Severity::noisy);
}

TEST(Diagnosis, EveryWarningComesWithItsRemedy) {
  Diagnosis diagnosis;
  diagnosis.facts = quiet_machine();
  diagnosis.no_ways_reason = "there is no pipe";
  diagnosis.noise.probes = {{"fork", "fork and wait", std::nullopt, "not allowed"}};
  diagnosis.warnings = {{"a", Severity::spoils, "this is so", "do that"}};
  const std::string text = text_of(diagnosis);
  EXPECT_THAT(text, HasSubstr("! this is so\n      do that\n"));
  EXPECT_THAT(text, HasSubstr("not judged: there is no pipe"));
  EXPECT_THAT(text, HasSubstr("fork: fork and wait: not possible: not allowed"));
  const ordered_json json = to_json(diagnosis);
  EXPECT_EQ(json["measuring"]["reason"], "there is no pipe");
  EXPECT_TRUE(json["measuring"]["best"].is_null());
  EXPECT_EQ(json["warnings"][0]["remedy"], "do that");
  EXPECT_EQ(json["noise"]["probes"][0]["reason"], "not allowed");
}

TEST(Diagnosis, WaysWithTheBestOne) {
  using pipeline::Memory;
  using pipeline::Metric;
  using pipeline::Placement;
  Diagnosis diagnosis;
  diagnosis.ways = {
      {{}, 0.13, 40, pairs_needed_by_gate(0.13), {}},
      {{Placement::one, Memory::fresh, Metric::total}, 0.02, 40, pairs_needed_by_gate(0.02), {}},
      {{Placement::spread, Memory::fresh, Metric::total}, 0, 0, 0, "not allowed"}};
  std::string text = text_of(diagnosis);
  EXPECT_THAT(text, HasSubstr("pairs for +5 %"));
  EXPECT_THAT(text, HasSubstr("one, fresh, total          2.0 %            15 %"));
  EXPECT_THAT(text, HasSubstr("not judged (spread, fresh, total): not allowed"));
  EXPECT_THAT(
      text,
      HasSubstr("Measure with --placement one --memory fresh --metric total: +5 % takes about 10 pairs"));
  EXPECT_THAT(text, HasSubstr("Keep cells with --placement spread"));
  EXPECT_EQ(to_json(diagnosis)["measuring"]["best"],
            ordered_json({{"placement", "one"}, {"memory", "fresh"}, {"metric", "total"}}));

  diagnosis.ways.resize(1);
  diagnosis.ways.front().log_sd = 0.5;
  diagnosis.ways.front().pairs_needed = pairs_needed_by_gate(0.5);
  text = text_of(diagnosis);
  EXPECT_THAT(text, HasSubstr("even so +5 % takes more than 160 pairs here"));
  EXPECT_THAT(text, Not(HasSubstr("Keep cells")));
}

TEST(Diagnosis, FactsInGroupsWithUnits) {
  const std::string text = facts_text({{"cpu", "Some CPU"},
                                       {"caches", {{{"level", 2}, {"type", "Unified"}, {"bytes", 1 << 20}}}},
                                       {"mitigations", {{"a", "Vulnerable"}, {"b", "Mitigation: X"}}},
                                       {"cgroup", {{"cpus", 1.5}}},
                                       {"limits",
                                        {{"kernel.msgmnb", 16384},
                                         {"kernel.sem", "1\t2\t3\t4"},
                                         {"kernel.shmmax", 18446744073692774399ULL},
                                         {"rlimit_as_bytes", "unlimited"}}}});
  for (const char* line : {"  CPU ", "L2 1 MiB", "1 in force; vulnerable: a", "1.50 CPUs' time", "16 KiB",
                           "1 2 3 4", "kernel.shmmax  unlimited"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
  EXPECT_THAT(text, Not(HasSubstr("governor")));
}

}  // namespace
}  // namespace ipcsort::doctor
