#include "tests/simulation/race.hpp"

#include <algorithm>
#include <boost/random/uniform_01.hpp>
#include <cmath>
#include <numeric>
#include <optional>
#include <stdexcept>
#include <string>

#include "datagen/fingerprint.hpp"
#include "sys/random.hpp"

namespace ipcsort::simulation {
namespace {

constexpr std::size_t transports = 19;

// Evenly likely over a factor of four, as transports are.
std::vector<double> spread(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<double> logs;
  for (std::size_t i = 0; i < transports; ++i)
    logs.push_back(std::log(4) * boost::random::uniform_01<double>()(random));
  return logs;
}

// A pair 3 % apart, and the others at least half as slow again.
std::vector<double> close_pair(std::uint64_t seed) {
  std::vector<double> logs = spread(seed);
  for (double& log : logs) log += std::log(1.5);
  logs[seed % transports] = 0;
  logs[(seed + 1) % transports] = std::log(1.03);
  return logs;
}

std::vector<double> equal(std::uint64_t) { return std::vector<double>(transports); }

// One is 10 % faster than all others, which are equal.
std::vector<double> one_ahead(std::uint64_t seed) {
  std::vector<double> logs(transports, std::log(1.1));
  logs[seed % transports] = 0;
  return logs;
}

// The measured times, block by block.
class Race {
 public:
  Race(const Profile& profile, const Field& field, std::uint64_t seed)
      : machine_(profile, seed, transports),
        random_(seed),
        log_times_(field.log_times(seed)),
        times_(transports) {}

  // Returns how many runs it made.
  std::size_t run_block(const std::vector<bool>& runs) {
    std::vector<std::size_t> order(transports);
    std::iota(order.begin(), order.end(), std::size_t{0});
    sys::shuffle(order, random_);
    for (stats::TimesByBlock& times : times_) times.emplace_back();
    std::size_t made = 0;
    for (const std::size_t i : order) {
      if (!runs[i]) continue;
      times_[i].back() = std::exp(machine_.log_time(i) + log_times_[i]);
      ++made;
    }
    return made;
  }
  [[nodiscard]] const std::vector<stats::TimesByBlock>& times() const { return times_; }
  [[nodiscard]] bool is_best(std::size_t i) const {
    return std::ranges::count_if(log_times_, [&](double other) { return other <= log_times_[i]; }) == 1;
  }

 private:
  Machine machine_;
  std::mt19937_64 random_;
  std::vector<double> log_times_;
  std::vector<stats::TimesByBlock> times_;
};

void race_once(Race& race, const RaceRule& rule, RaceTally& tally) {
  std::vector<bool> runs(transports, true);
  std::size_t block = 0;
  for (; block < rule.blocks; ++block) tally.runs += race.run_block(runs);
  bool is_open = true;
  for (;; ++block) {
    is_open = false;
    const std::vector<stats::Openness> open = stats::openness_of(race.times(), rule.openness);
    for (std::size_t i = 0; i < transports; ++i) {
      is_open = is_open || open[i].best;
      if (rule.leaves_out) runs[i] = open[i].best;
    }
    if (!is_open || block == rule.blocks_max) break;
    tally.runs += race.run_block(runs);
  }
  const stats::Ranking ranking = stats::ranking_of(race.times());
  const auto tied =
      static_cast<std::size_t>(std::ranges::count_if(ranking.standings, &stats::Standing::tied));
  const bool is_right = race.is_best(ranking.standings.front().place);
  const bool has_right = std::ranges::any_of(ranking.standings, [&](const stats::Standing& standing) {
    return race.is_best(standing.place) && (standing.tied || &standing == &ranking.standings.front());
  });
  ++tally.conditions;
  tally.named += tied == 0 ? 1 : 0;
  tally.wrong += tied == 0 && !is_right ? 1 : 0;
  tally.few += tied <= 2 && has_right ? 1 : 0;
  tally.open += is_open ? 1 : 0;
}

}  // namespace

const std::vector<Field> fields = {
    {"spread", spread}, {"close pair", close_pair}, {"one ahead", one_ahead}, {"equal", equal}};

const Field& field_named(std::string_view name) {
  const auto found = std::ranges::find(fields, name, &Field::name);
  if (found == fields.end()) throw std::out_of_range("no field " + std::string(name));
  return *found;
}

RaceTally race(const Profile& profile, const Field& field, const RaceRule& rule, std::size_t conditions,
               std::uint64_t seed, std::size_t first) {
  RaceTally tally;
  for (std::size_t i = first; i < first + conditions; ++i) {
    Race one(profile, field, seed + datagen::golden_gamma * (i + 1));
    race_once(one, rule, tally);
  }
  return tally;
}

}  // namespace ipcsort::simulation
