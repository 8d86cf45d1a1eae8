#include "bench/results/findings.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>

#include "bench/results/two_orders.hpp"
#include "bench/stats/ranking.hpp"
#include "bench/text/json.hpp"
#include "bench/text/units.hpp"
#include "sys/text.hpp"

namespace ipcsort::results {
namespace {

using Summary = std::vector<SummaryRow>;

// "pipe:capacity=1M", "mmap_flags lend:buffer=256K"
std::string name_of(const cell::CellId& id) {
  cell::SubjectId subject = id.subject;
  if (id.lends()) subject.name += " lend";
  return label(subject);
}

std::string interval_text(const Estimate& estimate) {
  if (!estimate.low || !estimate.high) return "";
  return fmt::format("[{:.2f}, {:.2f}]", *estimate.low, *estimate.high);
}

// Of so little, the calibration is mostly setting up and the first touch of memory: a transport that seems to beat it then
// says nothing. With more it can be true, and is said.
std::string share_of_memcpy(const SummaryRow& row) {
  constexpr double little_bytes = 1e6, share_max = 1.1;  // with room for noise
  const auto& share = row.share_of_one_copy_median;
  if (!row.transfer_bytes_per_s.centre || !share) return "";
  const bool says_nothing = row.payload_bytes.value_or(0)<little_bytes&& * share> share_max;
  return says_nothing ? "" : text::percent_text(*share);
}

// ---- orders ----

// What is compared, and how it is spoken of.
struct Measure {
  const Comparison& (*compared)(const SummaryRow&);
  std::string (*figure)(const SummaryRow&);
  std::string_view wins;  // "moves the data fastest"
  bool has_share = false;
};

std::string total_text(const SummaryRow& row) {
  return (row.total_s_median ? text::seconds_text(*row.total_s_median) : "-") + " in all";
}

const Measure transfer{[](const SummaryRow& row) -> const Comparison& { return row.by_transfer; },
                       [](const SummaryRow& row) {
                         return row.transfer_bytes_per_s.centre
                                    ? text::rate_text(*row.transfer_bytes_per_s.centre)
                                    : total_text(row);
                       },
                       "moves the data fastest", true};
const Measure handover{
    [](const SummaryRow& row) -> const Comparison& { return row.by_transfer; },
    [](const SummaryRow& row) { return text::seconds_text(*row.transfer_window_s.centre); },
    "hands the data over fastest"};
const Measure total{[](const SummaryRow& row) -> const Comparison& { return row.by_total; }, total_text,
                    "finishes first"};
const Measure cpu{
    nullptr, [](const SummaryRow& row) { return text::seconds_text(*row.cpu_s_per_gb.centre) + " per GB"; },
    "costs the least CPU time"};

// "1=" for all that are tied with the best, the place in the order for the others; "" where there is nothing to rank.
std::string rank_text(const Order& order, std::size_t place) {
  if (order.places.size() == 1) return "";
  if (!order.is_proven || order.places[place].lacks_runs) return "?";
  if (!order.places[place].is_tied()) return std::to_string(place + 1);
  return order.places.size() > 1 && order.places[1].is_tied() ? "1=" : "1";
}

// "6 runs each", or "6 to 12 runs each" where some were settled sooner; of those that are ranked.
std::string runs_text(const Order& order, const Summary& summary) {
  int least = summary[order.places.front().row].runs_ok, most = least;
  for (const Place& place : order.places) {
    if (place.lacks_runs) continue;
    least = std::min(least, summary[place.row].runs_ok);
    most = std::max(most, summary[place.row].runs_ok);
  }
  return (least == most ? "" : std::to_string(least) + " to ") +
         text::count_text(static_cast<std::size_t>(most), "run") + " each";
}

// "; tcp_loopback (5 runs) lacks the runs to be ranked"; "" when all are.
std::string lacking_text(const Order& order, const Summary& summary, const std::vector<std::string>& names) {
  std::vector<std::string> lacking;
  for (const Place& place : order.places) {
    if (place.lacks_runs)
      lacking.push_back(
          fmt::format("{} ({})", names[place.row],
                      text::count_text(static_cast<std::size_t>(summary[place.row].runs_ok), "run")));
  }
  if (lacking.empty()) return "";
  const std::string verb = lacking.size() == 1 ? " lacks" : " lack";
  return "; " + list_text(std::move(lacking)) + verb + " the runs to be ranked";
}

// Ranks and words.
void word(Order& order, const Summary& summary, const std::vector<std::string>& names,
          const Measure& measure) {
  if (order.places.empty()) {
    order.verdict = order.who = "nothing was measured";
    return;
  }
  for (std::size_t i = 0; i < order.places.size(); ++i) order.places[i].rank = rank_text(order, i);
  const SummaryRow& best = summary[order.places.front().row];
  const std::string& name = names[order.places.front().row];
  order.best = name;
  order.figure = measure.figure(best);
  if (measure.has_share) order.share = share_of_memcpy(best);
  const std::string figures = order.figure + (order.share.empty() ? "" : ", " + order.share + " of memcpy");
  if (order.places.size() == 1) {
    order.who = name + " was measured alone";
    order.lead = "measured alone";
    order.verdict = order.who + ": " + figures;
    return;
  }
  const std::string each = runs_text(order, summary);
  const std::string lacking = lacking_text(order, summary, names);
  const Place& second = order.places[1];
  if (!order.is_proven) {
    order.who = name + " is ahead";
    order.lead = "too few runs";
    order.verdict = fmt::format("{}: {} ({}: too few to name a winner)", order.who, figures, each);
    return;
  }
  std::vector<std::string> tied;
  for (const Place& place : order.places) {
    if (place.is_tied()) tied.push_back(names[place.row]);
  }
  if (tied.size() > 1) {
    order.lead =
        "tied with " + (tied.size() == 2 ? names[second.row] : fmt::format("{} others", tied.size() - 1));
    order.who = list_text(std::move(tied)) + " are tied";
    order.verdict =
        fmt::format("{} ({}: {}; {} do not tell them apart){}", order.who, name, figures, each, lacking);
    return;
  }
  order.who =
      fmt::format("{} {}{}", name, measure.wins, lacking.empty() ? "" : " of those that can be ranked");
  order.interval = interval_text(second.by.ratio_to_best);
  const std::string ratio = fmt::format("{:.2f}x ", *second.by.ratio_to_best.centre);
  const std::string behind = "ahead of " + names[second.row];
  order.lead = ratio + behind;
  order.verdict = order.who + ": " + figures + ", " + ratio +
                  (order.interval.empty() ? "" : order.interval + " ") + behind + lacking;
}

template <typename Belongs>
Order order_of(const Summary& summary, const std::vector<std::string>& names,
               const std::vector<std::size_t>& rows, const Measure& measure, Belongs belongs) {
  Order order;
  for (const std::size_t row : rows) {
    const Comparison& comparison = measure.compared(summary[row]);
    if (belongs(summary[row]) && comparison.percent_of_best) order.places.push_back({row, "", comparison});
  }
  const auto lacks_runs = [](const Place& place) { return !place.by.ratio_to_best.low; };
  const auto lacking = static_cast<std::size_t>(std::ranges::count_if(order.places, lacks_runs));
  order.is_proven = order.places.size() < 2 || lacking + 1 < order.places.size();  // the best lacks none
  for (Place& place : order.places) place.lacks_runs = order.is_proven && lacks_runs(place);
  std::ranges::stable_sort(order.places, {}, [](const Place& place) {
    // Only the best's row states a lead; others may reach 100 % as well.
    return std::tuple(place.lacks_runs, place.by.tied != 1, -*place.by.percent_of_best,
                      !place.by.ratio_to_second.centre.has_value());
  });
  word(order, summary, names, measure);
  return order;
}

// Not compared in pairs: those are tied whose intervals meet that of the best.
Order order_by_cpu(const Summary& summary, const std::vector<std::string>& names,
                   const std::vector<std::size_t>& rows) {
  Order order;
  for (const std::size_t row : rows) {
    if (summary[row].cell.is_transport() && summary[row].cpu_s_per_gb.centre.value_or(0) > 0)
      order.places.push_back({row, "", {}});
  }
  // What moves nothing is no competitor in what moving costs, where there is one.
  const auto is_floor = [&](const Place& place) { return summary[place.row].cell.is_floor(); };
  if (!std::ranges::all_of(order.places, is_floor)) std::erase_if(order.places, is_floor);
  std::ranges::stable_sort(order.places, {},
                           [&](const Place& place) { return *summary[place.row].cpu_s_per_gb.centre; });
  order.is_proven = order.places.size() < 2 || std::ranges::all_of(order.places, [&](const Place& place) {
                      return summary[place.row].cpu_s_per_gb.high.has_value();
                    });
  for (Place& place : order.places) {
    const SummaryRow& best = summary[order.places.front().row];
    const SummaryRow& row = summary[place.row];
    place.by.ratio_to_best.centre = *row.cpu_s_per_gb.centre / *best.cpu_s_per_gb.centre;
    place.by.percent_of_best = 100 / *place.by.ratio_to_best.centre;
    const bool meets = !order.is_proven || row.cpu_s_per_gb.low <= best.cpu_s_per_gb.high;
    place.by.tied = &row == &best || meets ? 1 : 0;
  }
  word(order, summary, names, cpu);
  return order;
}

// ---- conditions ----

// Larger is what more is moved in.
auto size_of(const cell::CellId& id) {
  return std::tuple(id.numbers, id.workers, id.files, to_string(id.settings.transfer), id);
}

std::vector<ConditionFindings> conditions_of(const Summary& summary) {
  std::set<cell::CellId> ids;
  for (const SummaryRow& row : summary) {
    if (row.cell.is_transport()) ids.insert(row.cell.condition());
  }
  std::vector<ConditionFindings> conditions;
  for (const cell::CellId& id : ids) conditions.emplace_back().id = id;
  std::ranges::sort(conditions, std::greater{},
                    [](const ConditionFindings& condition) { return size_of(condition.id); });
  return conditions;
}

// The serial reference has one worker and belongs to every condition of its work.
bool is_member(const cell::CellId& id, const cell::CellId& condition) {
  return id.condition() == condition || (id.is_serial() && id.work() == condition.work());
}

// What was chosen for a condition besides the mode of the transfer: "pages huge".
std::vector<std::string> settings_of(const cell::CellId& id) {
  std::vector<std::string> all = {"distribution " + std::string{distribution_text(id.data)}};
  for (const pipeline::SettingRow& setting : pipeline::settings()) {
    if (setting.is_in_condition && setting.name != "transfer")
      all.push_back(fmt::format("{} {}", setting.name, setting.word_of(id.settings)));
  }
  return all;
}

// Settings besides the mode are said only where they are not the same everywhere.
std::string text_of(const cell::CellId& id, const std::set<std::string>& common) {
  std::string text = fmt::format("{} number{} in {}, {}, {}", sys::format_count(id.numbers),
                                 id.numbers == 1 ? "" : "s", text::count_text(id.files, "file"),
                                 text::count_text(static_cast<std::size_t>(id.workers), "worker"),
                                 to_string(id.settings.transfer));
  for (const std::string& setting : settings_of(id)) {
    if (!common.contains(setting)) text += ", " + setting;
  }
  return text;
}

// The settings that all conditions share.
std::set<std::string> common_settings(const std::vector<ConditionFindings>& conditions) {
  std::set<std::string> common;
  for (const ConditionFindings& condition : conditions) {
    const std::vector<std::string> its = settings_of(condition.id);
    if (&condition == &conditions.front()) common = {its.begin(), its.end()};
    std::erase_if(common, [&](const auto& setting) { return std::ranges::find(its, setting) == its.end(); });
  }
  return common;
}

void describe(ConditionFindings& condition, const Summary& summary, const std::vector<std::string>& names) {
  for (std::size_t row = 0; row < summary.size(); ++row) {
    if (is_member(summary[row].cell, condition.id)) condition.members.push_back(row);
  }
  const auto copies = [](const SummaryRow& row) { return !row.cell.lends(); };
  const auto lends = [](const SummaryRow& row) {
    return row.cell.lends() && row.transfer_window_s.centre.value_or(0) > 0;
  };
  condition.transfer = order_of(summary, names, condition.members, transfer, copies);
  condition.handover = order_of(summary, names, condition.members, handover, lends);
  condition.total =
      order_of(summary, names, condition.members, total, [](const SummaryRow&) { return true; });
  condition.cpu = order_by_cpu(summary, names, condition.members);
  // With the barrier the transfer is measured on its own. When workers send while others still sort, and
  // where nothing is moved, only the total can be compared.
  condition.by_transfer =
      condition.id.compared_by() == cell::ComparedBy::transfer && !condition.transfer.places.empty();
  condition.sentence = "With " + condition.text + ": " + condition.decisive().verdict + ".";
  const bool any_lent = std::ranges::any_of(condition.members, [&](std::size_t row) {
    return summary[row].cell.lends() && summary[row].runs_ok > 0;
  });
  if (condition.by_transfer && any_lent) condition.sentence += " In all: " + condition.total.verdict + ".";
}

std::string title_of(const ConditionFindings& condition) {
  return fmt::format("{}, with {} number{} and {}", condition.decisive().who,
                     sys::format_count(condition.id.numbers), condition.id.numbers == 1 ? "" : "s",
                     text::count_text(static_cast<std::size_t>(condition.id.workers), "worker"));
}

// ---- over all ----

std::string sentence_of(const Overall& overall) {
  constexpr std::size_t shown_max = 5;
  if (overall.empty()) return {};
  const std::size_t shown = std::min(shown_max, overall.size() - 1);
  std::vector<std::string> parts;
  for (std::size_t i = 1; i <= shown; ++i) {
    const Estimate& ratio = overall[i].ratio_to_leader;
    parts.push_back(fmt::format("{} {:.2f} {}", overall[i].transport, *ratio.centre, interval_text(ratio)));
  }
  if (const std::size_t rest = overall.size() - 1 - shown; rest > 0)
    parts.push_back(fmt::format("and {} more up to {:.2f}", rest, *overall.back().ratio_to_leader.centre));
  const OverallRow& leader = overall.front();
  return fmt::format(
      "Over all {} conditions and {} blocks, geometric mean of the time as a multiple of {}'s: {}.",
      leader.conditions, leader.blocks, leader.transport, sys::join(parts, ", "));
}

// What so few blocks cannot show, where most transports are compared and some tie; "" if one pair alone would show.
std::string few_blocks_text(const std::vector<ConditionFindings>& conditions, const Summary& summary) {
  std::string text;
  std::size_t most_pairs = 0;
  for (const ConditionFindings& condition : conditions) {
    const Order& order = condition.decisive();
    if (!order.is_proven || order.places.size() < 2 || !order.places[1].is_tied()) continue;
    std::size_t ranked = 0, blocks = 0;
    for (const Place& place : order.places) {
      if (place.lacks_runs) continue;
      ++ranked;
      blocks = std::max(blocks, static_cast<std::size_t>(summary[place.row].runs_ok));
    }
    const std::size_t pairs = ranked * (ranked - 1) / 2;
    const std::size_t least = stats::least_told_apart(pairs, blocks);
    if (least == 1 || pairs <= most_pairs) continue;
    most_pairs = pairs;
    text = fmt::format(
        "Few blocks for so many transports: of {} pairs in {} blocks at least {} are told apart at once or "
        "none "
        "is, so a tie may be for want of blocks; from --blocks {} on a single pair can be.",
        pairs, blocks, least, stats::blocks_for_one(pairs));
  }
  return text;
}

// Who was not run as often as others, and why; "" where all were.
std::string left_out_text(const Summary& summary) {
  int left_out = 0, least = 0, most = 0, all = 0;
  for (const SummaryRow& row : summary) {
    all = std::max(all, row.runs_ok);
    if (!row.runs_until_slower) continue;
    const int runs = static_cast<int>(*row.runs_until_slower);
    least = left_out++ == 0 ? runs : std::min(least, runs);
    most = std::max(most, runs);
  }
  if (left_out == 0) return "";
  return fmt::format(
      "{} left out after {}{} as shown to be slower than another; what might be the best, or is next to "
      "another in the order, "
      "was run up to {} times (columns runs_until_slower and made_for).",
      text::count_text(static_cast<std::size_t>(left_out), "cell") + (left_out == 1 ? " was" : " were"),
      least == most ? "" : fmt::format("{} to ", least),
      text::count_text(static_cast<std::size_t>(most), "run"), all);
}

std::vector<std::string> reservations_on(const Summary& summary, const std::vector<RunRow>& runs) {
  constexpr double slow_start_least = 1.05;
  std::vector<std::string> sentences;
  const auto noisy = std::ranges::count_if(summary, [](const SummaryRow& row) { return row.noisy == 1; });
  if (noisy > 0) {
    // A sweep that goes on for the best or the order does not go on for this.
    const bool is_for_order = std::ranges::any_of(runs, [](const RunRow& run) {
      return run.made_for == Purpose::best || run.made_for == Purpose::order;
    });
    sentences.push_back(
        fmt::format("{} of {} cells are known less exactly than {} (column noisy); {} settles more of them.",
                    noisy, summary.size(), is_for_order ? "--precision says" : "was asked for",
                    is_for_order ? "--decide precision with a higher --time-budget"
                                 : "a higher --blocks-max or --time-budget"));
  }
  if (std::string text = left_out_text(summary); !text.empty()) sentences.push_back(std::move(text));
  const auto latest = latest_attempts(runs);
  const auto disturbed =
      std::ranges::count_if(latest, [](const RunRow& run) { return run.disturbed && !run.warm; });
  const std::size_t again = runs.size() - latest.size();
  if (disturbed > 0 || again > 0) {
    sentences.push_back(
        fmt::format("Other processes used the CPUs meanwhile: {} made again, {} counted although "
                    "disturbed (column disturbed).",
                    text::count_text(again, "run"), static_cast<std::size_t>(disturbed)));
  }
  if (const auto ratio = slow_start(runs); ratio && *ratio > slow_start_least) {
    sentences.push_back(
        fmt::format("Slow start: the first counted block took {:.0f} % longer than those after "
                    "it; one more --warmup leaves it out.",
                    (*ratio - 1) * 100));
  }
  return sentences;
}

std::vector<Trouble> troubles_of(const Summary& summary, const std::vector<std::string>& names,
                                 const std::set<std::string>& common) {
  std::vector<Trouble> troubles;
  for (std::size_t i = 0; i < summary.size(); ++i) {
    const SummaryRow& row = summary[i];
    if (row.status == CellStatus::ok || row.reason.empty()) continue;
    const std::string what = row.status == CellStatus::skipped ? "skipped: "
                             : row.runs_failed > 0             ? fmt::format("{} failed: ", row.runs_failed)
                                                               : "";
    troubles.push_back(
        {i, fmt::format("{}, {}: {}{}", names[i], text_of(row.cell, common), what, row.reason)});
  }
  // The library's version with ranges does not compile with clang 14.
  std::stable_partition(troubles.begin(), troubles.end(),
                        [&](const Trouble& it) { return summary[it.row].status != CellStatus::skipped; });
  return troubles;
}

// ---- as JSON ----

using nlohmann::ordered_json;

ordered_json json_of(const std::optional<double>& value) {
  return value ? ordered_json(*value) : ordered_json();
}

ordered_json json_of(const std::string& name, const Estimate& estimate) {
  return {{name, json_of(estimate.centre)},
          {name + "_ci_low", json_of(estimate.low)},
          {name + "_ci_high", json_of(estimate.high)}};
}

ordered_json json_of(const Order& order) {
  ordered_json places = ordered_json::array();
  for (const Place& place : order.places) {
    ordered_json& json =
        places.emplace_back(ordered_json{{"row", place.row},
                                         {"rank", place.rank},
                                         {"tied", place.is_tied()},
                                         {"percent_of_best", json_of(place.by.percent_of_best)}});
    json.update(json_of("ratio_to_best", place.by.ratio_to_best));
  }
  return {{"proven", order.is_proven},  {"best", order.best},       {"who", order.who},
          {"figure", order.figure},     {"share", order.share},     {"lead", order.lead},
          {"interval", order.interval}, {"verdict", order.verdict}, {"places", places}};
}

ordered_json json_of(const ConditionFindings& condition) {
  return {{"text", condition.text},
          {"numbers", condition.id.numbers},
          {"workers", condition.id.workers},
          {"files", condition.id.files},
          {"members", condition.members},
          {"by", condition.by_transfer ? "transfer" : "total"},
          {"sentence", condition.sentence},
          {"orders",
           {{"transfer", json_of(condition.transfer)},
            {"handover", json_of(condition.handover)},
            {"total", json_of(condition.total)},
            {"cpu", json_of(condition.cpu)}}}};
}

ordered_json json_of(const Overall& overall, const std::string& sentence) {
  if (overall.empty()) return {};
  ordered_json standings = ordered_json::array();
  for (const OverallRow& row : overall) {
    ordered_json& standing = standings.emplace_back(ordered_json{{"transport", row.transport}});
    standing.update(json_of("ratio_to_leader", row.ratio_to_leader));
  }
  return {{"sentence", sentence},
          {"leader", overall.front().transport},
          {"conditions", overall.front().conditions},
          {"blocks", overall.front().blocks},
          {"standings", standings}};
}

}  // namespace

std::string family_of(const Families& families, const std::string& transport) {
  const auto family = families.find(transport);
  return family == families.end() ? "" : family->second;
}

ordered_json rows_json(const std::vector<std::string>& names, const std::vector<std::string>& families) {
  ordered_json rows = ordered_json::array();
  for (std::size_t row = 0; row < names.size(); ++row)
    rows.push_back({{"name", names[row]}, {"family", families[row]}});
  return rows;
}

std::string list_text(std::vector<std::string> names) {
  constexpr std::size_t names_max = 4;
  if (names.size() > names_max + 1) {
    const std::string more = fmt::format("{} more", names.size() - names_max);
    names.resize(names_max);
    names.push_back(more);
  }
  if (names.size() < 2) return sys::join(names, "");
  const std::string last = names.back();
  names.pop_back();
  return sys::join(names, ", ") + " and " + last;
}

Findings findings_of(const Summary& summary, const Overall& overall, const std::vector<RunRow>& runs,
                     const Families& families, const host::KernelCosts& costs) {
  Findings findings;
  for (const SummaryRow& row : summary) {
    findings.names.push_back(name_of(row.cell));
    findings.families.push_back(family_of(families, row.cell.subject.name));
    findings.shares.push_back(share_of_memcpy(row));
  }
  findings.conditions = conditions_of(summary);
  const std::set<std::string> common = common_settings(findings.conditions);
  for (ConditionFindings& condition : findings.conditions) {
    condition.text = text_of(condition.id, common);
    describe(condition, summary, findings.names);
  }
  const auto first = std::ranges::find_if(findings.conditions, [](const ConditionFindings& condition) {
    return !condition.decisive().places.empty();
  });
  findings.title = findings.conditions.empty()
                       ? "No transport was measured"
                       : title_of(first == findings.conditions.end() ? findings.conditions.front() : *first);
  findings.headline = findings.conditions.empty()          ? "No transport was measured."
                      : first == findings.conditions.end() ? findings.conditions.front().sentence
                                                           : first->sentence;
  findings.two_orders = two_orders_of(findings.conditions, summary, findings.names, runs, costs);
  findings.floor = floor_text(summary, costs);
  findings.overall = overall;
  findings.overall_sentence = sentence_of(overall);
  findings.reservations = reservations_on(summary, runs);
  if (std::string text = few_blocks_text(findings.conditions, summary); !text.empty())
    findings.reservations.push_back(std::move(text));
  findings.troubles = troubles_of(summary, findings.names, common);
  return findings;
}

std::string findings_json(const Findings& findings) {
  ordered_json json = {
      {"schema", findings_schema}, {"title", findings.title}, {"headline", findings.headline}};
  json["rows"] = rows_json(findings.names, findings.families);  // of summary.csv, in its order
  for (std::size_t row = 0; row < findings.shares.size(); ++row)
    json["rows"][row]["of_memcpy"] = findings.shares[row];
  json["conditions"] = ordered_json::array();
  for (const ConditionFindings& condition : findings.conditions)
    json["conditions"].push_back(json_of(condition));
  json["two_orders"] = ordered_json::array();
  for (const TwoOrders& both : findings.two_orders)
    json["two_orders"].push_back({{"first", both.first},
                                  {"steady", both.steady},
                                  {"title", both.title},
                                  {"why", both.why},
                                  {"faults", both.faults}});
  json["floor"] = findings.floor;
  json["overall"] = json_of(findings.overall, findings.overall_sentence);
  json["reservations"] = findings.reservations;
  json["troubles"] = ordered_json::array();
  for (const Trouble& trouble : findings.troubles)
    json["troubles"].push_back({{"row", trouble.row}, {"text", trouble.text}});
  return text::json_text(json);
}

}  // namespace ipcsort::results
