// A machine whose times are noisy in the ways real ones are, drawn from a seed.
//
// All sizes are standard deviations or means of ln t. The figures of `noisy` are those of a 2-core virtual
// machine with neighbours; the others bracket it.
#pragma once

#include <array>
#include <boost/random/normal_distribution.hpp>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string_view>
#include <vector>

namespace ipcsort::simulation {

struct Profile {
  std::string_view name;
  double run_sd;             // of every run, independent
  double spike_probability;  // of a run that something interrupts for long
  double spike_mean;         // exponential
  double drift_sd;           // of the state all runs share, which moves from run to run
  double drift_kept;         // its correlation from one run to the next
  double burst_probability;  // that a neighbour starts to work before a run
  double burst_kept;         // that it goes on for another run
  double burst_mean;         // by how much it slows; exponential, drawn anew for each burst
  double position;           // by how much the second of a pair is slower than the first
  double side_sd;            // of what hits the runs of one side only, such as where its pages lie
  double side_kept;          // its correlation from one run of the side to its next
  double session_sd;         // of what all runs of a session have in common
};

inline constexpr std::array<Profile, 4> profiles = {{
    {"quiet", 0.008, 0.01, 0.05, 0.010, 0.99, 0.000, 0.00, 0.00, 0.01, 0.002, 0.5, 0.01},
    {"moderate", 0.025, 0.03, 0.10, 0.020, 0.99, 0.005, 0.80, 0.10, 0.03, 0.005, 0.5, 0.03},
    {"noisy", 0.040, 0.05, 0.15, 0.040, 0.98, 0.020, 0.80, 0.15, 0.03, 0.010, 0.7, 0.06},
    {"hostile", 0.100, 0.10, 0.30, 0.100, 0.95, 0.050, 0.90, 0.40, 0.03, 0.030, 0.7, 0.12},
}};

// Throws std::invalid_argument for another name.
const Profile& profile_named(std::string_view name);

// Of a pair.
inline constexpr std::size_t baseline_side = 0, candidate_side = 1;

// The runs of one cell, or of the transports of one condition: its sides. Pairs follow each other without those of other
// cells in between, which is harder than what `ab` does: a burst then hits more pairs of the same cell.
class Machine {
 public:
  Machine(const Profile& profile, std::uint64_t seed, std::size_t sides = 2);

  // ln(candidate) - ln(baseline) of the next pair, the candidate being slower by `log_effect`. Which side
  // goes first is tossed for every other pair; the pair after it has the opposite order (ABBA).
  double log_ratio_of_pair(double log_effect);

  // ln t of the next run, whatever ran before it.
  double log_time(std::size_t side);

  // As after a day: nothing is left of the state but the machine.
  void start_session();

 private:
  double normal(double sd);
  double exponential(double mean);
  bool happens(double probability);
  double next_burst();
  double next_autoregressive(double state, double kept, double sd);

  Profile profile_;
  std::mt19937_64 random_;
  // Boost's distributions: unlike those of the standard library they draw the same everywhere.
  boost::random::normal_distribution<double> normal_;
  double session_ = 0;
  double drift_ = 0;
  double burst_ = 0;  // 0: there is none
  std::vector<double> sides_;
  std::size_t pairs_ = 0;
  bool candidate_first_ = false;
};

}  // namespace ipcsort::simulation
