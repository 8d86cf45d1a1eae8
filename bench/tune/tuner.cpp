#include "bench/tune/tuner.hpp"

#include <algorithm>
#include <utility>

#include "bench/sweep/schedule.hpp"
#include "bench/text/units.hpp"
#include "bench/tune/candidates.hpp"
#include "bench/tune/confirmation.hpp"
#include "bench/tune/race.hpp"
#include "bench/tune/render.hpp"

namespace ipcsort::tune {
namespace {

// Shorter runs that send once are repeated within a row until they take so long: one of them is mostly noise. One
// that sends in rounds has many transfers anyway, and what is left of its noise is that of its process.
constexpr double run_time_s = 0.02;
constexpr int repeats_max = 200;

// A candidate's run may cost so many times what one with the defaults has, and at least so much: sets that
// are slower by orders of magnitude (a spinning wait with fewer CPUs than processes) would eat the budget.
constexpr double patience = 3;
constexpr sys::Nanoseconds patience_ns_min = sys::second_ns / 4;

// So many sets are raced at once without trying each value alone before, and so many are made of what was
// best.
constexpr std::size_t together_at_once_max = 12;
constexpr std::size_t best_together_max = 8;

// A gain that is shown to be less than this is none.
constexpr double worth_while = RaceRule{}.equivalence;

// Of the budget: when the first race ends and when the second does. What is left is for the confirmation.
constexpr double first_race_share = 0.5;
constexpr double races_share = 0.7;

bool has_time(const results::RunRow& row) { return row.is_ok() && row.transfer_window_s.value_or(0) > 0; }

// As many as take no longer than all else in the run.
pipeline::Rounds rounds_for(double window_s, double total_s) {
  pipeline::Settings settings{.transfer = pipeline::TransferMode::steady, .rounds = pipeline::Rounds::four};
  for (const auto more : {pipeline::Rounds::eight, pipeline::Rounds::sixteen, pipeline::Rounds::thirty_two}) {
    const pipeline::Rounds before = std::exchange(settings.rounds, more);
    if (settings.times_sent() * window_s > total_s) return before;
  }
  return settings.rounds;
}

std::string failure_of(const results::RunRow& row) {
  return std::string{to_string(row.status)} + ": " + row.error;
}

class Tuner {
 public:
  Tuner(const cell::Cell& cell, const TuneRequest& request, const RunCell& run)
      : cell_(cell), request_(request), run_(run) {
    ProfileEntry& entry = result_.entry;
    entry.transport = cell.transport->traits().name;
    entry.numbers = cell.numbers;
  }

  TuneResult tune() {
    if (warm_up()) {
      const Options winner = find_winner();
      if (is_open()) confirm(winner);
    }
    return std::move(result_);
  }

 private:
  [[nodiscard]] bool is_open() const { return !decided_ && !result_.interrupted; }

  void decide(Decision decision, const std::string& reason) {
    result_.entry.decision = decision;
    result_.entry.reason = reason;
    decided_ = true;
  }

  results::RunRow run(const Options& options, int repeats, sys::Nanoseconds deadline_ns,
                      const std::string& what) {
    cell::Cell cell = cell_;
    cell.subject.options = options;
    cell.repeats = repeats;
    if (request_.on_run) request_.on_run(what, std::min(1.0, result_.cost_s / request_.budget_s));
    results::RunRow row = run_(cell, deadline_ns);
    const double cost_s = row.cost_s.value_or(0);
    result_.cost_s += cost_s;
    ++result_.entry.runs;
    result_.entry.disturbed += row.disturbed ? 1U : 0U;
    if (options.empty() && row.is_ok()) default_run_cost_s_ = std::max(default_run_cost_s_, cost_s / repeats);
    result_.interrupted = row.status == results::RunStatus::interrupted;
    return row;
  }

  // Says how often a run is repeated, and what it costs. False: the defaults do not run.
  bool warm_up() {
    const results::RunRow row = run({}, 1, request_.deadline_ns, "warm-up");
    if (result_.interrupted) return false;
    if (!has_time(row)) {
      decide(Decision::failed, failure_of(row));
      return false;
    }
    result_.entry.payload_bytes = row.payload_bytes;
    const double total_s = std::max(row.total_s.value_or(run_time_s), 1e-6);
    if (!cell_.settings.is_steady())
      result_.entry.repeats = sweep::repeats_for(run_time_s, total_s, repeats_max);
    if (request_.chooses_rounds) cell_.settings.rounds = rounds_for(*row.transfer_window_s, total_s);
    return true;
  }

  [[nodiscard]] sys::Nanoseconds limit_ns(const Options& options) const {
    if (options.empty()) return request_.deadline_ns;
    const auto patient_ns = static_cast<sys::Nanoseconds>(patience * default_run_cost_s_ * 1e9);
    return std::min(request_.deadline_ns, std::max(patience_ns_min, patient_ns));
  }

  // The set to confirm; decides at once where that is the defaults.
  Options find_winner() {
    result_.entry.race_complete = true;
    const std::vector<Alternatives> all = alternatives_for(cell_.transport->traits());
    Options winner;
    if (count_together(all) <= together_at_once_max) {
      winner = race(1, all_together(all), races_share).value_or(winner);
    } else {
      winner = race(1, each_alone(all), first_race_share).value_or(winner);
      // Where no value is worth anything alone, all together are not tried either.
      if (is_open() && !winner.empty()) {
        const std::vector<Alternatives> best = most_promising(
            all,
            [&](const std::string& option, const std::string& value) { return time_alone(option, value); },
            best_together_max);
        winner = race(2, all_together(best), races_share).value_or(winner);
      }
    }
    if (!is_open() || !winner.empty()) return winner;
    // The budget ended a race of near equals: what became of the best of them is for the confirmation to say.
    if (!result_.entry.race_complete && near_equal_) return *near_equal_;
    decide_for_the_defaults("no other set of options was better in the race");
    return winner;
  }

  // The defaults stay: because nothing is better, or because that could not be found out.
  void decide_for_the_defaults(const std::string& reason) {
    if (result_.entry.race_complete) {
      decide(Decision::defaults, reason);
    } else {
      decide(Decision::undecided, "its share of the budget was over before the race was; by then " + reason);
    }
  }

  [[nodiscard]] std::optional<double> time_alone(const std::string& option, const std::string& value) const {
    const Options alone{{option, value}};
    const auto raced = std::ranges::find(result_.entry.raced, alone, &Raced::options);
    return raced == result_.entry.raced.end() ? std::nullopt : raced->to_default;
  }

  // The winner of a race among `sets` until `share` of the budget is spent; nothing when not even one block
  // was complete by then.
  std::optional<Options> race(int stage, const std::vector<Options>& sets, double share) {
    std::vector<std::size_t> simplicity;
    for (const Options& options : sets) simplicity.push_back(options.size());
    Race race(simplicity, {}, request_.seed + static_cast<std::uint64_t>(stage));
    while (const auto next = race.next()) {
      if (result_.cost_s >= share * request_.budget_s) {
        result_.entry.race_complete = false;
        break;
      }
      const Options& options = sets[*next];
      const results::RunRow row =
          run(options, result_.entry.repeats, limit_ns(options),
              "race " + std::to_string(stage) + ", block " + std::to_string(race.blocks() + 1) + ", " +
                  std::to_string(race.left()) + " of " + std::to_string(sets.size()) + " sets left");
      if (result_.interrupted) return std::nullopt;
      if (has_time(row)) {
        race.finished(*row.transfer_window_s);
      } else if (row.status == results::RunStatus::timeout && *next != 0) {
        race.late();
      } else {
        race.failed(failure_of(row));
      }
    }
    for (std::size_t i = 0; i < sets.size(); ++i) {
      const RaceResult result = race.result(i);
      result_.entry.raced.push_back({stage, sets[i], result.blocks, result.to_default, result.dropped});
    }
    if (race.default_failed()) decide(Decision::failed, race.result(0).dropped);
    near_equal_.reset();
    if (race.blocks() >= RaceRule{}.blocks_min && race.leader() != 0) near_equal_ = sets[race.leader()];
    return race.blocks() == 0 ? std::nullopt : std::optional(sets[race.winner()]);
  }

  // The winner, the defaults, and the winner with each of its options put back, where that is neither.
  [[nodiscard]] std::vector<Options> sets_to_confirm(const Options& winner) const {
    std::vector<Options> list{winner, {}};
    if (winner.size() < 2) return list;
    for (const auto& [name, value] : winner) {
      Options without = winner;
      without.erase(name);
      list.push_back(std::move(without));
    }
    // What is left of the budget may pay for the main question only.
    const double needed_s = static_cast<double>(list.size()) * ConfirmationRule{}.blocks_min *
                            result_.entry.repeats * default_run_cost_s_;
    if (needed_s > request_.budget_s - result_.cost_s) list.resize(2);
    return list;
  }

  void confirm(const Options& winner) {
    const std::vector<Options> list = sets_to_confirm(winner);
    Confirmation confirmation(list.size(), {}, request_.seed);  // in another order than the races
    while (const auto next = confirmation.next()) {
      if (result_.cost_s >= request_.budget_s) break;
      const results::RunRow row = run(list[*next], result_.entry.repeats, request_.deadline_ns,
                                      "confirming " + cell::options_text(list[0]) + ", block " +
                                          std::to_string(confirmation.blocks() + 1));
      if (result_.interrupted) return;
      if (has_time(row)) {
        confirmation.finished(*row.transfer_window_s);
      } else {
        confirmation.failed(failure_of(row));
      }
    }
    judge(confirmation, list);
  }

  void judge(const Confirmation& confirmation, const std::vector<Options>& list) {
    ProfileEntry& entry = result_.entry;
    const std::string name = cell::options_text(list[0]);
    entry.tuned_s = confirmation.time_s(0);
    entry.default_s = confirmation.time_s(1);
    const auto ratio = confirmation.to_winner(1);
    entry.gain = ratio;
    if (!confirmation.failure(1).empty()) {
      decide(Decision::failed, confirmation.failure(1));
    } else if (!confirmation.failure(0).empty()) {
      decide(Decision::defaults, "the best of the race, " + name + ", failed: " + confirmation.failure(0));
    } else if (!ratio || !ratio->interval) {
      decide(Decision::undecided, "its share of the budget was over before " + name + " was confirmed");
    } else if (ratio->interval->high <= 1 + worth_while) {
      decide(Decision::defaults, "the best of the race, " + name + ", was " + gain_text(*entry.gain) +
                                     " when measured again: no gain of " + text::percent_text(worth_while));
    } else if (!ratio->slower()) {
      decide_for_the_defaults("the best of it, " + name + ", was " + gain_text(*entry.gain) +
                              " when measured again: no gain beyond doubt");
    } else {
      decide(Decision::tuned, {});
      entry.options = list[0];
      set_worth(confirmation, list);
    }
  }

  void set_worth(const Confirmation& confirmation, const std::vector<Options>& list) {
    ProfileEntry& entry = result_.entry;
    if (list[0].size() == 1) {
      entry.worth.push_back({list[0].begin()->first, list[0].begin()->second, *entry.gain});
      return;
    }
    for (std::size_t i = 2; i < list.size(); ++i) {
      const auto ratio = confirmation.to_winner(i);
      if (!ratio) continue;
      const auto put_back =
          std::ranges::find_if(list[0], [&](const auto& option) { return !list[i].contains(option.first); });
      entry.worth.push_back({put_back->first, put_back->second, *ratio});
    }
  }

  cell::Cell cell_;
  const TuneRequest& request_;
  const RunCell& run_;
  TuneResult result_;
  std::optional<Options>
      near_equal_;                 // the leader of the last race, if that had blocks enough to say something
  double default_run_cost_s_ = 0;  // of one run, the dearest so far
  bool decided_ = false;
};

}  // namespace

TuneResult tune_cell(const cell::Cell& cell, const TuneRequest& request, const RunCell& run) {
  return Tuner(cell, request, run).tune();
}

}  // namespace ipcsort::tune
