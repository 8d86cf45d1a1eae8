#include "bench/messages/placement.hpp"

#include <fstream>
#include <string>
#include <vector>

#include "sys/affinity.hpp"

namespace ipcsort::messages {
namespace {

// The hyperthreads of the CPU's core as sysfs lists them; "" where it does not.
std::string siblings_of(int cpu) {
  std::ifstream file("/sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/topology/thread_siblings_list");
  std::string text;
  std::getline(file, text);
  return text;
}

}  // namespace

Cpus usable_pair() {
  const std::vector<int> cpus = sys::allowed_cpus();
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

}  // namespace ipcsort::messages
