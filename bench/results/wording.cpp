#include "bench/results/wording.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <tuple>

#include "bench/text/table.hpp"
#include "sys/text.hpp"

namespace ipcsort::results {
namespace {

std::string percent(const std::optional<double>& share) { return share ? text::percent_text(*share) : "-"; }

std::string seconds_or_dash(const std::optional<double>& value) {
  return value ? text::seconds_text(*value) : "-";
}

// Is the transfer what the condition is about? With the barrier it is measured on its own; when workers send
// while others still sort, and where nothing is moved, only the total can be compared.
bool ranks_by_transfer(const SummaryRow& row) {
  return row.cell.compared_by() == cell::ComparedBy::transfer;
}

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

bool is_tied(const SummaryRow& row, By by) { return comparison_of(row, by).tied.value_or(0) == 1; }

// Those that are compared by `by`, best first, and behind it those that are tied with it.
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
      return std::tuple(!is_tied(*row, by), -*comparison.percent_of_best,
                        !comparison.ratio_to_second.centre.has_value());
    };
    return key(a) < key(b);
  });
  return rows;
}

std::vector<ConditionId> conditions_of(const std::vector<SummaryRow>& summary) {
  std::vector<ConditionId> ids;
  for (const SummaryRow& row : summary) {
    if (row.cell.is_transport()) ids.push_back(condition_of(row));
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
        row.cell.is_serial() && row.cell.numbers == std::get<0>(id) && row.cell.files == std::get<2>(id);
    if (condition_of(row) == id || serial) rows.push_back(&row);
  }
  return rows;
}

std::string interval_text(const Estimate& estimate) {
  if (!estimate.low || !estimate.high) return "";
  return "[" + text::fixed(*estimate.low, 2) + ", " + text::fixed(*estimate.high, 2) + "]";
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
    if (is_tied(*row, by)) names.push_back(subject_text(*row));
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
  if (by == By::transfer && row.transfer_bytes_per_s.centre) {
    std::string text = text::rate_text(*row.transfer_bytes_per_s.centre);
    if (row.share_of_one_copy_median) text += ", " + percent(row.share_of_one_copy_median) + " of memcpy";
    return text;
  }
  return seconds_or_dash(row.total_s_median) + " in all";
}

// Whether the runs were enough for an interval of what they are ranked by.
bool is_proven(const std::vector<const SummaryRow*>& order, By by) {
  return order.size() < 2 || comparison_of(*order[1], by).ratio_to_best.low;
}

// Who leads a condition, as the middle of a sentence.
std::string verdict(const std::vector<const SummaryRow*>& condition, By by) {
  const std::vector<const SummaryRow*> rows = ranked(condition, by);
  if (rows.empty()) return "nothing was measured";
  const SummaryRow& best = *rows.front();
  const std::string figure = best_figure(best, by);
  if (rows.size() == 1) return subject_text(best) + " was measured alone: " + figure;
  if (!is_proven(rows, by)) {
    return subject_text(best) + " is ahead: " + figure + " (" + runs_text(best.runs_ok) +
           " each: too few to name a winner)";
  }
  const std::vector<std::string> tied = tied_names(rows, by);
  if (tied.size() > 1) {
    return list_text(tied) + " are tied (" + subject_text(best) + ": " + figure + "; " +
           runs_text(best.runs_ok) + " each do not tell them apart)";
  }
  const Comparison& runner_up = comparison_of(*rows[1], by);
  return subject_text(best) + (by == By::transfer ? " moves the data fastest: " : " finishes first: ") +
         figure + ", " + text::fixed(*runner_up.ratio_to_best.centre, 2) + "x " +
         interval_text(runner_up.ratio_to_best.low, runner_up.ratio_to_best.high) + " ahead of " +
         subject_text(*rows[1]);
}

// ---- the table of a condition ----

// "1=" for all that are tied with the best, the place in the order for the others; "?" for all of too few
// runs.
std::string rank_text(const std::vector<const SummaryRow*>& order, std::size_t place, By by) {
  if (!is_proven(order, by)) return "?";
  if (!is_tied(*order[place], by)) return std::to_string(place + 1);
  return order.size() > 1 && is_tied(*order[1], by) ? "1=" : "1";
}

// What the marks in a table mean; only those that occur in it are explained.
struct Marks {
  bool noisy = false, reference = false, lent = false, spread = false, unproven = false, by_pairs = false;
};

std::string legend_text(const Marks& marks) {
  std::vector<std::string> parts = {"medians"};
  if (marks.spread) parts.emplace_back("+- is the spread of single runs");
  if (marks.by_pairs) parts.emplace_back("ranks compare in pairs, so medians may stand in another order");
  if (marks.unproven) parts.emplace_back("? too few runs to rank");
  if (marks.noisy) parts.emplace_back("~ is known less exactly than was asked for");
  if (marks.lent) parts.emplace_back("lent: nothing moved, no rank by rate");
  if (marks.reference) parts.emplace_back("* is a reference, not a transport");
  return "(" + sys::join(parts, "; ") + ")\n";
}

std::vector<text::Heading> condition_headings(By by) {
  const int rate_spare = by == By::transfer ? 0 : 6;
  return {{"rank"},
          {"transport", true},
          {"throughput", false, rate_spare},
          {"of memcpy", false, 5},
          {"total", false},
          {"+-", false, 4},
          {"transfer share", false, 3},
          {"runs", false, 7},
          {"read+parse", false, 10},
          {"sort", false, 11},
          {"transfer", false, 8},
          {"merge", false, 9},
          {"CPU", false, 12}};
}

std::optional<double> sum(const std::optional<double>& a, const std::optional<double>& b) {
  return a && b ? std::optional(*a + *b) : std::nullopt;
}

std::string spread_text(const SummaryRow& row) {
  if (row.runs_ok == 1) return "one run";
  if (!row.total_s_mad || !row.total_s_median) return "";
  return text::percent_text(*row.total_s_mad / *row.total_s_median);
}

text::TableCell runs_cell(const SummaryRow& row) {
  const std::string counted = std::to_string(row.runs_ok);
  if (row.runs_failed == 0) return {counted};
  return {counted + " of " + std::to_string(row.runs_ok + row.runs_failed), text::Tint::bad};
}

// What a transport, or a reference, took: all columns behind its rank.
std::vector<text::TableCell> figures_of(const SummaryRow& row, text::Tint tint, const text::Look& look) {
  const bool copy = row.cell.is_calibration();
  const bool is_reference = !row.cell.is_transport();
  const auto phase = [&](const std::optional<double>& value) -> text::TableCell {
    return {copy ? "" : seconds_or_dash(value), is_reference ? text::Tint::faint : text::Tint::none};
  };
  // The mark stands at the figure that is compared.
  const std::string mark = row.noisy == 1 ? "~" : "";
  const bool by_rate = ranks_by_transfer(row);
  const std::string rate = row.transfer_bytes_per_s.centre
                               ? (by_rate ? mark : "") + text::rate_text(*row.transfer_bytes_per_s.centre)
                           : row.cell.lends() ? "lent"
                                                    : "";
  const text::Tint plain = is_reference ? text::Tint::faint : text::Tint::none;
  return {
      {subject_text(row) + (is_reference ? " *" : ""), tint},
      {rate, plain},
      {row.share_of_one_copy_median ? percent(row.share_of_one_copy_median) : "", plain},
      {(by_rate ? "" : mark) + seconds_or_dash(row.total_s_median), plain},
      {spread_text(row), plain},
      {!is_reference && row.transfer_share_median ? text::share_bar(*row.transfer_share_median, look) : "",
       plain},
      runs_cell(row),
      phase(sum(row.path.read_s, row.path.parse_s)),
      phase(row.path.sort_s),
      phase(row.path.transfer_s),
      phase(row.path_merge_s_median),
      phase(row.cpu_s_median)};
}

// Has no figures: what became of it stands where the total would.
std::vector<text::TableCell> without_figures(const SummaryRow& row, std::size_t columns) {
  std::vector<text::TableCell> cells(columns);
  const text::Tint tint = row.status == RunStatus::skipped ? text::Tint::doubtful : text::Tint::bad;
  cells[1] = {subject_text(row), tint};
  cells[4] = {row.status, tint};
  return cells;
}

struct ConditionTable {
  text::Table table;
  Marks marks;
};

ConditionTable condition_table(const std::vector<const SummaryRow*>& condition, const text::Look& look) {
  const By by = yardstick_of(condition);
  ConditionTable made{{"", condition_headings(by), {}}, {}};
  std::vector<std::vector<text::TableCell>>& rows = made.table.rows;
  const auto add = [&](const SummaryRow& row, const std::string& rank, text::Tint tint) {
    rows.push_back({{rank, tint}});
    for (text::TableCell& cell : figures_of(row, tint, look)) rows.back().push_back(std::move(cell));
    made.marks.noisy |= row.noisy == 1;
    made.marks.spread |= row.runs_ok > 1;
    made.marks.reference |= !row.cell.is_transport();
    made.marks.lent |= row.cell.lends() && by == By::transfer;
  };
  const std::vector<const SummaryRow*> order = ranked(condition, by);
  made.marks.unproven = !is_proven(order, by);
  const auto slower_first = [by](const SummaryRow* a, const SummaryRow* b) {
    return by == By::transfer ? a->transfer_bytes_per_s.centre < b->transfer_bytes_per_s.centre
                              : a->total_s_median > b->total_s_median;
  };
  made.marks.by_pairs = std::ranges::adjacent_find(order, slower_first) != order.end();
  for (std::size_t place = 0; place < order.size(); ++place) {
    const bool is_first = is_proven(order, by) && is_tied(*order[place], by);
    add(*order[place], rank_text(order, place, by), is_first ? text::Tint::good : text::Tint::none);
  }
  if (by == By::transfer) {  // what is left are those that lend
    for (const SummaryRow* row : ranked(condition, By::total)) {
      if (!ranks_by_transfer(*row)) add(*row, "-", text::Tint::none);
    }
  }
  for (const SummaryRow* row : condition) {
    if (!row->cell.is_transport() && row->runs_ok > 0) add(*row, "", text::Tint::faint);
  }
  if (rows.empty()) return made;
  for (const SummaryRow* row : condition) {
    if (row->runs_ok == 0) rows.push_back(without_figures(*row, made.table.headings.size()));
  }
  return made;
}

// ---- the other conditions ----

// "1.05x ahead of mmap_flags", "tied with 3 others"
std::string lead_text(const std::vector<const SummaryRow*>& order, By by) {
  if (order.size() == 1) return "measured alone";
  if (!is_proven(order, by)) return "too few runs";
  const auto tied = std::ranges::count_if(order, [by](const SummaryRow* row) { return is_tied(*row, by); });
  if (tied == 2) return "tied with " + subject_text(*order[1]);
  if (tied > 2) return "tied with " + std::to_string(tied - 1) + " others";
  return text::fixed(*comparison_of(*order[1], by).ratio_to_best.centre, 2) + "x ahead of " +
         subject_text(*order[1]);
}

std::vector<text::TableCell> condition_row(const ConditionId& id,
                                           const std::vector<const SummaryRow*>& condition) {
  const By by = yardstick_of(condition);
  const std::vector<const SummaryRow*> order = ranked(condition, by);
  std::vector<text::TableCell> cells = {{sys::format_count(std::get<0>(id))},
                                        {std::to_string(std::get<2>(id))},
                                        {std::to_string(std::get<1>(id))},
                                        {std::get<3>(id)}};
  if (order.empty()) {
    cells.insert(cells.end(), {{"nothing was measured", text::Tint::bad}, {}, {}, {}, {}});
    return cells;
  }
  const SummaryRow& best = *order.front();
  const bool alone = order.size() > 1 && !is_tied(*order[1], by);
  const bool is_rate = by == By::transfer && best.transfer_bytes_per_s.centre;
  cells.push_back({subject_text(best), text::Tint::good});
  cells.push_back({is_rate ? text::rate_text(*best.transfer_bytes_per_s.centre)
                           : seconds_or_dash(best.total_s_median) + " in all"});
  cells.push_back({is_rate && best.share_of_one_copy_median ? percent(best.share_of_one_copy_median) : ""});
  cells.push_back({lead_text(order, by)});
  if (!alone) {
    cells.emplace_back();
    return cells;
  }
  const Comparison& runner_up = comparison_of(*order[1], by);
  cells.push_back({interval_text(runner_up.ratio_to_best.low, runner_up.ratio_to_best.high)});
  return cells;
}

// One row for each condition but the largest; what all conditions share is not said again.
text::Table other_conditions(const std::vector<SummaryRow>& summary, const std::vector<ConditionId>& ids) {
  text::Table table{"",
                    {{"numbers"},
                     {"files"},
                     {"workers"},
                     {"transfer", true},
                     {"best", true},
                     {"its figure"},
                     {"of memcpy", false, 1},
                     {"lead", true},
                     {"95 % interval", true, 2}},
                    {}};
  for (auto id = ids.rbegin() + 1; id != ids.rend(); ++id)
    table.rows.push_back(condition_row(*id, members(summary, *id)));
  const auto drop_if_shared = [&](std::size_t column, auto part) {
    const bool shared =
        std::ranges::all_of(ids, [&](const ConditionId& id) { return part(id) == part(ids.back()); });
    if (!shared) return;
    for (auto& row : table.rows) row[column].text.clear();  // an empty column is left out
  };
  drop_if_shared(0, [](const ConditionId& id) { return std::get<0>(id); });
  drop_if_shared(1, [](const ConditionId& id) { return std::get<2>(id); });
  drop_if_shared(2, [](const ConditionId& id) { return std::get<1>(id); });
  drop_if_shared(3, [](const ConditionId& id) { return std::get<3>(id); });
  return table;
}

// A line for each cell that was skipped or failed; "" when there is none.
std::string troubles_text(const std::vector<SummaryRow>& summary) {
  std::string troubles;
  for (const SummaryRow& row : summary) {
    if (row.is_ok() || row.reason.empty()) continue;
    std::string what;
    if (row.status == RunStatus::skipped)
      what = "skipped: ";
    else if (row.runs_failed > 0)
      what = std::to_string(row.runs_failed) + " failed: ";
    troubles +=
        "  " + subject_text(row) + ", " + condition_text(condition_of(row)) + ": " + what + row.reason + "\n";
  }
  return troubles;
}

// The members of the largest condition; of everything where no transport is.
std::vector<const SummaryRow*> largest_of(const std::vector<SummaryRow>& summary,
                                          const std::vector<ConditionId>& ids) {
  if (!ids.empty()) return members(summary, ids.back());
  std::vector<const SummaryRow*> rows;
  for (const SummaryRow& row : summary) rows.push_back(&row);
  return rows;
}

}  // namespace

std::string subject_text(const SummaryRow& row) {
  std::string text = row.transport;
  if (row.cell.is_transport() && row.cell.lends()) text += " " + row.handover;
  for (const std::string& option : sys::split(row.options, ' ')) {
    if (!option.empty()) text += ":" + option;
  }
  return text;
}

ConditionId condition_of(const SummaryRow& row) {
  return {row.cell.numbers, row.cell.workers, row.cell.files, row.transfer};
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
    return row->cell.lends() && row->runs_ok > 0;
  });
  if (by == By::transfer && any_lent) text += " In all: " + verdict(condition, By::total) + ".";
  return text;
}

std::string results_text(const std::vector<SummaryRow>& summary, const text::Look& look) {
  const std::vector<ConditionId> ids = conditions_of(summary);
  std::string text;
  if (!ids.empty()) text += text::fitted(condition_text(ids.back()) + "\n", look, text::Tint::strong);
  const ConditionTable largest = condition_table(largest_of(summary, ids), look);
  if (largest.table.rows.empty()) {
    text += "No run was counted.\n";
  } else {
    text += text::table_text(largest.table, look) +
            text::fitted(legend_text(largest.marks), look, text::Tint::faint);
  }
  if (ids.size() > 1) {
    text += "\n" + look.paint(text::Tint::strong, "The other conditions") + "\n" +
            text::table_text(other_conditions(summary, ids), look);
  }
  if (const std::string troubles = troubles_text(summary); !troubles.empty())
    text += "\n" + look.paint(text::Tint::strong, "Skipped or failed") + "\n" +
            text::fitted(troubles, look, text::Tint::doubtful);
  return text;
}

std::string results_markdown(const std::vector<SummaryRow>& summary) {
  const std::vector<ConditionId> ids = conditions_of(summary);
  const ConditionTable largest = condition_table(largest_of(summary, ids), {});
  std::string text = "### " + (ids.empty() ? "References" : condition_text(ids.back())) + "\n\n";
  if (largest.table.rows.empty()) {
    text += "No run was counted.\n";
  } else {
    text += text::markdown_text(largest.table) + "\n" + text::markdown_literal(legend_text(largest.marks));
  }
  if (ids.size() > 1)
    text += "\n### The other conditions\n\n" + text::markdown_text(other_conditions(summary, ids));
  if (const std::string troubles = troubles_text(summary); !troubles.empty()) {
    text += "\n### Skipped or failed\n\n";
    for (const std::string& line : sys::split(troubles, '\n')) {
      if (!line.empty()) text += "*" + text::markdown_literal(line.substr(1)) + "\n";
    }
  }
  return text + "\n" + text::markdown_literal(finding(summary)) + "\n";
}

std::string run_text(const RunRow& row, bool is_made_again) {
  std::string text = cell::describe(subject_of(row), row.cell.lends(), row.cell.files, row.cell.numbers,
                                    row.cell.workers, row.transfer) +
                     ": ";
  if (!row.is_ok()) {
    text += row.status + (row.error.empty() ? "" : ": " + row.error);
  } else {
    text += seconds_or_dash(row.total_s);
    std::string phases;
    for (const auto& [name, time_s] :
         {std::pair("spawn", row.path.spawn_s), std::pair("read", row.path.read_s),
          std::pair("parse", row.path.parse_s), std::pair("sort", row.path.sort_s),
          std::pair("wait", row.path.wait_s), std::pair("transfer", row.path.transfer_s),
          std::pair("other", row.path_other_s), std::pair("merge", row.merge_s)}) {
      if (time_s && *time_s > 0)
        phases += (phases.empty() ? "" : ", ") + std::string{name} + " " + text::seconds_text(*time_s);
    }
    if (!phases.empty()) text += " (" + phases + ")";
  }
  if (row.repeats > 1) text += ", mean of " + runs_text(row.repeats);
  if (row.cost_s) text += ", took " + text::seconds_text(*row.cost_s) + " with all around it";
  if (row.attempt > 1) text += ", attempt " + std::to_string(row.attempt);
  if (row.disturbed) {
    text += "; disturbed: others used " + seconds_or_dash(row.foreign_cpu_s) +
            " of CPU time, the hypervisor withheld " + seconds_or_dash(row.steal_s) +
            (is_made_again ? "; it is made again" : "; it counts all the same");
  }
  return text;
}

std::string overall_text(const Overall& overall) {
  constexpr std::size_t shown_max = 5;
  if (overall.standings.empty()) return {};
  const auto ratio = [](double value) { return text::fixed(value, 2); };
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

}  // namespace ipcsort::results
