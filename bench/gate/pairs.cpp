#include "bench/gate/pairs.hpp"

#include <algorithm>
#include <array>
#include <random>

#include "sys/random.hpp"
#include "sys/text.hpp"

namespace ipcsort::gate {
namespace {

Side other(Side side) { return side == Side::baseline ? Side::candidate : Side::baseline; }

// Who goes first in the next pair of each cell.
class Orders {
 public:
  Orders(std::size_t cells, std::mt19937_64& random) : lasts_(cells), random_(random) {}
  Side next_first(std::size_t cell) {
    Last& last = lasts_[cell];
    last.first_of_two = !last.first_of_two;
    if (!last.first_of_two) return last.first = other(last.first);
    return last.first = (random_() & 1) == 0 ? Side::baseline : Side::candidate;
  }

 private:
  struct Last {
    Side first = Side::baseline;
    bool first_of_two = false;
  };
  std::vector<Last> lasts_;
  std::mt19937_64& random_;
};

// False when it was interrupted.
bool run_pair(Trial& trial, std::size_t cell, Side first, PairRunner& runner) {
  std::array<RunAnswer, 2> answers;  // by side
  const auto of = [&](Side side) -> RunAnswer& { return answers.at(static_cast<std::size_t>(side)); };
  for (const Side side : {first, other(first)}) {
    of(side) = runner.run(cell, side);
    if (of(side).status == RunAnswer::Status::interrupted) return false;
  }
  std::vector<std::string> reasons;
  if (of(Side::baseline).status == RunAnswer::Status::failed)
    reasons.push_back("baseline: " + of(Side::baseline).reason);
  if (of(Side::candidate).status == RunAnswer::Status::failed)
    reasons.push_back("candidate: " + of(Side::candidate).reason);
  if (reasons.empty()) {
    trial.add({of(Side::baseline).figures, of(Side::candidate).figures});
  } else {
    trial.fail(sys::join(reasons, "; "));
  }
  return true;
}

std::vector<std::size_t> undecided(const std::vector<Trial>& trials) {
  std::vector<std::size_t> cells;
  for (std::size_t cell = 0; cell < trials.size(); ++cell) {
    if (!trials[cell].decided()) cells.push_back(cell);
  }
  return cells;
}

PairsState state_of(const std::vector<Trial>& trials, std::size_t next) {
  PairsState state{0, trials.size(), 0, next};
  for (const Trial& trial : trials) {
    state.decided += trial.decided() ? 1U : 0U;
    state.pairs += trial.pairs();
  }
  return state;
}

}  // namespace

PairsEnd run_pairs(std::vector<Trial>& trials, PairRunner& runner, const PairsRequest& request) {
  std::mt19937_64 random(request.seed);
  Orders orders(trials.size(), random);
  for (;;) {
    std::vector<std::size_t> round = undecided(trials);
    if (round.empty()) return PairsEnd::decided;
    sys::shuffle(round, random);
    for (const std::size_t cell : round) {
      if (request.out_of_time && request.out_of_time()) return PairsEnd::out_of_time;
      if (request.on_pair) request.on_pair(state_of(trials, cell));
      if (!run_pair(trials[cell], cell, orders.next_first(cell), runner)) return PairsEnd::interrupted;
    }
  }
}

}  // namespace ipcsort::gate
