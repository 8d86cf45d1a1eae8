#include "bench/gate/pairs.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <random>
#include <utility>

#include "sys/random.hpp"
#include "sys/text.hpp"

namespace ipcsort::gate {
namespace {

Side other(Side side) { return side == Side::baseline ? Side::candidate : Side::baseline; }

// Who goes first in the next pair of each cell.
class Orders {
 public:
  Orders(std::size_t cells, std::mt19937_64& random) : to_turn_round_(cells), random_(random) {}
  Side next_first(std::size_t cell) {
    std::optional<Side>& before = to_turn_round_[cell];
    if (before) return other(*std::exchange(before, std::nullopt));
    before = (random_() & 1) == 0 ? Side::baseline : Side::candidate;
    return *before;
  }

 private:
  std::vector<std::optional<Side>> to_turn_round_;  // who went first, if the next pair is the second of two
  std::mt19937_64& random_;
};

using Runs = std::array<ReportedRun, 2>;  // by side

ReportedRun& of(Runs& runs, Side side) { return runs.at(static_cast<std::size_t>(side)); }

// Nothing when it was interrupted.
std::optional<Runs> run_pair(std::size_t cell, Side first, const RunSide& run) {
  Runs runs;
  for (const Side side : {first, other(first)}) {
    of(runs, side) = run(cell, side);
    if (of(runs, side).status == ReportedRun::Status::interrupted) return std::nullopt;
  }
  return runs;
}

bool is_disturbed(const Runs& runs) {
  return std::ranges::any_of(
      runs, [](const ReportedRun& run) { return run.status == ReportedRun::Status::ok && run.disturbed; });
}

// Likewise, made again while it is disturbed.
std::optional<Runs> run_undisturbed(std::size_t cell, Side first, const RunSide& run, int attempts_max,
                                    PairsResult& result) {
  for (int attempt = 1;; ++attempt) {
    std::optional<Runs> runs = run_pair(cell, first, run);
    if (!runs || !is_disturbed(*runs)) return runs;
    if (attempt >= attempts_max) {
      ++result.disturbed;
      return runs;
    }
    ++result.repeated;
  }
}

void add(Runs& runs, PairedTest& test) {
  std::vector<std::string> reasons;
  if (of(runs, Side::baseline).status == ReportedRun::Status::failed)
    reasons.push_back("baseline: " + of(runs, Side::baseline).reason);
  if (of(runs, Side::candidate).status == ReportedRun::Status::failed)
    reasons.push_back("candidate: " + of(runs, Side::candidate).reason);
  if (reasons.empty()) {
    test.add({of(runs, Side::baseline).figures, of(runs, Side::candidate).figures});
  } else {
    test.fail(sys::join(reasons, "; "));
  }
}

std::vector<std::size_t> undecided(const std::vector<PairedTest>& tests) {
  std::vector<std::size_t> cells;
  for (std::size_t cell = 0; cell < tests.size(); ++cell) {
    if (!tests[cell].decided()) cells.push_back(cell);
  }
  return cells;
}

PairsState state_of(const std::vector<PairedTest>& tests, std::size_t next) {
  PairsState state{0, tests.size(), 0, next};
  for (const PairedTest& test : tests) {
    state.decided += test.decided() ? 1U : 0U;
    state.pairs += test.pairs();
  }
  return state;
}

}  // namespace

PairsResult run_pairs(std::vector<PairedTest>& tests, const RunSide& run, const PairsRequest& request) {
  PairsResult result;
  const auto ended = [&](PairsEnd end) {
    result.end = end;
    return result;
  };
  std::mt19937_64 random(request.seed);
  Orders orders(tests.size(), random);
  for (;;) {
    std::vector<std::size_t> round = undecided(tests);
    if (round.empty()) return ended(PairsEnd::decided);
    sys::shuffle(round, random);
    for (const std::size_t cell : round) {
      if (request.out_of_time && request.out_of_time()) return ended(PairsEnd::out_of_time);
      if (request.on_pair) request.on_pair(state_of(tests, cell));
      auto runs = run_undisturbed(cell, orders.next_first(cell), run, request.attempts_max, result);
      if (!runs) return ended(PairsEnd::interrupted);
      add(*runs, tests[cell]);
    }
  }
}

}  // namespace ipcsort::gate
