#include "bench/results/summary.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <vector>

#include "bench/stats/bootstrap.hpp"
#include "bench/stats/paired.hpp"
#include "bench/stats/ranking.hpp"
#include "bench/stats/sample.hpp"
#include "bench/stats/signed_rank.hpp"

namespace ipcsort::results {
namespace {

using Getter = std::function<std::optional<double>(const RunRow&)>;

constexpr double confidence = 0.95;
// Of a normal sample one in 2000 lies farther from the median than so many scaled MADs.
constexpr double outlier_mads = 3.5;
// Resampled, fewer blocks say too little about a tail (bench/stats/bootstrap.hpp).
constexpr std::size_t p95_interval_runs_min = 20;

// The runs of one cell that count: ok and not warm-up.
struct Group {
  SummaryRow row;
  bool is_skipped = false;
  std::vector<const RunRow*> good;
};

std::vector<double> values_of(const Group& group, const Getter& get) {
  std::vector<double> values;
  for (const RunRow* run : group.good) {
    if (const auto value = get(*run)) values.push_back(*value);
  }
  return values;
}

std::optional<double> median_of(const Group& group, const Getter& get) {
  const std::vector<double> values = values_of(group, get);
  return values.empty() ? std::nullopt : std::optional(stats::median(values));
}

Estimate estimate_of(double centre, const std::optional<stats::Interval>& interval) {
  if (!interval) return {centre, {}, {}};
  return {centre, interval->low, interval->high};
}
Estimate estimate_of(const stats::Ratio& ratio) { return estimate_of(ratio.centre, ratio.interval); }

std::optional<double> sum(const std::optional<double>& a, const std::optional<double>& b) {
  if (!a && !b) return std::nullopt;
  return a.value_or(0) + b.value_or(0);
}

std::vector<Group> group_runs(const std::vector<RunRow>& runs) {
  std::vector<Group> groups;
  std::map<cell::CellId, std::size_t> places;
  for (const RunRow& run : runs) {
    const auto [place, fresh] = places.try_emplace(run.cell, groups.size());
    if (fresh) groups.emplace_back().row.cell = run.cell;
    Group& group = groups[place->second];
    if (run.status == RunStatus::skipped) {
      group.is_skipped = true;
      group.row.reason = run.error;
    }
    if (run.warm || run.status == RunStatus::interrupted || run.status == RunStatus::skipped) continue;
    if (run.is_ok()) {
      group.good.push_back(&run);
      ++group.row.runs_ok;
      group.row.runs_disturbed += run.disturbed ? 1 : 0;
    } else if (group.row.runs_failed++ == 0) {
      group.row.reason = std::string{to_string(run.status)} + ": " + run.error;
    }
  }
  for (Group& group : groups) {
    const bool all_ok = group.row.runs_failed == 0 && group.row.runs_ok > 0;
    const bool is_unmeasured = group.row.runs_failed == 0 && group.row.runs_ok == 0;
    group.row.status = group.is_skipped || is_unmeasured ? CellStatus::skipped
                       : all_ok                          ? CellStatus::ok
                                                         : CellStatus::failed;
    if (is_unmeasured && group.row.reason.empty())
      group.row.reason = "not measured yet, it has no counted run";
  }
  return groups;
}

void describe_times(Group& group) {
  SummaryRow& row = group.row;
  const std::vector<double> totals = values_of(group, &RunRow::total_s);
  if (totals.empty()) return;
  row.total_s_median = stats::median(totals);
  row.total_s_mad = stats::scaled_mad(totals);
  row.total_s_min = stats::quantile(totals, 0);
  row.total_s_p5 = stats::quantile(totals, 0.05);
  row.total_s_p95 =
      estimate_of(stats::quantile(totals, 0.95), totals.size() < p95_interval_runs_min
                                                     ? std::nullopt
                                                     : std::optional(stats::quantile_interval(totals, 0.95)));
  row.outliers = static_cast<double>(std::ranges::count_if(totals, [&](double total_s) {
    return std::abs(total_s - *row.total_s_median) > outlier_mads * *row.total_s_mad;
  }));
  // On logarithms, where the noise of times is nearly symmetric, as the signed ranks want it.
  std::vector<double> logs;
  for (const double total_s : totals) logs.push_back(std::log(total_s));
  row.total_s_hl = estimate_of(stats::ratio_of_logs(logs));  // to one second
  for (const Phase& phase : phases) {
    row.path.*phase.time_s = median_of(group, [&](const RunRow& r) { return r.path.*phase.time_s; });
  }
  row.path_merge_s_median = median_of(group, &RunRow::merge_s);
  row.path_other_s_median = median_of(group, &RunRow::path_other_s);
  row.transfer_share_median = median_of(group, [](const RunRow& r) {
    return r.path.transfer_s && r.total_s ? std::optional(*r.path.transfer_s / *r.total_s) : std::nullopt;
  });
}

void describe_precision(Group& group, double precision) {
  const std::vector<double> times = values_of(group, compared_time_s);
  if (times.empty()) return;
  group.row.relative_half_width = stats::relative_half_width(times);
  group.row.noisy = group.row.relative_half_width.value_or(1) > precision ? 1 : 0;
}

// All absent where there is no value, the interval where there are too few.
Estimate median_with_interval(const std::vector<double>& values) {
  if (values.empty()) return {};
  return estimate_of(stats::median(values), stats::sign_interval(values, confidence));
}

void describe_transfer(Group& group) {
  SummaryRow& row = group.row;
  row.payload_bytes = median_of(group, &RunRow::payload_bytes);
  row.transfer_window_s = median_with_interval(values_of(group, &RunRow::transfer_window_s));
  const std::vector<double> rates = values_of(group, &RunRow::transfer_bytes_per_s);
  row.transfer_bytes_per_s = median_with_interval(rates);
  if (!rates.empty()) row.transfer_bytes_per_s_mad = stats::scaled_mad(rates);
  row.one_copy_bytes_per_s_median = median_of(group, &RunRow::one_copy_bytes_per_s);
  row.two_copies_bytes_per_s_median = median_of(group, &RunRow::two_copies_bytes_per_s);
  row.share_of_one_copy_median = median_of(group, &RunRow::share_of_one_copy);
  row.share_of_two_copies_median = median_of(group, &RunRow::share_of_two_copies);
}

std::optional<double> cpu_s(const RunRow& run) {
  return sum(sum(run.parent_user_s, run.parent_system_s), sum(run.workers_user_s, run.workers_system_s));
}
std::optional<double> context_switches(const RunRow& run) {
  return sum(run.switches_voluntary, run.switches_involuntary);
}
std::optional<double> faults(const RunRow& run) { return sum(run.faults_minor, run.faults_major); }

Estimate per_gb(const Group& group, const Getter& get) {
  return median_with_interval(values_of(group, [&](const RunRow& run) {
    const auto amount = get(run);
    return amount && run.payload_bytes.value_or(0) > 0 ? std::optional(*amount / (*run.payload_bytes / 1e9))
                                                       : std::nullopt;
  }));
}

void describe_resources(Group& group) {
  SummaryRow& row = group.row;
  row.cpu_s_median = median_of(group, cpu_s);
  row.context_switches_median = median_of(group, context_switches);
  row.faults_median = median_of(group, faults);
  if (row.cell.is_transport()) {
    row.cpu_s_per_gb = per_gb(group, cpu_s);
    row.context_switches_per_gb = per_gb(group, context_switches);
    row.faults_per_gb = per_gb(group, faults);
  }
  row.rss_bytes_median = median_of(group, [](const RunRow& r) {
    const double workers = r.worker_rss_bytes_max.value_or(0) * r.cell.workers;
    return r.parent_rss_bytes_max ? std::optional(*r.parent_rss_bytes_max + workers) : std::nullopt;
  });
}

// The times of a group by block; blocks are numbered alike in all groups.
std::vector<std::optional<double>> by_block(const Group& group, const Getter& get, int blocks) {
  std::vector<std::optional<double>> times(static_cast<std::size_t>(blocks));
  for (const RunRow* run : group.good) {
    const auto time = get(*run);
    if (time && *time > 0) times[static_cast<std::size_t>(run->block)] = time;
  }
  return times;
}

// How much longer the other takes, so low and high change places.
Estimate inverse_of(const stats::Ratio& ratio) {
  if (!ratio.interval) return {1 / ratio.centre, {}, {}};
  return {1 / ratio.centre, 1 / ratio.interval->high, 1 / ratio.interval->low};
}

// What went on when others were left out says why they were: nobody is left out who might be the best.
void note_left_out(const std::vector<Group*>& transports, Comparison SummaryRow::*metric) {
  const auto raced = [](const Group* group, Purpose purpose) {
    return std::ranges::count_if(group->good, [&](const RunRow* run) { return run->made_for == purpose; });
  };
  const bool any =
      std::ranges::any_of(transports, [&](const Group* group) { return raced(group, Purpose::best) > 0; });
  const auto most =
      any ? std::ranges::max(transports, {}, [](const Group* group) { return group->row.runs_ok; })
                ->row.runs_ok
          : 0;
  for (Group* group : transports) {
    const bool is_slower = (group->row.*metric).tied == 0;
    if (is_slower && group->row.runs_ok < most) group->row.runs_until_slower = group->row.runs_ok;
  }
}

void compare(std::vector<Group*>& transports, const Getter& get, Comparison SummaryRow::*metric, int blocks) {
  // What moves nothing is no rival, where there are some.
  const auto is_floor = [](const Group* group) { return group->row.cell.is_floor(); };
  if (!std::ranges::all_of(transports, is_floor)) std::erase_if(transports, is_floor);
  std::vector<stats::TimesByBlock> times;
  for (const Group* transport : transports) times.push_back(by_block(*transport, get, blocks));
  const stats::Ranking ranking = stats::ranking_of(times);
  for (const stats::Standing& standing : ranking.standings) {
    Comparison& comparison = transports[standing.place]->row.*metric;
    const bool is_best = &standing == &ranking.standings.front();
    comparison.tied = is_best || standing.tied ? 1 : 0;
    if (is_best) {
      comparison.percent_of_best = 100;
      comparison.ratio_to_best = {1, 1, 1};
      if (ranking.best_to_second) comparison.ratio_to_second = inverse_of(*ranking.best_to_second);
    } else if (standing.to_best) {
      comparison.ratio_to_best = estimate_of(*standing.to_best);
      // The best has the best centre; in pairs with one that ties with it, it may come out behind.
      comparison.percent_of_best = std::min(100.0, 100 / standing.to_best->centre);
    }
  }
}

void compare_conditions(std::vector<Group>& groups, int blocks) {
  std::map<cell::CellId, std::vector<Group*>> conditions;
  // A hand-over of lent memory moves nothing: its time says nothing about those that copy. The totals do
  // compare.
  std::map<std::pair<cell::CellId, bool>, std::vector<Group*>> transfers;
  for (Group& group : groups) {
    const cell::CellId& id = group.row.cell;
    if (!id.is_transport() || group.good.empty()) continue;
    conditions[id.condition()].push_back(&group);
    transfers[{id.condition(), id.lends()}].push_back(&group);
  }
  for (auto& [condition, transports] : transfers) {
    compare(transports, &RunRow::transfer_window_s, &SummaryRow::by_transfer, blocks);
    if (condition.first.settings.has_barrier()) note_left_out(transports, &SummaryRow::by_transfer);
  }
  for (auto& [condition, transports] : conditions) {
    compare(transports, &RunRow::total_s, &SummaryRow::by_total, blocks);
    if (!condition.settings.has_barrier()) note_left_out(transports, &SummaryRow::by_total);
  }
}

// ---- columns ----

using text::column;
using text::Columns;
using text::Role;
using S = SummaryRow;

constexpr std::array<std::string_view, 3> cell_status_names = {"ok", "failed", "skipped"};
constexpr std::string_view sign_test = "95 % interval of the median by the sign test; empty below 6 runs";

// NAME_median unless `centre` says otherwise, NAME_ci_low and NAME_ci_high; `which` leads to the estimate.
template <typename... Which>
Columns<S> estimate_columns(std::string_view name, std::string_view centre, std::string_view unit,
                            std::string_view meaning, std::string_view interval, Which... which) {
  const std::string of{name};
  return {
      column<S>(centre.empty() ? of + "_median" : std::string{centre}, unit, meaning, which...,
                &Estimate::centre),
      column<S>(of + "_ci_low", unit, std::string{interval} + ": its lower end", which..., &Estimate::low),
      column<S>(of + "_ci_high", unit, std::string{interval} + ": its upper end", which..., &Estimate::high)};
}

// `prefix` goes before all names, `ratio` before those of ratios.
Columns<S> comparison_columns(const std::string& prefix, const std::string& ratio, const std::string& time,
                              std::string_view percent_meaning, Comparison S::*by) {
  using C = Comparison;
  constexpr std::string_view paired = "95 % interval of that ratio; empty below 6 pairs";
  return text::of_role(
      Role::judgement,
      text::joined({
          {column<S>(prefix + "_percent_of_best", "", percent_meaning, by, &C::percent_of_best)},
          estimate_columns(ratio + "_to_best", ratio + "_to_best", "",
                           time + " over the best's, paired by block", paired, by, &C::ratio_to_best),
          {column<S>(prefix + "_tied_with_best", "",
                     "1: the best, or not shown to be slower: its interval reaches 1, or p adjusted over all "
                     "pairs is above .05",
                     by, &C::tied)},
          estimate_columns(ratio + "_to_second", ratio + "_to_second", "",
                           "in the best's row: " + time + " of the second over its own", paired, by,
                           &C::ratio_to_second),
      }));
}

Columns<S> resource_columns() {
  return text::joined({
      {column("cpu_s_median", "s", "CPU time of parent and workers, user and system", &S::cpu_s_median),
       column("context_switches_median", "", "of parent and workers", &S::context_switches_median),
       column("faults_median", "", "page faults of parent and workers", &S::faults_median),
       column("rss_bytes_median", "B", "peak of the parent plus that of the largest worker times the workers",
              &S::rss_bytes_median)},
      estimate_columns("cpu_s_per_gb", "", "s/GB", "CPU time of the whole run per 10^9 bytes of payload",
                       sign_test, &S::cpu_s_per_gb),
      estimate_columns("context_switches_per_gb", "", "1/GB", "context switches per 10^9 bytes of payload",
                       sign_test, &S::context_switches_per_gb),
      estimate_columns("faults_per_gb", "", "1/GB", "page faults per 10^9 bytes of payload", sign_test,
                       &S::faults_per_gb),
  });
}

Columns<S> status_columns() {
  return {
      text::text_column<S>(
          "status", "ok: every counted run was; failed: not all were; skipped",
          [](const S& row) { return to_string(row.status); },
          [](S& row, std::string_view text) {
            row.status = static_cast<CellStatus>(pipeline::index_of_word("status", cell_status_names, text));
          }),
      column("runs_ok", "", "counted runs that were ok; all figures are of these", &S::runs_ok),
      column("runs_failed", "", "counted runs that were not", &S::runs_failed),
      column("runs_disturbed", "", "of runs_ok those that others disturbed, at every attempt",
             &S::runs_disturbed),
      column("reason", "", "of the skip, or the first failure", &S::reason),
      text::since(
          "0.2.0",
          column("runs_until_slower", "",
                 "after so many runs it was shown to be slower than another of its condition and left out of "
                 "the blocks that were for the best",
                 &S::runs_until_slower))};
}

}  // namespace

std::string_view to_string(CellStatus status) noexcept {
  return cell_status_names[static_cast<std::size_t>(status)];
}

std::vector<RunRow> latest_attempts(std::vector<RunRow> runs) {
  std::ranges::stable_sort(runs, {}, &RunRow::seq);
  std::map<std::pair<cell::CellId, int>, int> latest;
  const auto place = [](const RunRow& run) { return std::pair(run.cell, run.block); };
  for (const RunRow& run : runs) {
    if (run.status == RunStatus::interrupted) continue;  // it was no attempt
    int& attempt = latest[place(run)];
    attempt = std::max(attempt, run.attempt);
  }
  std::erase_if(runs, [&](const RunRow& run) { return run.attempt < latest[place(run)]; });
  return runs;
}

std::vector<SummaryRow> summarize(std::vector<RunRow> all_runs, double precision) {
  const std::vector<RunRow> runs = latest_attempts(std::move(all_runs));
  int blocks = 0;
  for (const RunRow& run : runs) blocks = std::max(blocks, run.block + 1);
  std::vector<Group> groups = group_runs(runs);
  for (Group& group : groups) {
    describe_times(group);
    describe_precision(group, precision);
    describe_transfer(group);
    describe_resources(group);
  }
  compare_conditions(groups, blocks);
  std::vector<SummaryRow> rows;
  for (Group& group : groups) rows.push_back(std::move(group.row));
  describe_series(rows);
  return rows;
}

std::optional<double> slow_start(const std::vector<RunRow>& runs) {
  int first_block = std::numeric_limits<int>::max();
  for (const RunRow& run : runs) {
    if (!run.warm) first_block = std::min(first_block, run.block);
  }
  std::map<cell::CellId, std::pair<std::vector<double>, std::vector<double>>> cells;  // first, later
  for (const RunRow& run : latest_attempts(runs)) {
    const auto time = compared_time_s(run);
    if (run.warm || !run.is_ok() || !time) continue;
    auto& [first, later] = cells[run.cell];
    (run.block == first_block ? first : later).push_back(*time);
  }
  std::vector<double> ratios;
  for (const auto& [_, times] : cells) {
    const auto& [first, later] = times;
    if (!first.empty() && !later.empty()) ratios.push_back(first.front() / stats::median(later));
  }
  return ratios.empty() ? std::nullopt : std::optional(stats::median(ratios));
}

bool any_transport_measured(const std::vector<SummaryRow>& summary) noexcept {
  return std::any_of(summary.begin(), summary.end(),
                     [](const SummaryRow& row) { return row.cell.is_transport() && row.runs_ok > 0; });
}

const Columns<SummaryRow>& summary_columns() {
  static const Columns<S> columns = text::joined({
      text::columns_of_part(&S::cell, cell_columns()),
      text::of_role(Role::judgement, status_columns()),
      {column("relative_half_width", "",
              "half the 95 % interval of the time that is compared (transfer_window_s of copies at a "
              "barrier, otherwise total_s), as a share of it",
              &S::relative_half_width),
       text::of_role(
           Role::judgement,
           column("noisy", "", "1: that is wider than the precision asked for, or too few runs to say",
                  &S::noisy)),
       column("payload_bytes", "B", "sorted numbers moved by a run", &S::payload_bytes),
       column("total_s_median", "s", "first fork until merged", &S::total_s_median)},
      estimate_columns("total_s", "total_s_hl", "s", "Hodges-Lehmann centre of total_s, of logarithms",
                       "exact 95 % signed-rank interval of that centre; empty below 6 runs", &S::total_s_hl),
      {column("total_s_mad", "s", "median absolute deviation of total_s times 1.4826", &S::total_s_mad),
       column("total_s_min", "s", "the shortest total_s", &S::total_s_min),
       column("total_s_p5", "s", "5 % quantile of total_s", &S::total_s_p5)},
      estimate_columns("total_s_p95", "total_s_p95", "s", "95 % quantile of total_s",
                       "95 % interval of that quantile, blocks resampled; empty below 20 runs",
                       &S::total_s_p95),
      {column("outliers", "", "of runs_ok those whose total_s is more than 3.5 MADs from the median",
              &S::outliers)},
      phase_columns<S>("path_", "_median", "the worker that finished last: median", &S::path),
      {column("path_merge_s_median", "s", "last byte received until merged: median", &S::path_merge_s_median),
       column("path_other_s_median", "s", "what none of the other phases accounts for: median",
              &S::path_other_s_median),
       column("transfer_share_median", "", "path_transfer_s over total_s", &S::transfer_share_median)},
      estimate_columns(
          "transfer_window_s", "", "s",
          "from the first byte that could flow to the last received; of what was lent, the hand-over",
          sign_test, &S::transfer_window_s),
      estimate_columns("transfer_bytes_per_s", "", "B/s", "empty for what was lent: nothing moved", sign_test,
                       &S::transfer_bytes_per_s),
      {column("transfer_bytes_per_s_mad", "B/s", "median absolute deviation times 1.4826",
              &S::transfer_bytes_per_s_mad),
       column("one_copy_bytes_per_s_median", "B/s", "memcpy to fresh memory in the same blocks and condition",
              &S::one_copy_bytes_per_s_median),
       column("two_copies_bytes_per_s_median", "B/s", "likewise, copied twice through a buffer in cache",
              &S::two_copies_bytes_per_s_median),
       column("share_of_one_copy_median", "", "transfer rate over one_copy_bytes_per_s, run by run",
              &S::share_of_one_copy_median),
       column("share_of_two_copies_median", "", "transfer rate over two_copies_bytes_per_s, run by run",
              &S::share_of_two_copies_median)},
      comparison_columns(
          "transfer", "transfer_time_ratio", "transfer time",
          "100 for the shortest transfer of its condition and handover; the others from their paired "
          "ratio to it, at most 100",
          &S::by_transfer),
      comparison_columns(
          "total", "total_ratio", "total time",
          "100 for the shortest total of its condition; the others from their paired ratio to it, at "
          "most 100",
          &S::by_total),
      {column("speedup_vs_serial", "",
              "median total of the serial reference over this one's, same files and numbers",
              &S::speedup_vs_serial),
       column("speedup_vs_one_worker", "", "median total of the same cell with one worker over this one's",
              &S::speedup_vs_one_worker),
       column("efficiency", "", "speedup_vs_one_worker over workers", &S::efficiency)},
      resource_columns(),
      {column("total_s_exponent_numbers", "",
              "b of total_s ~ numbers^b, by least squares of the logarithms over the cells that differ in "
              "numbers only; empty for one size",
              &S::total_s_exponent_numbers),
       column("total_s_exponent_files", "", "likewise over the cells that differ in files only",
              &S::total_s_exponent_files),
       column("amdahl_serial_share", "",
              "s of Amdahl's law, total_s(w) / total_s(1) = s + (1 - s) / w, by least squares over the cells "
              "that differ in workers only; empty below three worker counts",
              &S::amdahl_serial_share)},
  });
  return columns;
}

}  // namespace ipcsort::results
