#include "bench/micro/placement.hpp"

#include <sched.h>

#include <fstream>
#include <string>
#include <vector>

#include "sys/error.hpp"

namespace ipcsort::micro {
namespace {

std::vector<int> usable_cpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  sys::check(::sched_getaffinity(0, sizeof set, &set), "sched_getaffinity");
  std::vector<int> cpus;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(static_cast<unsigned>(cpu), &set)) cpus.push_back(cpu);
  }
  return cpus;
}

// The hyperthreads of the CPU's core as sysfs lists them; "" where it does not.
std::string siblings_of(int cpu) {
  std::ifstream file("/sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/topology/thread_siblings_list");
  std::string text;
  std::getline(file, text);
  return text;
}

}  // namespace

Cpus usable_pair() {
  const std::vector<int> cpus = usable_cpus();
  Cpus pair{cpus.front(), std::nullopt};
  const std::string siblings = siblings_of(pair.first);
  for (std::size_t i = 1; i < cpus.size(); ++i) {
    if (!pair.second) pair.second = cpus[i];
    if (siblings_of(cpus[i]) == siblings) continue;
    pair.second = cpus[i];
    break;
  }
  return pair;
}

void pin_to(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<unsigned>(cpu), &set);
  sys::check(::sched_setaffinity(0, sizeof set, &set), "sched_setaffinity", "CPU " + std::to_string(cpu));
}

}  // namespace ipcsort::micro
