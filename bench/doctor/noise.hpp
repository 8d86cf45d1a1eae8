// How evenly this machine does the same small things over and over: what makes times vary before any
// transport has a part in it.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "datagen/stop.hpp"
#include "sys/clock.hpp"

namespace ipcsort::doctor {

// Of the times of one thing done again and again.
struct Spread {
  double p50_s;
  double p99_s;
  double max_s;
  std::size_t times;

  [[nodiscard]] double p99_to_p50() const noexcept { return p99_s / p50_s; }
};
// Throws std::invalid_argument for an empty sample.
Spread spread_of(std::span<const double> times_s);

struct Probe {
  std::string name;  // "compute", "memory", "lent", "lent huge", "pipe", "fork", "clock", "timer"
  std::string what;  // what was timed
  std::optional<Spread> spread{};  // none: it could not be done
  std::string reason{};            // why not
};

struct Noise {
  std::vector<Probe> probes;
  // Of the time that all CPUs had during the probes; nothing where the kernel does not say.
  std::optional<double> steal_share;    // withheld by the hypervisor
  std::optional<double> foreign_share;  // used by processes that are not this one's
};

// Makes the probes one after the other within about `budget_ns`. A probe that cannot be made says why. Throws
// datagen::Interrupted when `stop` says so.
Noise probe_noise(sys::Nanoseconds budget_ns, const datagen::Stop& stop);

// {"probes": [{name, what, p50_s, p99_s, max_s, times} or {name, what, reason}], steal_share, foreign_share}
nlohmann::ordered_json to_json(const Noise& noise);

}  // namespace ipcsort::doctor
