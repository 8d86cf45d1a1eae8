#include "bench/gate/compare.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <tuple>
#include <utility>

#include "bench/cell/plan.hpp"
#include "bench/pipeline/settings.hpp"
#include "bench/results/summary.hpp"
#include "bench/stats/gate.hpp"
#include "bench/stats/multiple.hpp"
#include "bench/stats/paired.hpp"
#include "bench/stats/sample.hpp"
#include "bench/stats/two_sample.hpp"
#include "bench/text/units.hpp"

namespace ipcsort::gate {
namespace {

using pipeline::Metric;
using results::RunRow;

constexpr double confidence = 0.95;
// As of pairs: a smaller change is never called one; "unchanged" and "within-threshold" exclude this one.
constexpr double effect_min = stats::GateRule{}.effect_min;
constexpr double effect = stats::GateRule{}.effect;
constexpr double false_discovery_rate = 0.05;
// With fewer common cells the change of one of them would make up too much of the session's shift; then nothing
// is divided out and nothing judged. The median of 5 stands two cells that really changed.
constexpr std::size_t cells_min = 5;
constexpr std::array<const char*, 2> side_names = {"the baseline", "the candidate"};

// ---- from rows to cells ----

bool counts(const RunRow& row) {
  return !row.warm && row.status != results::RunStatus::skipped &&
         row.status != results::RunStatus::interrupted;
}

// Nothing where it was not measured, or the clock was too coarse for it.
std::optional<double> time_of(const RunRow& row, Metric metric) {
  std::optional<double> time_s;
  if (metric == Metric::total) {
    time_s = row.total_s;
  } else if (metric == Metric::transfer) {
    time_s = row.transfer_window_s;
  } else if (row.parent_user_s && row.parent_system_s && row.workers_user_s && row.workers_system_s) {
    time_s = *row.parent_user_s + *row.parent_system_s + *row.workers_user_s + *row.workers_system_s;
  }
  return time_s && *time_s > 0 ? time_s : std::nullopt;
}

// What one file says of a cell.
struct Recorded {
  bool ran = false;  // a counted run, ok or not
  std::vector<double> times_s;
  std::string failure;      // of the first run that failed
  std::string skip_reason;  // of a cell that could not be used
};

struct Cell {
  const RunRow* identity;
  std::array<Recorded, 2> sides;  // baseline, candidate
};

// The rows of the two, one for all attempts at the same run.
using Files = std::array<std::vector<RunRow>, 2>;

// In the order of first appearance; the cells point into `files`.
std::vector<Cell> match(const Files& files, Metric metric) {
  std::vector<Cell> cells;
  std::map<cell::CellId, std::size_t> places;
  for (std::size_t side = 0; side < files.size(); ++side) {
    for (const RunRow& row : files[side]) {
      const auto [place, fresh] = places.try_emplace(row.cell, cells.size());
      if (fresh) cells.push_back({&row, {}});
      Recorded& found = cells[place->second].sides[side];
      if (row.status == results::RunStatus::skipped) found.skip_reason = row.error;
      if (!counts(row)) continue;
      found.ran = true;
      if (!row.is_ok()) {
        if (found.failure.empty()) found.failure = std::string{to_string(row.status)} + ": " + row.error;
      } else if (const auto time_s = time_of(row, metric)) {
        found.times_s.push_back(*time_s);
      }
    }
  }
  return cells;
}

// ---- names ----

// The axes, and of the settings those in which the cells differ, so that each name means one cell.
std::string name_of(const RunRow& row, const std::vector<Cell>& cells) {
  std::string name = describe(row.cell);
  const auto varies = [&](auto value) {
    return std::ranges::any_of(
        cells, [&](const Cell& cell) { return value(cell.identity->cell) != value(row.cell); });
  };
  for (const pipeline::SettingRow& setting : pipeline::settings()) {
    if (setting.is_axis) continue;  // described already
    if (varies([&](const cell::CellId& id) { return setting.get(id.settings); }))
      name += ", " + std::string{setting.word_of(row.cell.settings)};
  }
  if (varies([](const cell::CellId& id) { return distribution_text(id.data); }))
    name += ", " + std::string{distribution_text(row.cell.data)};
  if (varies([](const cell::CellId& id) { return id.data.seed; }))
    name += ", seed " + std::to_string(row.cell.data.seed);
  return name;
}

// ---- figures ----

stats::Shift shift_of(const Cell& cell) {
  return stats::two_sample_shift(stats::logarithms(cell.sides[1].times_s),
                                 stats::logarithms(cell.sides[0].times_s), confidence);
}

bool has_times(const Cell& cell) { return !cell.sides[0].times_s.empty() && !cell.sides[1].times_s.empty(); }

// The smallest p value that samples of these sizes can have: all of one above all of the other, either way.
double least_p_value(std::size_t m, std::size_t n) {
  double p = 2;  // over the number of ways to choose m of m + n
  for (std::size_t k = 1; k <= m; ++k) p *= static_cast<double>(k) / static_cast<double>(n + k);
  return std::min(1.0, p);
}

// The slow-down most likely found where only one of `cells` has changed, which is what the correction makes
// hardest. For two samples, n standing for a pair's 1, the variance of the difference of the means is the
// sum of theirs.
std::optional<double> detectable_effect(const Cell& cell, std::size_t cells) {
  double variance = 0;
  for (const Recorded& side : cell.sides) {
    if (side.times_s.size() < 2) return std::nullopt;
    const double deviation = stats::standard_deviation(stats::logarithms(side.times_s));
    variance += deviation * deviation / static_cast<double>(side.times_s.size());
  }
  const double alpha = false_discovery_rate / (2 * static_cast<double>(cells));
  return stats::minimum_detectable_effect(std::sqrt(variance), 1, alpha);
}

// A cell that both sides have times of, with the session's shift taken out.
struct Compared {
  const Cell* cell;
  stats::Shift shift;
  double p_adjusted = 1;
};

std::size_t fewer_runs(const Cell& cell) {
  return std::min(cell.sides[0].times_s.size(), cell.sides[1].times_s.size());
}

double median_shift(std::span<const Compared> compared) {
  std::vector<double> centres;
  for (const Compared& one : compared) centres.push_back(one.shift.centre);
  return stats::median(centres);
}

void take_out(double session_shift, std::vector<Compared>& compared) {
  for (Compared& one : compared) {
    one.shift.centre -= session_shift;
    if (!one.shift.interval) continue;
    one.shift.interval->low -= session_shift;
    one.shift.interval->high -= session_shift;
  }
}

void test_all(double session_shift, std::vector<Compared>& compared) {
  std::vector<double> p_values;
  for (const Compared& one : compared) {
    std::vector<double> candidate = stats::logarithms(one.cell->sides[1].times_s);
    for (double& value : candidate) value -= session_shift;
    p_values.push_back(stats::mann_whitney_p_value(candidate, stats::logarithms(one.cell->sides[0].times_s)));
  }
  const std::vector<double> adjusted = stats::benjamini_hochberg(p_values);
  for (std::size_t i = 0; i < compared.size(); ++i) compared[i].p_adjusted = adjusted[i];
}

// ---- verdicts ----

std::string too_few_text(const Cell& cell, std::size_t cells, double p_wanted) {
  std::size_t needed = 1;
  while (least_p_value(needed, needed) > p_wanted) ++needed;
  return std::to_string(cell.sides[0].times_s.size()) + " and " +
         std::to_string(cell.sides[1].times_s.size()) + " runs; it takes " + std::to_string(needed) +
         " of each to tell a change of one of " + std::to_string(cells) + " cells";
}

// Widths shrink with the square root of the number of runs.
std::string too_wide_text(const Compared& one) {
  const stats::Interval interval = *one.shift.interval;
  const double excess = (interval.high - interval.low) / 2 / std::log1p(effect);
  std::string text = "a change of " + text::percent_text(effect) + " is not excluded";
  const double needed = std::ceil(static_cast<double>(fewer_runs(*one.cell)) * excess * excess);
  if (excess > 1) text += "; about " + text::fixed(needed, 0) + " runs of each would narrow it down";
  return text;
}

std::pair<Verdict, std::string> judge(const Compared& one, std::size_t cells) {
  const double p_wanted = false_discovery_rate / static_cast<double>(cells);
  const auto& [baseline, candidate] = one.cell->sides;
  if (!one.shift.interval || least_p_value(baseline.times_s.size(), candidate.times_s.size()) > p_wanted)
    return {Verdict::inconclusive, too_few_text(*one.cell, cells, p_wanted)};
  const bool changed = one.p_adjusted <= false_discovery_rate;
  const double log_effect_min = std::log1p(effect_min);
  if (changed && one.shift.centre >= log_effect_min) return {Verdict::regressed, ""};
  if (changed && one.shift.centre <= -log_effect_min) return {Verdict::improved, ""};
  const double log_effect = std::log1p(effect);
  if (one.shift.interval->high >= log_effect || one.shift.interval->low <= -log_effect)
    return {Verdict::inconclusive, too_wide_text(one)};
  return {changed ? Verdict::within_threshold : Verdict::unchanged, ""};
}

CellVerdict verdict_of(const Compared& one, std::size_t cells) {
  const Cell& cell = *one.cell;
  CellVerdict verdict;
  verdict.ratio = std::exp(one.shift.centre);
  if (one.shift.interval) verdict.ratio_interval = stats::exp_of(*one.shift.interval);
  verdict.pairs = fewer_runs(cell);
  verdict.detectable_effect = detectable_effect(cell, cells);
  verdict.baseline_s = stats::median(cell.sides[0].times_s);
  verdict.candidate_s = stats::median(cell.sides[1].times_s);
  std::tie(verdict.verdict, verdict.reason) = judge(one, cells);
  return verdict;
}

// Of a cell that has no ratio.
CellVerdict verdict_without_ratio(const Cell& cell) {
  CellVerdict verdict;
  const auto name_of_side = [&](const Recorded& side) {
    return std::string{side_names.at(static_cast<std::size_t>(&side - cell.sides.data()))};
  };
  for (const Recorded& side : cell.sides) {
    if (side.failure.empty()) continue;
    verdict.verdict = Verdict::failed;
    verdict.reason = name_of_side(side) + ": " + side.failure;
    return verdict;
  }
  const Recorded& lacking =
      *std::ranges::find_if(cell.sides, [](const Recorded& side) { return side.times_s.empty(); });
  verdict.reason = name_of_side(lacking) + " has no ";
  if (lacking.ran) {
    verdict.reason += "such time";
  } else {
    verdict.verdict = &lacking == cell.sides.data() ? Verdict::new_cell : Verdict::missing;
    verdict.reason += "counted run of it" + (lacking.skip_reason.empty() ? "" : ": " + lacking.skip_reason);
  }
  return verdict;
}

// ---- notes ----

std::string session_note(std::size_t cells, double session_shift) {
  return "The session's shift, the median change of " + text::count_text(cells, "common cell") + ", is " +
         text::change_text(std::expm1(session_shift), 1) +
         "; every ratio is divided by it, so what hits all cells alike does not show here.";
}

// ---- the order of the runs ----

using Block = std::vector<std::pair<std::uint64_t, cell::CellId>>;  // seq and cell, by seq

// What is never shuffled (calibrations, second attempts) says nothing about the order.
std::map<int, Block> blocks_of(const std::vector<RunRow>& rows) {
  std::map<int, Block> blocks;
  for (const RunRow& row : rows) {
    if (counts(row) && !row.cell.is_calibration() && row.attempt == 1)
      blocks[row.block].emplace_back(row.seq, row.cell);
  }
  for (auto& [number, block] : blocks) std::sort(block.begin(), block.end());
  return blocks;
}

// Blocks follow one another without a gap, and each runs a cell once.
std::string shape_problem(const std::map<int, Block>& blocks) {
  for (auto it = blocks.begin(); it != blocks.end(); ++it) {
    const auto& [number, block] = *it;
    std::set<cell::CellId> cells;
    for (const auto& [seq, cell] : block) {
      if (!cells.insert(cell).second) return "block " + std::to_string(number) + " ran a cell twice";
    }
    if (it == blocks.begin()) continue;
    const auto& [number_before, block_before] = *std::prev(it);
    if (number_before + 1 != number) return "block " + std::to_string(number_before + 1) + " is missing";
    if (block_before.back().first >= block.front().first)
      return "block " + std::to_string(number) + " began before block " + std::to_string(number_before) +
             " was over";
  }
  return "";
}

// Whether there is an order to speak of and every block has that of the first, cells left out aside.
bool same_order(const std::map<int, Block>& blocks) {
  std::map<cell::CellId, std::size_t> first;
  bool comparable = false;
  for (auto it = blocks.begin(); it != blocks.end(); ++it) {
    std::vector<std::size_t> places;
    for (const auto& [seq, cell] : it->second) {
      if (it == blocks.begin()) first.emplace(cell, first.size());
      if (const auto place = first.find(cell); place != first.end()) places.push_back(place->second);
    }
    if (!std::is_sorted(places.begin(), places.end())) return false;
    comparable = comparable || (it != blocks.begin() && places.size() > 1);
  }
  return comparable;
}

// ---- the parts of a comparison ----

struct Sorted {
  std::vector<Compared> compared;
  std::vector<Compared> calibrations;
  std::vector<const Cell*> without_ratio;
  std::size_t never_run = 0;
  std::size_t untimed = 0;  // ran, but the metric is none of theirs
};

Sorted sort_out(const std::vector<Cell>& cells) {
  Sorted sorted;
  for (const Cell& cell : cells) {
    const auto& [baseline, candidate] = cell.sides;
    const bool failed = !baseline.failure.empty() || !candidate.failure.empty();
    const bool timed = !baseline.times_s.empty() || !candidate.times_s.empty();
    if (cell.identity->cell.is_calibration()) {
      if (has_times(cell)) sorted.calibrations.push_back({&cell, shift_of(cell)});
    } else if (!baseline.ran && !candidate.ran) {
      ++sorted.never_run;
    } else if (has_times(cell) && !failed) {
      sorted.compared.push_back({&cell, shift_of(cell)});
    } else if (timed || failed) {
      sorted.without_ratio.push_back(&cell);
    } else {
      ++sorted.untimed;
    }
  }
  return sorted;
}

// Why there are ratios and no verdicts; "" where there are verdicts.
std::string verdicts_barred(const std::array<std::string, 2>& order_problems, std::size_t cells,
                            const std::string& advisory) {
  if (!advisory.empty()) return advisory;
  for (std::size_t side = 0; side < order_problems.size(); ++side) {
    if (const std::string& problem = order_problems[side]; !problem.empty())
      return std::string{side_names[side]} + " was not recorded in randomised blocks: " + problem;
  }
  if (cells < cells_min)
    return "with fewer than " + text::count_text(cells_min, "common cell") +
           " a change of one cannot be told from the session's shift";
  return "";
}

std::vector<std::string> notes_of(const Sorted& sorted, std::optional<double> session_shift) {
  std::vector<std::string> notes;
  if (session_shift) notes.push_back(session_note(sorted.compared.size(), *session_shift));
  if (!sorted.calibrations.empty()) {
    notes.push_back("The memcpy calibrations, which no change of the program reaches, changed by " +
                    text::change_text(std::expm1(median_shift(sorted.calibrations)), 1) + " (median of " +
                    std::to_string(sorted.calibrations.size()) + ").");
  }
  notes.push_back(
      "The MDE is that of the noise within the two sessions; what a session does to a single cell comes on "
      "top of it.");
  if (sorted.untimed > 0)
    notes.push_back(text::count_text(sorted.untimed, "cell") + " without such a time left out.");
  if (sorted.never_run > 0)
    notes.push_back(text::count_text(sorted.never_run, "cell") +
                    " that neither side has a counted run of left out.");
  return notes;
}

}  // namespace

std::string order_problem(const std::vector<RunRow>& rows) {
  const std::map<int, Block> blocks = blocks_of(rows);
  const std::string problem = shape_problem(blocks);
  return problem.empty() && same_order(blocks) ? "every block ran its cells in the same order" : problem;
}

Report compare(const std::vector<RunRow>& baseline, const std::vector<RunRow>& candidate, Metric metric,
               const std::string& advisory) {
  const Files files = {results::latest_attempts(baseline), results::latest_attempts(candidate)};
  const std::vector<Cell> cells = match(files, metric);
  Sorted sorted = sort_out(cells);
  std::vector<Compared>& compared = sorted.compared;

  std::optional<double> session_shift;
  if (compared.size() >= cells_min) {
    session_shift = median_shift(compared);
    take_out(*session_shift, compared);
  }
  test_all(session_shift.value_or(0), compared);

  Report report;
  report.threshold = effect_min;
  report.notes = notes_of(sorted, session_shift);
  const auto is_steady = [](const RunRow& row) { return row.cell.settings.is_steady(); };
  if (metric != Metric::transfer && std::ranges::any_of(candidate, is_steady))
    report.notes.emplace_back(
        "Of several rounds (transfer steady) the total and the CPU time are those of the first; "
        "--metric transfer compares the others.");
  const auto add = [&](const Cell& cell, CellVerdict verdict) {
    verdict.cell = name_of(*cell.identity, cells);
    verdict.metric = to_string(metric);
    report.cells.push_back(std::move(verdict));
  };
  const std::string barred =
      verdicts_barred({order_problem(baseline), order_problem(candidate)}, compared.size(), advisory);
  for (const Compared& one : compared) {
    CellVerdict verdict = verdict_of(one, compared.size());
    if (!barred.empty()) {
      verdict.verdict = Verdict::inconclusive;
      verdict.reason = barred;
    }
    add(*one.cell, std::move(verdict));
  }
  for (const Cell* cell : sorted.without_ratio) add(*cell, verdict_without_ratio(*cell));
  return report;
}

}  // namespace ipcsort::gate
