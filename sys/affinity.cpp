#include "sys/affinity.hpp"

#include <sched.h>

#include <string>

#include "sys/error.hpp"
#include "sys/kernel_file.hpp"
#include "sys/text.hpp"

namespace ipcsort::sys {

std::vector<int> allowed_cpus() {
  std::vector<int> cpus;
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof set, &set) == 0) {
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
      if (CPU_ISSET(cpu, &set)) cpus.push_back(cpu);
    }
  }
  // A machine with more CPUs than cpu_set_t holds: the first is as good as any.
  return cpus.empty() ? std::vector<int>{0} : cpus;
}

unsigned usable_cpus() { return static_cast<unsigned>(allowed_cpus().size()); }

void pin_to_cpu(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  check(::sched_setaffinity(0, sizeof set, &set), "sched_setaffinity", "CPU " + std::to_string(cpu));
}

std::optional<std::int64_t> migrations_so_far() {
  const auto count = parse_count(value_of("/proc/thread-self/sched", "se.nr_migrations", ':').value_or(""));
  return count ? std::optional(static_cast<std::int64_t>(*count)) : std::nullopt;
}

}  // namespace ipcsort::sys
