// Machine facts, read from directories that imitate other machines.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "bench/host/cgroup.hpp"
#include "bench/host/fingerprint.hpp"
#include "bench/host/machine.hpp"
#include "tests/support.hpp"

namespace ipcsort::host {
namespace {

using nlohmann::ordered_json;
using ::testing::Optional;

class Machine : public ::testing::Test {
 protected:
  void file(const std::string& path, const std::string& text) const {
    const std::filesystem::path full = root() + path;
    std::filesystem::create_directories(full.parent_path());
    std::ofstream(full) << text;
  }
  [[nodiscard]] std::string root() const { return directory_.path(); }
  [[nodiscard]] ordered_json facts() const { return machine_facts(root()); }

 private:
  test::ScratchDirectory directory_;
};

TEST_F(Machine, WhatCannotBeReadIsLeftOut) {
  const ordered_json machine = facts();
  for (const char* name : {"cpu", "smt", "numa_nodes", "governor", "turbo", "clock_source", "distro",
                           "virtual", "hypervisor", "transparent_hugepages"}) {
    EXPECT_FALSE(machine.contains(name)) << name;
  }
  EXPECT_EQ(machine["caches"], ordered_json::array());
  EXPECT_EQ(machine["mitigations"], ordered_json::object());
  EXPECT_EQ(machine["cgroup"], ordered_json::object());
  EXPECT_FALSE(machine["limits"].contains("kernel.msgmnb"));
  EXPECT_FALSE(machine["limits"].contains("dev_shm_bytes"));
  EXPECT_GE(machine["cores"].get<int>(), 1);  // from system calls
}

TEST_F(Machine, FactsOfAnIntelMachine) {
  file("/proc/cpuinfo", "processor\t: 0\nmodel name\t: Some CPU @ 3 GHz\nflags\t\t: fpu vme\n");
  file("/sys/devices/system/cpu/smt/active", "1\n");
  file("/sys/devices/system/cpu/intel_pstate/no_turbo", "0\n");
  file("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "powersave\n");
  file("/sys/devices/system/node/online", "0-1,3\n");
  file("/sys/devices/system/clocksource/clocksource0/current_clocksource", "tsc\n");
  file("/sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n");
  file("/sys/devices/system/cpu/vulnerabilities/meltdown", "Mitigation: PTI\n");
  const std::string cache = "/sys/devices/system/cpu/cpu0/cache/index0/";
  file(cache + "level", "1\n");
  file(cache + "type", "Data\n");
  file(cache + "size", "48K\n");
  file("/etc/os-release", "NAME=\"X\"\nPRETTY_NAME=\"X Linux 1\"\n");
  file("/proc/sys/kernel/msgmnb", "16384\n");
  file("/proc/sys/kernel/sem", "32000\t1024000000\t500\t32000\n");
  const ordered_json machine = facts();
  EXPECT_EQ(machine["cpu"], "Some CPU @ 3 GHz");
  EXPECT_EQ(machine["smt"], true);
  EXPECT_EQ(machine["turbo"], true);
  EXPECT_EQ(machine["governor"], "powersave");
  EXPECT_EQ(machine["numa_nodes"], 3);
  EXPECT_EQ(machine["clock_source"], "tsc");
  EXPECT_EQ(machine["transparent_hugepages"], "madvise");
  EXPECT_EQ(machine["mitigations"], ordered_json({{"meltdown", "Mitigation: PTI"}}));
  EXPECT_EQ(machine["caches"], ordered_json::array({{{"level", 1}, {"type", "Data"}, {"bytes", 49152}}}));
  EXPECT_EQ(machine["virtual"], false);
  EXPECT_EQ(machine["distro"], "X Linux 1");
  EXPECT_EQ(machine["limits"]["kernel.msgmnb"], 16384);
  EXPECT_EQ(machine["limits"]["kernel.sem"], "32000\t1024000000\t500\t32000");
  ordered_json without = machine;
  without.erase("fingerprint");
  EXPECT_EQ(machine["fingerprint"], machine_fingerprint(without));
}

TEST_F(Machine, TurboOfOtherDrivers) {
  file("/sys/devices/system/cpu/cpufreq/boost", "0\n");
  EXPECT_EQ(facts()["turbo"], false);
  file("/sys/devices/system/cpu/intel_pstate/no_turbo", "odd\n");  // says nothing, so the other one counts
  EXPECT_EQ(facts()["turbo"], false);
}

TEST_F(Machine, OddFilesSayNothing) {
  file("/sys/devices/system/node/online", "3-1,x\n");
  file("/sys/kernel/mm/transparent_hugepage/enabled", "] [\n");
  file("/proc/cpuinfo", "");
  file("/proc/self/cgroup", "nonsense\n0:\n::\n");
  const ordered_json machine = facts();
  EXPECT_FALSE(machine.contains("numa_nodes"));
  EXPECT_FALSE(machine.contains("transparent_hugepages"));
  EXPECT_EQ(machine["cgroup"], ordered_json::object());
}

TEST_F(Machine, CgroupVersion2TakesTheTightestOfTheGroupsAbove) {
  file("/proc/self/cgroup", "0::/user.slice/job\n");
  file("/sys/fs/cgroup/user.slice/job/cpu.max", "max 100000\n");
  file("/sys/fs/cgroup/user.slice/cpu.max", "150000 100000\n");
  file("/sys/fs/cgroup/user.slice/job/memory.max", "1073741824\n");
  file("/sys/fs/cgroup/user.slice/memory.max", "max\n");
  const CgroupLimits limits = cgroup_limits(root());
  EXPECT_THAT(limits.cpus, Optional(1.5));
  EXPECT_THAT(limits.memory_bytes, Optional(std::uint64_t{1} << 30));
  EXPECT_EQ(facts()["cgroup"], ordered_json({{"cpus", 1.5}, {"memory_bytes", 1073741824}}));
}

TEST_F(Machine, CgroupOfAContainerThatSeesTheHostsPath) {
  file("/proc/self/cgroup", "0::/docker/0123\n");
  file("/sys/fs/cgroup/cpu.max", "50000 100000\n");
  EXPECT_THAT(cgroup_limits(root()).cpus, Optional(0.5));
}

TEST_F(Machine, CgroupVersion1) {
  file("/proc/self/cgroup", "4:memory:/job\n3:cpu,cpuacct:/job\n0::/\n");
  file("/sys/fs/cgroup/cpu/job/cpu.cfs_quota_us", "200000\n");
  file("/sys/fs/cgroup/cpu/job/cpu.cfs_period_us", "100000\n");
  file("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n");
  file("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
  file("/sys/fs/cgroup/memory/job/memory.limit_in_bytes", "9223372036854771712\n");
  const CgroupLimits limits = cgroup_limits(root());
  EXPECT_THAT(limits.cpus, Optional(2.0));
  EXPECT_EQ(limits.memory_bytes, std::nullopt);  // what version 1 writes for no limit
}

}  // namespace
}  // namespace ipcsort::host
