#include "bench/host/interference.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <string>

#include "bench/host/machine.hpp"
#include "sys/affinity.hpp"
#include "sys/cpu_use.hpp"

namespace ipcsort::host {
namespace {

double cpu_seconds(int who) {
  const sys::CpuUse use = sys::cpu_use(who);
  return static_cast<double>(use.user_ns + use.system_ns) / 1e9;
}

}  // namespace

std::optional<CpuTimes> cpu_times() {
  enum { user, nice, system, idle, iowait, irq, softirq, steal, fields };
  std::ifstream stat("/proc/stat");
  std::string label;
  std::array<double, fields> ticks{};
  stat >> label;
  for (double& tick : ticks) stat >> tick;
  if (!stat) return std::nullopt;
  const auto per_second = static_cast<double>(::sysconf(_SC_CLK_TCK));
  const double busy = ticks[user] + ticks[nice] + ticks[system] + ticks[irq] + ticks[softirq];
  return CpuTimes{busy / per_second, ticks[steal] / per_second,
                  cpu_seconds(RUSAGE_SELF) + cpu_seconds(RUSAGE_CHILDREN)};
}

bool is_disturbed(double foreign_s, double elapsed_s, unsigned cpus) noexcept {
  return foreign_s > foreign_floor_s + foreign_share_max * elapsed_s * cpus;
}

SurroundingsMeter::SurroundingsMeter() : before_(cpu_times()) {
  surroundings_.started_utc = utc_now();
  surroundings_.load_1m = load_average_1m();
}

Surroundings SurroundingsMeter::end() const {
  Surroundings result = surroundings_;
  result.cost_s = static_cast<double>(sys::now_ns() - begin_) / 1e9;
  const auto after = cpu_times();
  if (!before_ || !after) return result;
  const double steal = std::max(0.0, after->steal_s - before_->steal_s);  // some kernels let it go back
  const double foreign = std::max(0.0, after->busy_s - before_->busy_s - (after->own_s - before_->own_s));
  result.steal_s = steal;
  result.foreign_cpu_s = foreign;
  result.disturbed = is_disturbed(foreign + steal, *result.cost_s, sys::usable_cpus());
  return result;
}

}  // namespace ipcsort::host
