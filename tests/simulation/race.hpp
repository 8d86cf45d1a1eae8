// A sweep that goes on where the best is still open, on simulated machines.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "bench/stats/ranking.hpp"
#include "tests/simulation/machine.hpp"

namespace ipcsort::simulation {

// How the transports of a condition differ: ln of the time of each, drawn from the seed.
struct Field {
  std::string_view name;
  std::vector<double> (*log_times)(std::uint64_t seed);
};
extern const std::vector<Field> fields;
// Throws std::out_of_range for another name.
const Field& field_named(std::string_view name);

struct RaceRule {
  bool leaves_out = true;  // what is shown to be slower; otherwise all run in each block
  std::size_t blocks = 6;  // before the first look
  std::size_t blocks_max = 40;
  stats::OpennessRule openness{};
};

// What became of many conditions.
struct RaceTally {
  std::size_t conditions = 0;
  std::size_t named = 0;  // a single best
  std::size_t wrong = 0;  // that is none: another is as fast or faster
  std::size_t few = 0;    // the best, or at most three that are tied, the best among them
  std::size_t open = 0;   // still open after blocks_max
  std::size_t runs = 0;
};

// Conditions `first` .. `first` + `conditions` - 1 of the seed, each on a machine of its own.
RaceTally race(const Profile& profile, const Field& field, const RaceRule& rule, std::size_t conditions,
               std::uint64_t seed, std::size_t first = 0);

}  // namespace ipcsort::simulation
