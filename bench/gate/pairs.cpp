#include "bench/gate/pairs.hpp"

#include <algorithm>
#include <array>
#include <optional>
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

using Answers = std::array<RunAnswer, 2>;  // by side

RunAnswer& of(Answers& answers, Side side) { return answers.at(static_cast<std::size_t>(side)); }

// Nothing when it was interrupted.
std::optional<Answers> run_pair(std::size_t cell, Side first, PairRunner& runner) {
  Answers answers;
  for (const Side side : {first, other(first)}) {
    of(answers, side) = runner.run(cell, side);
    if (of(answers, side).status == RunAnswer::Status::interrupted) return std::nullopt;
  }
  return answers;
}

bool is_disturbed(const Answers& answers) {
  return std::ranges::any_of(answers, [](const RunAnswer& answer) {
    return answer.status == RunAnswer::Status::ok && answer.disturbed;
  });
}

// Likewise, made again while it is disturbed.
std::optional<Answers> run_undisturbed(std::size_t cell, Side first, PairRunner& runner, int attempts_max,
                                       PairsResult& result) {
  for (int attempt = 1;; ++attempt) {
    std::optional<Answers> answers = run_pair(cell, first, runner);
    if (!answers || !is_disturbed(*answers)) return answers;
    if (attempt >= attempts_max) {
      ++result.disturbed;
      return answers;
    }
    ++result.repeated;
  }
}

void add(Answers& answers, Trial& trial) {
  std::vector<std::string> reasons;
  if (of(answers, Side::baseline).status == RunAnswer::Status::failed)
    reasons.push_back("baseline: " + of(answers, Side::baseline).reason);
  if (of(answers, Side::candidate).status == RunAnswer::Status::failed)
    reasons.push_back("candidate: " + of(answers, Side::candidate).reason);
  if (reasons.empty()) {
    trial.add({of(answers, Side::baseline).figures, of(answers, Side::candidate).figures});
  } else {
    trial.fail(sys::join(reasons, "; "));
  }
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

PairsResult run_pairs(std::vector<Trial>& trials, PairRunner& runner, const PairsRequest& request) {
  PairsResult result;
  const auto ended = [&](PairsEnd end) {
    result.end = end;
    return result;
  };
  std::mt19937_64 random(request.seed);
  Orders orders(trials.size(), random);
  for (;;) {
    std::vector<std::size_t> round = undecided(trials);
    if (round.empty()) return ended(PairsEnd::decided);
    sys::shuffle(round, random);
    for (const std::size_t cell : round) {
      if (request.out_of_time && request.out_of_time()) return ended(PairsEnd::out_of_time);
      if (request.on_pair) request.on_pair(state_of(trials, cell));
      auto answers = run_undisturbed(cell, orders.next_first(cell), runner, request.attempts_max, result);
      if (!answers) return ended(PairsEnd::interrupted);
      add(*answers, trials[cell]);
    }
  }
}

}  // namespace ipcsort::gate
