#include "bench/results/summary.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <vector>

#include "bench/results/series.hpp"
#include "bench/stats/bootstrap.hpp"
#include "bench/stats/precision.hpp"
#include "bench/stats/ranking.hpp"
#include "bench/stats/sample.hpp"
#include "bench/stats/sign_interval.hpp"
#include "bench/stats/signed_rank.hpp"

namespace ipcsort::results {
namespace {

using Getter = std::optional<double> (*)(const RunRow&);

constexpr double confidence = 0.95;
// Of a normal sample one in 2000 lies farther from the median than so many scaled MADs.
constexpr double outlier_mads = 3.5;
// Resampled, fewer blocks say too little about a tail (bench/stats/bootstrap.hpp).
constexpr std::size_t p95_interval_runs_min = 20;

// The runs of one cell that count: ok and not warm-up.
struct Group {
  SummaryRow row;
  std::string condition;
  std::vector<const RunRow*> good;
};

std::vector<double> values_of(const Group& group, Getter get) {
  std::vector<double> values;
  for (const RunRow* run : group.good) {
    if (const auto value = get(*run)) values.push_back(*value);
  }
  return values;
}

std::optional<double> median_of(const Group& group, Getter get) {
  const std::vector<double> values = values_of(group, get);
  return values.empty() ? std::nullopt : std::optional(stats::median(values));
}

std::optional<double> sum(const std::optional<double>& a, const std::optional<double>& b) {
  if (!a && !b) return std::nullopt;
  return a.value_or(0) + b.value_or(0);
}

SummaryRow identity_of(const RunRow& run) {
  SummaryRow row;
  row.kind = run.kind;
  row.transport = run.transport;
  row.options = run.options;
  row.handover = run.handover;
  row.files = run.files;
  row.numbers = run.numbers;
  row.workers = run.workers;
  row.distribution = run.distribution;
  row.data_seed = run.data_seed;
  row.sorter = run.sorter;
  row.parser = run.parser;
  row.drain = run.drain;
  row.transfer = run.transfer;
  row.merge = run.merge;
  row.pages = run.pages;
  row.placement = run.placement;
  row.memory = run.memory;
  return row;
}

std::vector<Group> group_runs(const std::vector<RunRow>& runs) {
  std::vector<Group> groups;
  std::map<std::string, std::size_t> places;
  for (const RunRow& run : runs) {
    const auto [place, fresh] = places.try_emplace(cell_key(run), groups.size());
    if (fresh) groups.push_back({identity_of(run), condition_key(run), {}});
    Group& group = groups[place->second];
    if (run.status == "skipped") {
      group.row.status = "skipped";
      group.row.reason = run.error;
    }
    if (run.warm || run.status == "interrupted" || run.status == "skipped") continue;
    if (run.status == "ok") {
      group.good.push_back(&run);
      ++group.row.runs_ok;
      group.row.runs_disturbed += run.disturbed ? 1 : 0;
    } else {
      if (group.row.runs_failed++ == 0) group.row.reason = run.status + ": " + run.error;
    }
  }
  for (Group& group : groups) {
    if (!group.row.status.empty()) continue;
    group.row.status = group.row.runs_failed == 0 && group.row.runs_ok > 0 ? "ok" : "failed";
    if (group.row.status == "failed" && group.row.reason.empty()) group.row.reason = "no counted run";
  }
  return groups;
}

void describe_times(Group& group) {
  SummaryRow& row = group.row;
  const std::vector<double> totals = values_of(group, [](const RunRow& r) { return r.total_s; });
  if (totals.empty()) return;
  row.total_s_median = stats::median(totals);
  row.total_s_mad = stats::scaled_mad(totals);
  row.total_s_min = stats::quantile(totals, 0);
  row.total_s_p5 = stats::quantile(totals, 0.05);
  row.total_s_p95 = stats::quantile(totals, 0.95);
  if (totals.size() >= p95_interval_runs_min) {
    const stats::Interval interval = stats::quantile_interval(totals, 0.95);
    row.total_s_p95_ci_low = interval.low;
    row.total_s_p95_ci_high = interval.high;
  }
  row.outliers = static_cast<double>(std::ranges::count_if(totals, [&](double total) {
    return std::abs(total - *row.total_s_median) > outlier_mads * *row.total_s_mad;
  }));
  // On logarithms, where the noise of times is nearly symmetric, as the signed ranks want it.
  std::vector<double> logs;
  for (const double total : totals) logs.push_back(std::log(total));
  row.total_s_hl = std::exp(stats::hodges_lehmann(logs));
  if (const auto interval = stats::signed_rank_interval(logs, confidence)) {
    row.total_s_ci_low = std::exp(interval->low);
    row.total_s_ci_high = std::exp(interval->high);
  }
  row.path_spawn_s_median = median_of(group, [](const RunRow& r) { return r.path_spawn_s; });
  row.path_read_s_median = median_of(group, [](const RunRow& r) { return r.path_read_s; });
  row.path_parse_s_median = median_of(group, [](const RunRow& r) { return r.path_parse_s; });
  row.path_sort_s_median = median_of(group, [](const RunRow& r) { return r.path_sort_s; });
  row.path_wait_s_median = median_of(group, [](const RunRow& r) { return r.path_wait_s; });
  row.path_transfer_s_median = median_of(group, [](const RunRow& r) { return r.path_transfer_s; });
  row.path_merge_s_median = median_of(group, [](const RunRow& r) { return r.merge_s; });
  row.path_other_s_median = median_of(group, [](const RunRow& r) { return r.path_other_s; });
  row.transfer_share_median = median_of(group, [](const RunRow& r) {
    return r.path_transfer_s && r.total_s ? std::optional(*r.path_transfer_s / *r.total_s) : std::nullopt;
  });
}

void describe_precision(Group& group, double precision) {
  const std::vector<double> times = values_of(group, compared_time_s);
  if (times.empty()) return;
  group.row.relative_half_width = stats::relative_half_width(times);
  group.row.noisy = group.row.relative_half_width.value_or(1) > precision ? 1 : 0;
}

// Leaves all three empty where there is no value, the interval where there are too few.
void describe_median(const std::vector<double>& values, std::optional<double>& median,
                     std::optional<double>& low, std::optional<double>& high) {
  if (values.empty()) return;
  median = stats::median(values);
  if (const auto interval = stats::sign_interval(values, confidence)) {
    low = interval->low;
    high = interval->high;
  }
}

void describe_transfer(Group& group) {
  SummaryRow& row = group.row;
  row.payload_bytes = median_of(group, [](const RunRow& r) { return r.payload_bytes; });
  describe_median(values_of(group, [](const RunRow& r) { return r.transfer_window_s; }),
                  row.transfer_window_s_median, row.transfer_window_s_ci_low, row.transfer_window_s_ci_high);
  const std::vector<double> rates = values_of(group, [](const RunRow& r) { return r.transfer_bytes_per_s; });
  describe_median(rates, row.transfer_bytes_per_s_median, row.transfer_bytes_per_s_ci_low,
                  row.transfer_bytes_per_s_ci_high);
  if (!rates.empty()) row.transfer_bytes_per_s_mad = stats::scaled_mad(rates);
  row.one_copy_bytes_per_s_median = median_of(group, [](const RunRow& r) { return r.one_copy_bytes_per_s; });
  row.two_copies_bytes_per_s_median =
      median_of(group, [](const RunRow& r) { return r.two_copies_bytes_per_s; });
  row.share_of_one_copy_median = median_of(group, [](const RunRow& r) { return r.share_of_one_copy; });
  row.share_of_two_copies_median = median_of(group, [](const RunRow& r) { return r.share_of_two_copies; });
}

std::optional<double> cpu_s(const RunRow& run) {
  return sum(sum(run.parent_user_s, run.parent_system_s), sum(run.workers_user_s, run.workers_system_s));
}
std::optional<double> context_switches(const RunRow& run) {
  return sum(run.switches_voluntary, run.switches_involuntary);
}
std::optional<double> faults(const RunRow& run) { return sum(run.faults_minor, run.faults_major); }

// What `get` says per 10^9 bytes of payload.
template <Getter get>
std::optional<double> per_gb(const RunRow& run) {
  const auto amount = get(run);
  return amount && run.payload_bytes.value_or(0) > 0 ? std::optional(*amount / (*run.payload_bytes / 1e9))
                                                     : std::nullopt;
}

void describe_resources(Group& group) {
  SummaryRow& row = group.row;
  row.cpu_s_median = median_of(group, cpu_s);
  row.context_switches_median = median_of(group, context_switches);
  row.faults_median = median_of(group, faults);
  if (row.kind == "transport") {
    describe_median(values_of(group, per_gb<cpu_s>), row.cpu_s_per_gb_median, row.cpu_s_per_gb_ci_low,
                    row.cpu_s_per_gb_ci_high);
    describe_median(values_of(group, per_gb<context_switches>), row.context_switches_per_gb_median,
                    row.context_switches_per_gb_ci_low, row.context_switches_per_gb_ci_high);
    describe_median(values_of(group, per_gb<faults>), row.faults_per_gb_median, row.faults_per_gb_ci_low,
                    row.faults_per_gb_ci_high);
  }
  row.rss_bytes_median = median_of(group, [](const RunRow& r) {
    const double workers = r.worker_rss_bytes_max.value_or(0) * r.workers;
    return r.parent_rss_bytes_max ? std::optional(*r.parent_rss_bytes_max + workers) : std::nullopt;
  });
}

// The times of a group by block; blocks are numbered alike in all groups.
std::vector<std::optional<double>> by_block(const Group& group, Getter get, int blocks) {
  std::vector<std::optional<double>> times(static_cast<std::size_t>(blocks));
  for (const RunRow* run : group.good) {
    const auto time = get(*run);
    if (time && *time > 0) times[static_cast<std::size_t>(run->block)] = time;
  }
  return times;
}

void set_ratio(const stats::Ratio& ratio, std::optional<double>& centre, std::optional<double>& low,
               std::optional<double>& high) {
  centre = ratio.centre;
  if (ratio.interval) {
    low = ratio.interval->low;
    high = ratio.interval->high;
  }
}

void compare(std::vector<Group*>& transports, Getter get, Comparison SummaryRow::*metric, int blocks) {
  std::vector<stats::Series> series;
  for (std::size_t i = 0; i < transports.size(); ++i) {
    series.push_back({std::to_string(i), by_block(*transports[i], get, blocks)});
  }
  const stats::Ranking ranking = stats::ranking_of(series);
  for (const stats::Standing& standing : ranking.standings) {
    Comparison& comparison = transports[std::stoul(standing.name)]->row.*metric;
    const bool is_best = &standing == &ranking.standings.front();
    comparison.tied = is_best || standing.tied ? 1 : 0;
    if (is_best) {
      comparison.percent_of_best = 100;
      comparison.ratio_to_best = comparison.ratio_to_best_ci_low = comparison.ratio_to_best_ci_high = 1;
      if (ranking.best_to_second) {
        // Stated as how much longer the second takes, so low and high change places.
        const stats::Ratio& ratio = *ranking.best_to_second;
        comparison.ratio_to_second = 1 / ratio.centre;
        if (ratio.interval) {
          comparison.ratio_to_second_ci_low = 1 / ratio.interval->high;
          comparison.ratio_to_second_ci_high = 1 / ratio.interval->low;
        }
      }
    } else if (standing.to_best) {
      set_ratio(*standing.to_best, comparison.ratio_to_best, comparison.ratio_to_best_ci_low,
                comparison.ratio_to_best_ci_high);
      // The best has the best centre; in pairs with one that ties with it, it may come out behind.
      comparison.percent_of_best = std::min(100.0, 100 / standing.to_best->centre);
    }
  }
}

void compare_conditions(std::vector<Group>& groups, int blocks) {
  std::map<std::string, std::vector<Group*>> conditions;
  // A hand-over of lent memory moves nothing: its time says nothing about those that copy. The totals do
  // compare.
  std::map<std::pair<std::string, std::string>, std::vector<Group*>> transfers;
  for (Group& group : groups) {
    if (group.row.kind != "transport" || group.good.empty()) continue;
    conditions[group.condition].push_back(&group);
    transfers[{group.condition, group.row.handover}].push_back(&group);
  }
  for (auto& [key, transports] : transfers) {
    compare(
        transports, [](const RunRow& r) { return r.transfer_window_s; }, &SummaryRow::by_transfer, blocks);
  }
  for (auto& [key, transports] : conditions) {
    compare(
        transports, [](const RunRow& r) { return r.total_s; }, &SummaryRow::by_total, blocks);
  }
}

}  // namespace

std::vector<RunRow> latest_attempts(std::vector<RunRow> runs) {
  std::ranges::stable_sort(runs, {}, &RunRow::seq);
  std::map<std::pair<std::string, int>, int> latest;
  const auto place = [](const RunRow& run) { return std::pair(cell_key(run), run.block); };
  for (const RunRow& run : runs) {
    if (run.status == "interrupted") continue;  // it was no attempt
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
  std::map<std::string, std::pair<std::vector<double>, std::vector<double>>> cells;  // first, later
  for (const RunRow& run : latest_attempts(runs)) {
    const auto time = compared_time_s(run);
    if (run.warm || run.status != "ok" || !time) continue;
    auto& [first, later] = cells[cell_key(run)];
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
                     [](const SummaryRow& row) { return row.kind == "transport" && row.runs_ok > 0; });
}

std::span<const text::Column<SummaryRow>> summary_columns() {
  using S = SummaryRow;
  using Value = std::optional<double>;
  // A column inside one of the two comparisons.
  const auto compared = [](std::string_view name, std::string_view meaning, Comparison S::*metric,
                           Value Comparison::*value) -> text::Column<S> {
    return {name, "", meaning, [=](const S& row) { return text::field::write(row.*metric.*value); },
            [=](S& row, std::string_view text) { text::field::read(text, row.*metric.*value); }};
  };
  using C = Comparison;
  static const std::vector<text::Column<S>> columns = {
      text::column("kind", "", "transport, reference or calibration", &S::kind),
      text::column("transport", "", "as in runs.csv, as are the columns up to pages", &S::transport),
      text::column("options", "", "", &S::options),
      text::column("handover", "", "", &S::handover),
      text::column("files", "", "", &S::files),
      text::column("numbers", "", "", &S::numbers),
      text::column("workers", "", "", &S::workers),
      text::column("distribution", "", "", &S::distribution),
      text::column("data_seed", "", "", &S::data_seed),
      text::column("sorter", "", "", &S::sorter),
      text::column("parser", "", "", &S::parser),
      text::column("drain", "", "", &S::drain),
      text::column("transfer", "", "", &S::transfer),
      text::column("merge", "", "", &S::merge),
      text::column("pages", "", "", &S::pages),
      text::column("placement", "", "", &S::placement),
      text::column("memory", "", "", &S::memory),
      text::column("status", "", "ok: every counted run was; failed: not all were; skipped", &S::status),
      text::column("runs_ok", "", "counted runs that were ok; all figures are of these", &S::runs_ok),
      text::column("runs_failed", "", "counted runs that were not", &S::runs_failed),
      text::column("runs_disturbed", "", "of runs_ok those that others disturbed, at every attempt",
                   &S::runs_disturbed),
      text::column("reason", "", "of the skip, or the first failure", &S::reason),
      text::column(
          "relative_half_width", "",
          "half the 95 % interval of the time that is compared (transfer_window_s of copies at a barrier, "
          "otherwise total_s), as a share of it",
          &S::relative_half_width),
      text::column("noisy", "", "1: that is wider than the precision asked for, or too few runs to say",
                   &S::noisy),
      text::column("payload_bytes", "B", "sorted numbers moved by a run", &S::payload_bytes),
      text::column("total_s_median", "s", "first fork until merged", &S::total_s_median),
      text::column("total_s_hl", "s", "Hodges-Lehmann centre, of logarithms", &S::total_s_hl),
      text::column("total_s_ci_low", "s", "its exact 95 % signed-rank interval; empty below 6 runs",
                   &S::total_s_ci_low),
      text::column("total_s_ci_high", "s", "", &S::total_s_ci_high),
      text::column("total_s_mad", "s", "median absolute deviation times 1.4826", &S::total_s_mad),
      text::column("total_s_min", "s", "", &S::total_s_min),
      text::column("total_s_p5", "s", "5 % quantile", &S::total_s_p5),
      text::column("total_s_p95", "s", "95 % quantile", &S::total_s_p95),
      text::column("total_s_p95_ci_low", "s", "95 % interval of that, blocks resampled; empty below 20 runs",
                   &S::total_s_p95_ci_low),
      text::column("total_s_p95_ci_high", "s", "", &S::total_s_p95_ci_high),
      text::column("outliers", "", "of runs_ok those whose total_s is more than 3.5 MADs from the median",
                   &S::outliers),
      text::column("path_spawn_s_median", "s", "medians of the phases of the worker that finished last",
                   &S::path_spawn_s_median),
      text::column("path_read_s_median", "s", "", &S::path_read_s_median),
      text::column("path_parse_s_median", "s", "", &S::path_parse_s_median),
      text::column("path_sort_s_median", "s", "", &S::path_sort_s_median),
      text::column("path_wait_s_median", "s", "", &S::path_wait_s_median),
      text::column("path_transfer_s_median", "s", "", &S::path_transfer_s_median),
      text::column("path_merge_s_median", "s", "", &S::path_merge_s_median),
      text::column("path_other_s_median", "s", "", &S::path_other_s_median),
      text::column("transfer_share_median", "", "path_transfer_s over total_s", &S::transfer_share_median),
      text::column("transfer_window_s_median", "s",
                   "from the first byte that could flow to the last received; of what was "
                   "lent, the hand-over",
                   &S::transfer_window_s_median),
      text::column("transfer_window_s_ci_low", "s",
                   "95 % interval of the median by the sign test; empty below 6 runs",
                   &S::transfer_window_s_ci_low),
      text::column("transfer_window_s_ci_high", "s", "", &S::transfer_window_s_ci_high),
      text::column("transfer_bytes_per_s_median", "B/s", "empty for what was lent: nothing moved",
                   &S::transfer_bytes_per_s_median),
      text::column("transfer_bytes_per_s_ci_low", "B/s",
                   "95 % interval of the median by the sign test; empty below 6 runs",
                   &S::transfer_bytes_per_s_ci_low),
      text::column("transfer_bytes_per_s_ci_high", "B/s", "", &S::transfer_bytes_per_s_ci_high),
      text::column("transfer_bytes_per_s_mad", "B/s", "median absolute deviation times 1.4826",
                   &S::transfer_bytes_per_s_mad),
      text::column("one_copy_bytes_per_s_median", "B/s", "memcpy in the same blocks and condition",
                   &S::one_copy_bytes_per_s_median),
      text::column("two_copies_bytes_per_s_median", "B/s", "", &S::two_copies_bytes_per_s_median),
      text::column("share_of_one_copy_median", "", "transfer rate over one_copy_bytes_per_s, run by run",
                   &S::share_of_one_copy_median),
      text::column("share_of_two_copies_median", "", "", &S::share_of_two_copies_median),
      compared("transfer_percent_of_best",
               "100 for the shortest transfer of its condition and handover; the others from their "
               "paired ratio to it, at most 100",
               &S::by_transfer, &C::percent_of_best),
      compared("transfer_time_ratio_to_best", "transfer time over the best's, paired by block",
               &S::by_transfer, &C::ratio_to_best),
      compared("transfer_time_ratio_to_best_ci_low", "its 95 % interval; empty below 6 pairs",
               &S::by_transfer, &C::ratio_to_best_ci_low),
      compared("transfer_time_ratio_to_best_ci_high", "", &S::by_transfer, &C::ratio_to_best_ci_high),
      compared("transfer_tied_with_best",
               "1: the best, or not shown to be slower: its interval reaches 1, or p adjusted over all pairs "
               "is above .05",
               &S::by_transfer, &C::tied),
      compared("transfer_time_ratio_to_second", "in the best's row: time of the second over its own",
               &S::by_transfer, &C::ratio_to_second),
      compared("transfer_time_ratio_to_second_ci_low", "", &S::by_transfer, &C::ratio_to_second_ci_low),
      compared("transfer_time_ratio_to_second_ci_high", "", &S::by_transfer, &C::ratio_to_second_ci_high),
      compared("total_percent_of_best", "as for the transfer, by total_s", &S::by_total, &C::percent_of_best),
      compared("total_ratio_to_best", "", &S::by_total, &C::ratio_to_best),
      compared("total_ratio_to_best_ci_low", "", &S::by_total, &C::ratio_to_best_ci_low),
      compared("total_ratio_to_best_ci_high", "", &S::by_total, &C::ratio_to_best_ci_high),
      compared("total_tied_with_best", "", &S::by_total, &C::tied),
      compared("total_ratio_to_second", "", &S::by_total, &C::ratio_to_second),
      compared("total_ratio_to_second_ci_low", "", &S::by_total, &C::ratio_to_second_ci_low),
      compared("total_ratio_to_second_ci_high", "", &S::by_total, &C::ratio_to_second_ci_high),
      text::column("speedup_vs_serial", "",
                   "median total of the serial reference over this one's, same files and numbers",
                   &S::speedup_vs_serial),
      text::column("speedup_vs_one_worker", "",
                   "median total of the same cell with one worker over this one's",
                   &S::speedup_vs_one_worker),
      text::column("efficiency", "", "speedup_vs_one_worker over workers", &S::efficiency),
      text::column("cpu_s_median", "s", "CPU time of parent and workers, user and system", &S::cpu_s_median),
      text::column("context_switches_median", "", "of parent and workers", &S::context_switches_median),
      text::column("faults_median", "", "page faults of parent and workers", &S::faults_median),
      text::column("rss_bytes_median", "B",
                   "peak of the parent plus that of the largest worker times the workers",
                   &S::rss_bytes_median),
      text::column("cpu_s_per_gb_median", "s/GB", "CPU time of the whole run per 10^9 bytes of payload",
                   &S::cpu_s_per_gb_median),
      text::column("cpu_s_per_gb_ci_low", "s/GB",
                   "95 % interval of the median by the sign test; empty below 6 runs",
                   &S::cpu_s_per_gb_ci_low),
      text::column("cpu_s_per_gb_ci_high", "s/GB", "", &S::cpu_s_per_gb_ci_high),
      text::column("context_switches_per_gb_median", "1/GB", "likewise", &S::context_switches_per_gb_median),
      text::column("context_switches_per_gb_ci_low", "1/GB", "", &S::context_switches_per_gb_ci_low),
      text::column("context_switches_per_gb_ci_high", "1/GB", "", &S::context_switches_per_gb_ci_high),
      text::column("faults_per_gb_median", "1/GB", "likewise", &S::faults_per_gb_median),
      text::column("faults_per_gb_ci_low", "1/GB", "", &S::faults_per_gb_ci_low),
      text::column("faults_per_gb_ci_high", "1/GB", "", &S::faults_per_gb_ci_high),
      text::column(
          "total_s_exponent_numbers", "",
          "b of total_s ~ numbers^b, by least squares of the logarithms over the cells that differ in "
          "numbers only; "
          "empty for one size",
          &S::total_s_exponent_numbers),
      text::column("total_s_exponent_files", "", "likewise over the cells that differ in files only",
                   &S::total_s_exponent_files),
      text::column(
          "amdahl_serial_share", "",
          "s of Amdahl's law, total_s(w) / total_s(1) = s + (1 - s) / w, by least squares over the cells "
          "that "
          "differ in workers only; empty below three worker counts",
          &S::amdahl_serial_share),
  };
  return columns;
}

}  // namespace ipcsort::results
