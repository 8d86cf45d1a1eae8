#include "tests/simulation/machine.hpp"

#include <algorithm>
#include <boost/random/bernoulli_distribution.hpp>
#include <boost/random/exponential_distribution.hpp>
#include <cmath>
#include <stdexcept>
#include <string>

namespace ipcsort::simulation {

const Profile& profile_named(std::string_view name) {
  const auto found = std::find_if(profiles.begin(), profiles.end(),
                                  [name](const Profile& profile) { return profile.name == name; });
  if (found == profiles.end()) throw std::invalid_argument("no noise profile " + std::string(name));
  return *found;
}

Machine::Machine(const Profile& profile, std::uint64_t seed, std::size_t sides)
    : profile_(profile), random_(seed), sides_(sides) {
  start_session();
}

double Machine::normal(double sd) { return sd * normal_(random_); }

double Machine::exponential(double mean) {
  return mean * boost::random::exponential_distribution<double>()(random_);
}

bool Machine::happens(double probability) {
  return boost::random::bernoulli_distribution<double>(probability)(random_);
}

void Machine::start_session() {
  session_ = normal(profile_.session_sd);
  drift_ = normal(profile_.drift_sd);
  burst_ = 0;
  for (double& side : sides_) side = normal(profile_.side_sd);
}

// Stationary: with any `kept` the standard deviation stays `sd`.
double Machine::next_autoregressive(double state, double kept, double sd) {
  return kept * state + std::sqrt(1 - kept * kept) * normal(sd);
}

double Machine::next_burst() {
  if (burst_ > 0) return happens(profile_.burst_kept) ? burst_ : 0;
  return happens(profile_.burst_probability) ? exponential(profile_.burst_mean) : 0;
}

double Machine::log_time(std::size_t side) {
  drift_ = next_autoregressive(drift_, profile_.drift_kept, profile_.drift_sd);
  burst_ = next_burst();
  double& of_side = sides_.at(side);
  of_side = next_autoregressive(of_side, profile_.side_kept, profile_.side_sd);
  const double spike = happens(profile_.spike_probability) ? exponential(profile_.spike_mean) : 0;
  return session_ + drift_ + burst_ + of_side + spike + normal(profile_.run_sd);
}

double Machine::log_ratio_of_pair(double log_effect) {
  candidate_first_ = pairs_++ % 2 == 0 ? happens(0.5) : !candidate_first_;
  const double first = log_time(candidate_first_ ? candidate_side : baseline_side);
  const double second = log_time(candidate_first_ ? baseline_side : candidate_side) + profile_.position;
  return (candidate_first_ ? first - second : second - first) + log_effect;
}

}  // namespace ipcsort::simulation
