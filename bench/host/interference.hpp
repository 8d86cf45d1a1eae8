// What others did to the machine while something was measured.
//
// The kernel counts busy and stolen time of all CPUs in ticks of usually 10 ms (proc_stat(5)); what this
// process and its ended children used (getrusage(2)) is taken off, and what remains is others'. So up to two
// ticks say nothing, and a run must be long enough for its surroundings to be judged: another reason to
// repeat short ones.
#pragma once

#include <optional>
#include <string>

#include "sys/clock.hpp"

namespace ipcsort::host {

// CPU time of the whole machine since boot, and of this process with its ended children.
struct CpuTimes {
  double busy_s = 0;
  double steal_s = 0;
  double own_s = 0;
};

// Nothing where the kernel does not say.
std::optional<CpuTimes> cpu_times();

// A share of the CPUs' time that others may take without anybody minding, and ticks below which nothing is
// known.
inline constexpr double foreign_share_max = 0.05;
inline constexpr double foreign_floor_s = 0.02;

// Whether so much CPU time of others within `elapsed_s` on `cpus` CPUs spoils a measurement.
bool is_disturbed(double foreign_s, double elapsed_s, unsigned cpus) noexcept;

// What the machine did to a run from outside.
struct Surroundings {
  std::string started_utc;
  std::optional<double> load_1m;
  std::optional<double> steal_s;
  std::optional<double> foreign_cpu_s;
  std::optional<double> cost_s;
  bool disturbed = false;
};

// From construction to end(): around one run.
class SurroundingsMeter {
 public:
  SurroundingsMeter();
  [[nodiscard]] Surroundings end() const;

 private:
  sys::Nanoseconds begin_ = sys::now_ns();
  Surroundings surroundings_;
  std::optional<CpuTimes> before_;
};

}  // namespace ipcsort::host
