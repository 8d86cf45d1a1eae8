#include "bench/driver/wording.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <tuple>

#include "sys/text.hpp"

namespace ipcsort::driver {

std::string fixed(double value, int decimals) {
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), "%.*f", decimals, value);
  return text.data();
}

namespace {

// Three significant digits with the unit that leaves one to three before the point.
std::string scaled(double value, const std::array<const char*, 5>& units, double smallest_unit) {
  std::size_t unit = 0;
  double shown = value / smallest_unit;
  while (shown >= 999.5 && unit + 1 < units.size()) {
    shown /= 1000;
    ++unit;
  }
  const int decimals = shown >= 99.95 ? 0 : shown >= 9.995 ? 1 : 2;
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), "%.*f %s", decimals, shown, units.at(unit));
  return text.data();
}

std::string percent(const std::optional<double>& share) {
  return share ? fixed(*share * 100, 0) + " %" : "-";
}

std::string seconds_or_dash(const std::optional<double>& value) { return value ? seconds_text(*value) : "-"; }

// Is the transfer what the condition is about? With the barrier it is measured on its own; when workers send
// while others still sort, and where nothing is moved, only the total can be compared.
bool ranks_by_transfer(const SummaryRow& row) { return row.transfer == "barrier" && row.handover == "copy"; }

enum class By { transfer, total };

const Comparison& comparison_of(const SummaryRow& row, By by) {
  return by == By::transfer ? row.by_transfer : row.by_total;
}

By yardstick_of(const std::vector<const SummaryRow*>& condition) {
  const bool any = std::any_of(condition.begin(), condition.end(), [](const SummaryRow* row) {
    return ranks_by_transfer(*row) && row->by_transfer.percent_of_best;
  });
  return any ? By::transfer : By::total;
}

// Those that are compared by `by`, best first.
std::vector<const SummaryRow*> ranked(const std::vector<const SummaryRow*>& condition, By by) {
  std::vector<const SummaryRow*> rows;
  for (const SummaryRow* row : condition) {
    if (by == By::transfer && !ranks_by_transfer(*row)) continue;
    if (comparison_of(*row, by).percent_of_best) rows.push_back(row);
  }
  std::stable_sort(rows.begin(), rows.end(), [by](const SummaryRow* a, const SummaryRow* b) {
    // Only the best's row states a lead; others may reach 100 % as well.
    const auto key = [by](const SummaryRow* row) {
      const Comparison& comparison = comparison_of(*row, by);
      return std::pair(-*comparison.percent_of_best, !comparison.ratio_to_second.has_value());
    };
    return key(a) < key(b);
  });
  return rows;
}

std::vector<ConditionId> conditions_of(const std::vector<SummaryRow>& summary) {
  std::vector<ConditionId> ids;
  for (const SummaryRow& row : summary) {
    if (row.kind == "transport") ids.push_back(condition_of(row));
  }
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

std::vector<const SummaryRow*> members(const std::vector<SummaryRow>& summary, const ConditionId& id) {
  std::vector<const SummaryRow*> rows;
  for (const SummaryRow& row : summary) {
    // The serial reference has one worker and belongs to every condition of its size.
    const bool serial =
        row.transport == "serial" && row.numbers == std::get<0>(id) && row.files == std::get<2>(id);
    if (condition_of(row) == id || serial) rows.push_back(&row);
  }
  return rows;
}

std::string interval_text(const std::optional<double>& low, const std::optional<double>& high) {
  if (!low || !high) return "";
  return " [" + fixed(*low, 2) + ", " + fixed(*high, 2) + "]";
}

// "mmap_flags" or "a and b" or "a, b and c".
std::string list_text(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 == names.size() ? " and " : ", ";
    text += names[i];
  }
  return text;
}

std::string runs_text(int runs) { return std::to_string(runs) + (runs == 1 ? " run" : " runs"); }

std::vector<std::string> tied_names(const std::vector<const SummaryRow*>& rows, By by) {
  std::vector<std::string> names;
  for (const SummaryRow* row : rows) {
    if (comparison_of(*row, by).tied.value_or(0) == 1) names.push_back(subject_text(*row));
  }
  constexpr std::size_t names_max = 4;
  if (names.size() > names_max + 1) {
    const std::string more = std::to_string(names.size() - names_max) + " more";
    names.resize(names_max);
    names.push_back(more);
  }
  return names;
}

std::string best_figure(const SummaryRow& row, By by) {
  if (by == By::transfer && row.transfer_bytes_per_s_median) {
    std::string text = rate_text(*row.transfer_bytes_per_s_median);
    if (row.share_of_one_copy_median) text += ", " + percent(row.share_of_one_copy_median) + " of memcpy";
    return text;
  }
  return seconds_or_dash(row.total_s_median) + " in all";
}

// Who leads a condition, as the middle of a sentence.
std::string verdict(const std::vector<const SummaryRow*>& condition, By by) {
  const std::vector<const SummaryRow*> rows = ranked(condition, by);
  if (rows.empty()) return "nothing was measured";
  const SummaryRow& best = *rows.front();
  const Comparison& comparison = comparison_of(best, by);
  const std::string figure = best_figure(best, by);
  if (rows.size() == 1) return subject_text(best) + " was measured alone: " + figure;
  const std::vector<std::string> tied = tied_names(rows, by);
  if (tied.size() > 1) {
    return list_text(tied) + " are tied (" + subject_text(best) + ": " + figure + "; " +
           runs_text(best.runs_ok) +
           (best.runs_ok < 6 ? " each: too few to tell them apart)" : " each do not tell them apart)");
  }
  std::string text =
      subject_text(best) + (by == By::transfer ? " moves the data fastest: " : " finishes first: ") + figure;
  if (comparison.ratio_to_second) {
    text += ", " + fixed(*comparison.ratio_to_second, 2) + "x" +
            interval_text(comparison.ratio_to_second_ci_low, comparison.ratio_to_second_ci_high) +
            " ahead of " + subject_text(*rows[1]);
  }
  return text;
}

std::string condition_table(const std::vector<const SummaryRow*>& condition) {
  const By by = yardstick_of(condition);
  std::vector<const SummaryRow*> rows = ranked(condition, by);
  if (by == By::transfer) {  // what is left are those that lend
    for (const SummaryRow* row : ranked(condition, By::total)) {
      if (!ranks_by_transfer(*row)) rows.push_back(row);
    }
  }
  for (const SummaryRow* row : condition) {
    if (row->kind != "transport" && row->runs_ok > 0) rows.push_back(row);
  }
  if (rows.empty()) return "No run was counted.\n";
  std::vector<std::vector<std::string>> table = {{"transport", "total", "+-", "read+parse", "sort",
                                                  "transfer", "merge", "throughput", "of memcpy", "CPU",
                                                  "runs"}};
  for (const SummaryRow* row : rows) {
    const auto add = [](const std::optional<double>& a, const std::optional<double>& b) {
      return a && b ? std::optional(*a + *b) : std::nullopt;
    };
    const bool copy = row->kind == "calibration";
    const auto phase = [&](const std::optional<double>& value) { return copy ? "" : seconds_or_dash(value); };
    table.push_back(
        {subject_text(*row) + (row->kind == "transport" ? "" : " *"), seconds_or_dash(row->total_s_median),
         row->runs_ok == 1 ? "one run"
         : row->total_s_mad && row->total_s_median
             ? fixed(*row->total_s_mad / *row->total_s_median * 100, 0) + " %"
             : "",
         phase(add(row->path_read_s_median, row->path_parse_s_median)), phase(row->path_sort_s_median),
         phase(row->path_transfer_s_median), phase(row->path_merge_s_median),
         row->transfer_bytes_per_s_median ? rate_text(*row->transfer_bytes_per_s_median)
         : row->handover == "lend"        ? "lent"
                                          : "",
         row->share_of_one_copy_median ? percent(row->share_of_one_copy_median) : "",
         copy ? "" : seconds_or_dash(row->cpu_s_median), std::to_string(row->runs_ok)});
  }
  return aligned(table);
}

}  // namespace

std::string seconds_text(double seconds) {
  if (seconds == 0) return "0";
  if (seconds >= 0.9995) return fixed(seconds, seconds >= 99.95 ? 0 : seconds >= 9.995 ? 1 : 2) + " s";
  return scaled(seconds, {"ns", "us", "ms", "s", "s"}, 1e-9);
}

std::string bytes_text(double bytes) {
  if (bytes < 999.5) return fixed(bytes, 0) + " B";
  return scaled(bytes, {"B", "kB", "MB", "GB", "TB"}, 1);
}

std::string rate_text(double bytes_per_second) { return bytes_text(bytes_per_second) + "/s"; }

std::string duration_text(double seconds) {
  const auto whole = static_cast<long long>(std::ceil(seconds));
  if (whole < 60) return std::to_string(whole) + " s";
  if (whole < 3600) return std::to_string(whole / 60) + " min " + std::to_string(whole % 60) + " s";
  return std::to_string(whole / 3600) + " h " + std::to_string(whole % 3600 / 60) + " min";
}

std::string aligned(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string gap(widths[i] - row[i].size(), ' ');
      line += i == 0 ? row[i] + gap : "  " + gap + row[i];
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + '\n';
  }
  return text;
}

std::string subject_text(const SummaryRow& row) {
  std::string text = row.transport;
  if (row.kind == "transport" && row.handover != "copy") text += " " + row.handover;
  for (const std::string& option : sys::split(row.options, ' ')) {
    if (!option.empty()) text += ":" + option;
  }
  return text;
}

ConditionId condition_of(const SummaryRow& row) {
  return {row.numbers, row.workers, row.files, row.transfer};
}

std::string condition_text(const ConditionId& id) {
  const auto& [numbers, workers, files, transfer] = id;
  return sys::format_count(numbers) + (numbers == 1 ? " number in " : " numbers in ") +
         std::to_string(files) + (files == 1 ? " file, " : " files, ") + std::to_string(workers) +
         (workers == 1 ? " worker, " : " workers, ") + transfer;
}

std::string finding(const std::vector<SummaryRow>& summary) {
  const std::vector<ConditionId> ids = conditions_of(summary);
  if (ids.empty()) return "No transport was measured.";
  const std::vector<const SummaryRow*> condition = members(summary, ids.back());
  const By by = yardstick_of(condition);
  std::string text = "With " + condition_text(ids.back()) + ": " + verdict(condition, by) + ".";
  const bool any_lent = std::any_of(condition.begin(), condition.end(), [](const SummaryRow* row) {
    return row->handover == "lend" && row->runs_ok > 0;
  });
  if (by == By::transfer && any_lent) text += " In all: " + verdict(condition, By::total) + ".";
  return text;
}

std::string results_text(const std::vector<SummaryRow>& summary) {
  std::string text;
  const std::vector<ConditionId> ids = conditions_of(summary);
  if (!ids.empty()) {
    text += condition_text(ids.back()) +
            " (medians; +- is the spread of single runs; * is a reference, not a transport)\n";
    text += condition_table(members(summary, ids.back()));
  } else {
    std::vector<const SummaryRow*> rows;
    for (const SummaryRow& row : summary) rows.push_back(&row);
    text += condition_table(rows);
  }
  if (ids.size() > 1) {
    text += "\nThe other conditions:\n";
    for (auto id = ids.rbegin() + 1; id != ids.rend(); ++id) {
      const std::vector<const SummaryRow*> condition = members(summary, *id);
      text += "  " + condition_text(*id) + ": " + verdict(condition, yardstick_of(condition)) + "\n";
    }
  }
  std::string troubles;
  for (const SummaryRow& row : summary) {
    if (row.status == "ok" || row.reason.empty()) continue;
    std::string what;
    if (row.status == "skipped")
      what = "skipped: ";
    else if (row.runs_failed > 0)
      what = std::to_string(row.runs_failed) + " failed: ";
    troubles +=
        "  " + subject_text(row) + ", " + condition_text(condition_of(row)) + ": " + what + row.reason + "\n";
  }
  if (!troubles.empty()) text += "\nSkipped or failed:\n" + troubles;
  return text;
}

std::string overall_text(const Overall& overall) {
  constexpr std::size_t shown_max = 5;
  if (overall.standings.empty()) return {};
  const auto ratio = [](double value) { return fixed(value, 2); };
  std::string text =
      "Over all " + std::to_string(overall.conditions) + " conditions and " + std::to_string(overall.blocks) +
      " blocks, geometric mean of the time as a multiple of " + overall.standings.front().transport + "'s: ";
  const std::size_t shown = std::min(shown_max, overall.standings.size() - 1);
  for (std::size_t i = 1; i <= shown; ++i) {
    const OverallStanding& it = overall.standings[i];
    text += (i == 1 ? "" : ", ") + it.transport + " " + ratio(it.ratio_to_leader) + " [" +
            ratio(it.interval.low) + ", " + ratio(it.interval.high) + "]";
  }
  const std::size_t rest = overall.standings.size() - 1 - shown;
  if (rest > 0) {
    text +=
        ", and " + std::to_string(rest) + " more up to " + ratio(overall.standings.back().ratio_to_leader);
  }
  return text + ".\n";
}

std::string reservations_text(const std::vector<SummaryRow>& summary, const std::vector<RunRow>& runs) {
  constexpr double slow_start_least = 1.05;
  std::string text;
  const auto noisy = std::ranges::count_if(summary, [](const SummaryRow& row) { return row.noisy == 1; });
  if (noisy > 0) {
    text += std::to_string(noisy) + " of " + std::to_string(summary.size()) +
            " cells are known less exactly than was asked for (column noisy); a higher --blocks-max or "
            "--time-budget settles more of them.\n";
  }
  const auto counted = latest_attempts(runs);
  const auto disturbed =
      std::ranges::count_if(counted, [](const RunRow& run) { return run.disturbed && !run.warm; });
  const std::size_t again = runs.size() - counted.size();
  if (disturbed > 0 || again > 0) {
    text += "Other processes used the CPUs meanwhile: " + std::to_string(again) +
            " runs were made again, and " + std::to_string(disturbed) +
            " count although they were disturbed (column disturbed).\n";
  }
  if (const auto ratio = slow_start(runs); ratio && *ratio > slow_start_least) {
    std::array<char, 160> line{};
    std::snprintf(line.data(), line.size(),
                  "Slow start: the first counted block took %.0f %% longer than those after it; one more "
                  "--warmup leaves it out.\n",
                  (*ratio - 1) * 100);
    text += line.data();
  }
  return text;
}

}  // namespace ipcsort::driver
