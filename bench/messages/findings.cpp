#include "bench/messages/findings.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <tuple>

#include "bench/text/json.hpp"
#include "bench/text/units.hpp"

namespace ipcsort::messages {
namespace {

using Summary = std::vector<MicroSummaryRow>;
using Rows = std::vector<std::size_t>;
using Figure = Repeated MicroSummaryRow::*;

// Who is best by one figure, and who is not told apart from it.
struct Leaders {
  std::vector<std::string> names;  // the best first
  double best = 0;
  Repeated range;  // of the best
  int repetitions = 0;
  std::optional<double> ahead;  // how many times as good the best is as the next; nothing when alone
  std::size_t measured = 0;
  bool is_proven = false;  // more than one repetition each, so that a range says something

  [[nodiscard]] bool are_tied() const { return names.size() > 1; }
  [[nodiscard]] std::string who() const { return results::list_text(names); }
  [[nodiscard]] std::string who_leads() const {
    return who() + (are_tied() ? " are not told apart" : is_proven ? " leads" : " is ahead");
  }
  // "3.21 GB/s (2.90 GB/s to 3.40 GB/s in 3 repetitions)"
  [[nodiscard]] std::string figure(std::string (*text)(double)) const {
    const std::string low = text(*range.min), high = text(*range.max);
    return text(best) +
           (low == high ? "" : fmt::format(" ({} to {} in {} repetitions)", low, high, repetitions));
  }
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
  Leaders found{{names[rows.front()]}, *best.median, best, summary[rows.front()].repetitions,
                std::nullopt,          rows.size(),  true};
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

// The smallest and the largest message.
std::pair<double, double> sizes_of(const Summary& summary, const Rows& rows) {
  const auto bytes = [&](std::size_t row) { return *summary[row].bytes; };
  return {bytes(std::ranges::min(rows, {}, bytes)), bytes(std::ranges::max(rows, {}, bytes))};
}

std::string size_words(double bytes) { return text::size_text(static_cast<std::uint64_t>(bytes)); }

std::string throughput_sentence(const Summary& summary, const std::vector<std::string>& names) {
  const Rows rows = rows_of(summary, "throughput", &MicroSummaryRow::bytes_per_s);
  if (rows.empty()) return "";
  const auto [smallest, largest] = sizes_of(summary, rows);
  const auto best_at = [&](double size) {
    return *leaders_of(summary, names, of_size(summary, rows, size), &MicroSummaryRow::bytes_per_s, false);
  };
  const Leaders last = best_at(largest);
  const std::string who = last.who(), size = size_words(largest), rate = last.figure(text::rate_text);
  std::string text =
      !last.ahead ? fmt::format("{} moves messages of {} at {}", who, size, rate)
      : last.are_tied()
          ? fmt::format("With messages of {} {} are fastest and not told apart: {}", size, who, rate)
          : fmt::format("{} moves messages of {} fastest: {}, {:.2f}x the next{}", who, size, rate,
                        *last.ahead, last.unproven());
  if (smallest == largest) return text;
  const Leaders first = best_at(smallest);
  const bool same = !first.are_tied() && first.names == last.names;
  return text + fmt::format("; with {} {}: {}", size_words(smallest), same ? "too" : first.who_leads(),
                            first.figure(text::rate_text));
}

std::string latency_sentence(const Summary& summary, const std::vector<std::string>& names) {
  using S = MicroSummaryRow;
  Rows rows = rows_of(summary, "latency", &S::latency_p50_s);
  if (rows.empty()) return "";
  const double smallest = sizes_of(summary, rows).first;
  rows = of_size(summary, std::move(rows), smallest);
  const Leaders median = *leaders_of(summary, names, rows, &S::latency_p50_s, true);
  const std::string who = median.who(), size = size_words(smallest), time = median.figure(text::seconds_text);
  const std::string text =
      !median.ahead ? fmt::format("A round trip of {} takes {} {} at the median", size, who, time)
      : median.are_tied()
          ? fmt::format("{} make the round trip of {} fastest and are not told apart: {} at the median", who,
                        size, time)
          : fmt::format(
                "{} makes the round trip of {} fastest: {} at the median, the next takes {:.2f}x as "
                "long{}",
                who, size, time, *median.ahead, median.unproven());
  for (const auto& [figure, percentile] :
       {std::pair(&S::latency_p9999_s, "99.99"), std::pair(&S::latency_p999_s, "99.9"),
        std::pair(&S::latency_p99_s, "99"), std::pair(&S::latency_p90_s, "90")}) {
    const auto has_it = [&, which = figure](std::size_t row) {
      return (summary[row].*which).median.has_value();
    };
    if (!std::ranges::all_of(rows, has_it)) continue;
    const Leaders tail = *leaders_of(summary, names, rows, figure, true);
    const bool same = tail.names == median.names && !tail.are_tied();
    const std::string whose = !tail.ahead ? "" : (same ? "too" : tail.who_leads()) + ": ";
    return text + fmt::format("; at {} % {}{}", percentile, whose, tail.figure(text::seconds_text));
  }
  return text;
}

}  // namespace

MicroFindings micro_findings_of(const Summary& summary, const results::Families& families) {
  MicroFindings findings;
  for (const MicroSummaryRow& row : summary) {
    std::string name = row.transport + (row.options.empty() ? "" : ":" + row.options);
    std::ranges::replace(name, ' ', ':');
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
