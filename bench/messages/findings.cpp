#include "bench/messages/findings.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <tuple>

#include "bench/text/json.hpp"
#include "bench/text/units.hpp"
#include "sys/text.hpp"

namespace ipcsort::messages {
namespace {

using Summary = std::vector<MicroSummaryRow>;
using Rows = std::vector<std::size_t>;
using Figure = Repeated MicroSummaryRow::*;

// Who is best by one figure, and who is not told apart from it.
struct Leaders {
  std::vector<std::string> names;  // the best first
  double best = 0;
  std::optional<double> ahead;  // how many times as good the best is as the next; nothing when alone
  std::size_t measured = 0;
  bool is_proven = false;  // more than one repetition each, so that a range says something

  [[nodiscard]] bool are_tied() const { return names.size() > 1; }
  [[nodiscard]] std::string unproven() const {
    return is_proven || !ahead ? "" : " (one repetition each: not proven)";
  }
};

// With less is better of times.
std::optional<Leaders> leaders_of(const Summary& summary, const std::vector<std::string>& names, Rows rows,
                                  Figure figure, bool is_time) {
  const auto value = [&](std::size_t row) -> const Repeated& { return summary[row].*figure; };
  std::erase_if(rows, [&](std::size_t row) { return value(row).median.value_or(0) <= 0; });
  if (rows.empty()) return std::nullopt;
  std::ranges::sort(rows, {}, [&](std::size_t row) {
    return std::tuple(is_time ? *value(row).median : -*value(row).median, names[row]);
  });
  const Repeated& best = value(rows.front());
  Leaders found{{names[rows.front()]}, *best.median, std::nullopt, rows.size(), true};
  for (const std::size_t row : rows) found.is_proven = found.is_proven && summary[row].repetitions > 1;
  if (rows.size() > 1) {
    const double next = *value(rows[1]).median;
    found.ahead = is_time ? next / *best.median : *best.median / next;
  }
  for (auto row = rows.begin() + 1; row != rows.end() && found.is_proven; ++row) {
    if (value(*row).min <= best.max && best.min <= value(*row).max) found.names.push_back(names[*row]);
  }
  return found;
}

// Best known first: two CPUs before one, the same buffer before others.
auto preference(const MicroSummaryRow& row) {
  constexpr std::array<std::string_view, 3> placements = {"cross", "free", "same"};
  constexpr std::array<std::string_view, 3> memories = {"hot", "stream", "cold"};
  return std::pair(std::ranges::find(memories, row.memory) - memories.begin(),
                   std::ranges::find(placements, row.placement) - placements.begin());
}

// The transports of one kind of benchmark with such a figure, where it is best known.
Rows rows_of(const Summary& summary, std::string_view family, Figure figure) {
  Rows rows;
  for (std::size_t i = 0; i < summary.size(); ++i) {
    const MicroSummaryRow& row = summary[i];
    if (row.family == family && row.bytes.value_or(0) > 0 && (row.*figure).median.value_or(0) > 0 &&
        !row.transport.starts_with("memcpy_"))
      rows.push_back(i);
  }
  if (rows.empty()) return rows;
  const auto best = preference(summary[*std::ranges::min_element(
      rows, {}, [&](std::size_t row) { return preference(summary[row]); })]);
  std::erase_if(rows, [&](std::size_t row) { return preference(summary[row]) != best; });
  return rows;
}

Rows of_size(const Summary& summary, Rows rows, double bytes) {
  std::erase_if(rows, [&](std::size_t row) { return summary[row].bytes != bytes; });
  return rows;
}

std::string size_words(double bytes) { return text::size_text(static_cast<std::uint64_t>(bytes)); }

std::string throughput_sentence(const Summary& summary, const std::vector<std::string>& names) {
  const Rows rows = rows_of(summary, "throughput", &MicroSummaryRow::bytes_per_s);
  if (rows.empty()) return "";
  const auto bytes = [&](std::size_t row) { return *summary[row].bytes; };
  const double smallest = bytes(std::ranges::min(rows, {}, bytes));
  const double largest = bytes(std::ranges::max(rows, {}, bytes));
  const auto best_at = [&](double size) {
    return *leaders_of(summary, names, of_size(summary, rows, size), &MicroSummaryRow::bytes_per_s, false);
  };
  const Leaders last = best_at(largest);
  std::string text = results::list_text(last.names);
  if (!last.ahead) {
    text += " moves messages of " + size_words(largest) + " at " + text::rate_text(last.best);
  } else if (last.are_tied()) {
    text = "With messages of " + size_words(largest) + " " + text +
           " are fastest and not told apart: " + text::rate_text(last.best);
  } else {
    text += " moves messages of " + size_words(largest) + " fastest: " + text::rate_text(last.best) + ", " +
            text::fixed(*last.ahead, 2) + "x the next" + last.unproven();
  }
  if (smallest == largest) return text;
  const Leaders first = best_at(smallest);
  text += "; with " + size_words(smallest) + " ";
  if (first.are_tied())
    return text + results::list_text(first.names) + " are not told apart: " + text::rate_text(first.best);
  const bool same = first.names == last.names;
  return text + (same ? "too" : first.names.front() + (first.is_proven ? " leads" : " is ahead")) + ": " +
         text::rate_text(first.best);
}

std::string latency_sentence(const Summary& summary, const std::vector<std::string>& names) {
  using S = MicroSummaryRow;
  Rows rows = rows_of(summary, "latency", &S::latency_p50_s);
  if (rows.empty()) return "";
  const auto bytes = [&](std::size_t row) { return *summary[row].bytes; };
  const double smallest = bytes(std::ranges::min(rows, {}, bytes));
  rows = of_size(summary, std::move(rows), smallest);
  const Leaders median = *leaders_of(summary, names, rows, &S::latency_p50_s, true);
  const std::string size = size_words(smallest);
  std::string text;
  if (!median.ahead) {
    text = "A round trip of " + size + " takes " + median.names.front() + " " +
           text::seconds_text(median.best) + " at the median";
  } else if (median.are_tied()) {
    text = results::list_text(median.names) + " make the round trip of " + size +
           " fastest and are not told apart: " + text::seconds_text(median.best) + " at the median";
  } else {
    text = median.names.front() + " makes the round trip of " + size +
           " fastest: " + text::seconds_text(median.best) + " at the median, the next takes " +
           text::fixed(*median.ahead, 2) + "x as long" + median.unproven();
  }
  for (const auto& [figure, percentile] :
       {std::pair(&S::latency_p9999_s, "99.99"), std::pair(&S::latency_p999_s, "99.9"),
        std::pair(&S::latency_p99_s, "99"), std::pair(&S::latency_p90_s, "90")}) {
    if (!std::ranges::all_of(rows,
                             [&](std::size_t row) { return (summary[row].*figure).median.has_value(); }))
      continue;
    const Leaders tail = *leaders_of(summary, names, rows, figure, true);
    text += "; at " + std::string{percentile} + " % ";
    if (tail.ahead && tail.names == median.names && !tail.are_tied()) {
      text += "too";
    } else if (tail.ahead) {
      text += results::list_text(tail.names) + (tail.are_tied()  ? " are not told apart"
                                                : tail.is_proven ? " leads"
                                                                 : " is ahead");
    }
    return text + (tail.ahead ? ": " : "") + text::seconds_text(tail.best);
  }
  return text;
}

}  // namespace

MicroFindings micro_findings_of(const Summary& summary, const results::Families& families) {
  MicroFindings findings;
  for (const MicroSummaryRow& row : summary) {
    std::string name = row.transport;
    for (const std::string& option : sys::split(row.options, ' ')) {
      if (!option.empty()) name += ":" + option;
    }
    findings.names.push_back(std::move(name));
    findings.families.push_back(results::family_of(families, row.transport));
  }
  findings.throughput = throughput_sentence(summary, findings.names);
  findings.latency = latency_sentence(summary, findings.names);
  return findings;
}

std::string micro_findings_json(const MicroFindings& findings) {
  return text::json_text(
      nlohmann::ordered_json{{"schema", results::findings_schema},
                             {"rows", results::rows_json(findings.names, findings.families)},
                             {"throughput", findings.throughput},
                             {"latency", findings.latency}});
}

}  // namespace ipcsort::messages
