// Which machines are of one class, and what is said of two that are not.
#include "bench/host/fingerprint.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "bench/host/machine.hpp"

namespace ipcsort::host {
namespace {

using nlohmann::ordered_json;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

ordered_json machine() {
  return {{"cpu", "AMD EPYC"},
          {"cores", 2},
          {"cores_usable", 2},
          {"caches",
           {{{"level", 1}, {"type", "Data"}, {"bytes", 32768}},
            {{"level", 2}, {"type", "Unified"}, {"bytes", 1048576}}}},
          {"ram_bytes", 25276502016},
          {"kernel", "Linux 6.1"},
          {"architecture", "x86_64"},
          {"virtual", true},
          {"page_bytes", 4096},
          {"limits", {{"kernel.msgmax", "8192"}, {"kernel.msgmnb", "16384"}}}};
}

ordered_json machine_with(const char* name, const ordered_json& value) {
  ordered_json changed = machine();
  changed[name] = value;
  return changed;
}

TEST(Fingerprint, IsStableOnThisMachine) {
  EXPECT_EQ(machine_fingerprint(machine_facts()), machine_fingerprint(machine_facts()));
  EXPECT_EQ(machine_fingerprint(machine()).size(), 16U);
}

TEST(Fingerprint, DiffersExactlyWhereAFactIsNamed) {
  const std::vector<std::pair<const char*, ordered_json>> changes = {{"cpu", "Intel Xeon"},
                                                                     {"cores", 4},
                                                                     {"cores_usable", 1},
                                                                     {"caches", ordered_json::array()},
                                                                     {"architecture", "aarch64"},
                                                                     {"virtual", false},
                                                                     {"page_bytes", 65536},
                                                                     {"ram_bytes", 8e9},
                                                                     {"cpu", nullptr},
                                                                     {"ram_bytes", "much"}};
  for (const auto& [name, value] : changes) {
    const ordered_json other = machine_with(name, value);
    EXPECT_NE(machine_fingerprint(other), machine_fingerprint(machine())) << name;
    const auto differences = differing_facts(machine(), other);
    ASSERT_EQ(differences.size(), 1U) << name;
    EXPECT_TRUE(differences.front().starts_with(std::string{name} + ": ")) << differences.front();
    EXPECT_THAT(differing_settings(machine(), other), IsEmpty()) << name;
  }
}

TEST(Fingerprint, SettingsAndUpdatesAreTheSameClass) {
  ordered_json updated = machine_with("kernel", "Linux 6.2");
  updated["ram_bytes"] = 25100000000;  // the newer kernel keeps more for itself
  updated["limits"]["kernel.msgmnb"] = "65536";
  updated["limits"]["vm.swappiness"] = "60";
  EXPECT_EQ(machine_fingerprint(updated), machine_fingerprint(machine()));
  EXPECT_THAT(differing_facts(machine(), updated), IsEmpty());
  EXPECT_THAT(differing_settings(machine(), updated),
              ElementsAre("kernel: Linux 6.1 and Linux 6.2", "kernel.msgmnb: 16384 and 65536",
                          "vm.swappiness: not recorded and 60"));
}

TEST(Fingerprint, SaysTheFactsAsPeopleReadThem) {
  ordered_json other = machine_with("cpu", "Intel\nXeon");
  other["caches"][1]["bytes"] = 524288;
  other["ram_bytes"] = 8000000000;
  other.erase("virtual");
  EXPECT_THAT(differing_facts(machine(), other),
              ElementsAre("cpu: AMD EPYC and Intel\\x0aXeon",
                          "caches: L1 32.8 kB L2 1.05 MB and L1 32.8 kB L2 524 kB",
                          "ram_bytes: 25.3 GB and 8.00 GB", "virtual: true and not recorded"));
}

TEST(Fingerprint, NonsenseIsComparedAsItIs) {
  for (const ordered_json& nonsense : {ordered_json(), ordered_json(3), ordered_json::array({1})}) {
    EXPECT_EQ(differing_facts(machine(), nonsense).size(), 8U);
    EXPECT_THAT(differing_facts(nonsense, nonsense), IsEmpty());
    EXPECT_EQ(machine_fingerprint(nonsense).size(), 16U);
  }
  ordered_json odd = machine_with("caches", {1, {{"level", "one"}}, "two"});
  EXPECT_EQ(differing_facts(machine(), odd).size(), 1U);
}

}  // namespace
}  // namespace ipcsort::host
