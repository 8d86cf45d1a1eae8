#include "bench/tune/tuner.hpp"

#include <algorithm>
#include <cmath>

#include "bench/driver/wording.hpp"
#include "bench/tune/candidates.hpp"
#include "bench/tune/confirmation.hpp"
#include "bench/tune/race.hpp"

namespace ipcsort::tune {
namespace {

// Shorter runs are repeated within a row until they take so long: one of them is mostly noise.
constexpr double run_time_s = 0.02;
constexpr int repeats_max = 200;

// A candidate's run may cost so many times what one with the defaults has, and at least so much: sets that
// are slower by orders of magnitude (a spinning wait with fewer CPUs than processes) would eat the budget.
constexpr double patience = 3;
constexpr sys::Nanoseconds patience_ns_min = sys::second_ns / 4;

// The race must leave something for the confirmation.
constexpr double race_share = 0.6;

Measured measured_of(const stats::Ratio& ratio) {
  Measured measured{ratio.centre, {}, {}, ratio.pairs};
  if (ratio.interval) {
    measured.low = ratio.interval->low;
    measured.high = ratio.interval->high;
  }
  return measured;
}

std::string interval_text(const Measured& measured) {
  std::string text = driver::fixed(measured.ratio, 2) + " times as fast";
  if (measured.low && measured.high)
    text += " (" + driver::fixed(*measured.low, 2) + " to " + driver::fixed(*measured.high, 2) + ")";
  return text;
}

class Tuner {
 public:
  Tuner(const driver::Cell& cell, const TuneRequest& request, const RunCell& run)
      : cell_(cell),
        request_(request),
        run_(run),
        candidates_(candidates_for(cell.subject.transport->traits())) {
    Entry& entry = result_.entry;
    entry.transport = cell.subject.transport->traits().name;
    entry.numbers = cell.numbers;
  }

  TuneResult tune() {
    if (candidates_.size() == 1) {
      decide(Decision::defaults, "it has no options");
    } else if (warm_up()) {
      const std::size_t winner = race();
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

  driver::RunRow run(const Options& options, int repeats, sys::Nanoseconds deadline_ns,
                     const std::string& what) {
    driver::Cell cell = cell_;
    cell.subject.options = options;
    cell.repeats = repeats;
    if (request_.on_run) request_.on_run(what, std::min(1.0, result_.cost_s / request_.budget_s));
    driver::RunRow row = run_(cell, deadline_ns);
    const double cost_s = row.cost_s.value_or(0);
    result_.cost_s += cost_s;
    ++result_.entry.runs;
    result_.entry.disturbed += row.disturbed ? 1U : 0U;
    if (options.empty() && row.status == "ok")
      default_run_cost_s_ = std::max(default_run_cost_s_, cost_s / repeats);
    result_.interrupted = row.status == "interrupted";
    return row;
  }

  // Says how often a run is repeated, and what it costs. False: the defaults do not run.
  bool warm_up() {
    const driver::RunRow row = run({}, 1, request_.deadline_ns, "warm-up");
    if (result_.interrupted) return false;
    if (row.status != "ok" || !row.transfer_window_s || !(*row.transfer_window_s > 0)) {
      decide(Decision::failed, row.status + ": " + row.error);
      return false;
    }
    result_.entry.payload_bytes = row.payload_bytes;
    const double total_s = std::max(row.total_s.value_or(run_time_s), 1e-6);
    result_.entry.repeats =
        static_cast<int>(std::clamp(std::ceil(run_time_s / total_s), 1.0, double{repeats_max}));
    return true;
  }

  [[nodiscard]] sys::Nanoseconds limit_ns(const Options& options) const {
    if (options.empty()) return request_.deadline_ns;
    const auto patient_ns = static_cast<sys::Nanoseconds>(patience * default_run_cost_s_ * 1e9);
    return std::min(request_.deadline_ns, std::max(patience_ns_min, patient_ns));
  }

  std::size_t race() {
    std::vector<std::size_t> simplicity;
    for (const Options& options : candidates_) simplicity.push_back(options.size());
    Race race(simplicity, {}, request_.seed);
    result_.entry.race_complete = true;
    while (const auto next = race.next()) {
      if (result_.cost_s >= race_share * request_.budget_s) {
        result_.entry.race_complete = false;
        break;
      }
      const Options& options = candidates_[*next];
      const driver::RunRow row =
          run(options, result_.entry.repeats, limit_ns(options),
              "block " + std::to_string(race.blocks() + 1) + ", " + std::to_string(race.left()) + " of " +
                  std::to_string(candidates_.size()) + " sets of options left");
      if (result_.interrupted) return 0;
      if (row.status == "ok" && row.transfer_window_s && *row.transfer_window_s > 0) {
        race.finished(*row.transfer_window_s);
      } else if (row.status == "timeout" && *next != 0) {
        race.late();
      } else {
        race.failed(row.status + ": " + row.error);
      }
    }
    for (const Standing& standing : race.standings()) {
      result_.entry.raced.push_back(
          {candidates_[standing.candidate], standing.blocks, standing.to_default, standing.dropped});
    }
    if (race.default_failed()) {
      decide(Decision::failed, result_.entry.raced.front().dropped);
    } else if (race.blocks() == 0) {
      decide(Decision::undecided, "the budget was over before every set of options had run once");
    } else if (race.winner() == 0) {
      if (result_.entry.race_complete) {
        decide(Decision::defaults, "no other set of options was better in the race");
      } else {
        decide(Decision::undecided, "the budget was over after " + std::to_string(race.blocks()) +
                                        " blocks of the race, with the defaults in front");
      }
    }
    return race.winner();
  }

  // The winner, the defaults, and the winner with each of its options put back, where that is neither.
  [[nodiscard]] std::vector<Options> contestants(const Options& winner) const {
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

  void confirm(std::size_t winner) {
    const std::vector<Options> list = contestants(candidates_[winner]);
    // Another order than that of the race.
    Confirmation confirmation(list.size(), {}, request_.seed + 1);
    while (const auto next = confirmation.next()) {
      if (result_.cost_s >= request_.budget_s) break;
      const driver::RunRow row = run(list[*next], result_.entry.repeats, request_.deadline_ns,
                                     "confirming " + driver::options_text(list[0]) + ", block " +
                                         std::to_string(confirmation.blocks() + 1));
      if (result_.interrupted) return;
      if (row.status == "ok" && row.transfer_window_s && *row.transfer_window_s > 0) {
        confirmation.finished(*row.transfer_window_s);
      } else {
        confirmation.failed(row.status + ": " + row.error);
      }
    }
    judge(confirmation, list);
  }

  void judge(const Confirmation& confirmation, const std::vector<Options>& list) {
    Entry& entry = result_.entry;
    const std::string name = driver::options_text(list[0]);
    entry.tuned_s = confirmation.time_s(0);
    entry.default_s = confirmation.time_s(1);
    const auto ratio = confirmation.to_winner(1);
    if (ratio) entry.gain = measured_of(*ratio);
    if (!confirmation.failure(1).empty()) {
      decide(Decision::failed, confirmation.failure(1));
    } else if (!confirmation.failure(0).empty()) {
      decide(Decision::defaults, "the best of the race, " + name + ", failed: " + confirmation.failure(0));
    } else if (!ratio || !ratio->interval) {
      decide(Decision::undecided, "the budget was over before " + name + " was confirmed");
    } else if (!ratio->slower()) {
      decide(Decision::defaults, "the best of the race, " + name + ", was " + interval_text(*entry.gain) +
                                     " when measured again: no gain beyond doubt");
    } else {
      decide(Decision::tuned, {});
      entry.options = list[0];
      set_worth(confirmation, list);
    }
  }

  void set_worth(const Confirmation& confirmation, const std::vector<Options>& list) {
    Entry& entry = result_.entry;
    if (list[0].size() == 1) {
      entry.worth.push_back({list[0].begin()->first, list[0].begin()->second, *entry.gain});
      return;
    }
    for (std::size_t i = 2; i < list.size(); ++i) {
      const auto ratio = confirmation.to_winner(i);
      if (!ratio) continue;
      const auto put_back =
          std::ranges::find_if(list[0], [&](const auto& option) { return !list[i].contains(option.first); });
      entry.worth.push_back({put_back->first, put_back->second, measured_of(*ratio)});
    }
  }

  const driver::Cell& cell_;
  const TuneRequest& request_;
  const RunCell& run_;
  std::vector<Options> candidates_;
  TuneResult result_;
  double default_run_cost_s_ = 0;  // of one run, the dearest so far
  bool decided_ = false;
};

}  // namespace

TuneResult tune_cell(const driver::Cell& cell, const TuneRequest& request, const RunCell& run) {
  return Tuner(cell, request, run).tune();
}

}  // namespace ipcsort::tune
