#include "bench/messages/summary.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <map>

#include "bench/stats/sample.hpp"
#include "bench/text/units.hpp"
#include "sys/file.hpp"

namespace ipcsort::messages {
namespace {

using Repetitions = std::vector<const MicroRow*>;
using Value = std::optional<double> MicroRow::*;

Repeated repeated(const Repetitions& rows, Value value) {
  std::vector<double> values;
  for (const MicroRow* row : rows) {
    if (row->*value) values.push_back(*(row->*value));
  }
  if (values.empty()) return {};
  return {stats::median(values), std::ranges::min(values), std::ranges::max(values)};
}

MicroSummaryRow summary_of(const Repetitions& rows) {
  MicroSummaryRow summary;
  static_cast<MicroId&>(summary) = *rows.front();
  Repetitions good;
  for (const MicroRow* row : rows) {
    if (row->error.empty()) {
      good.push_back(row);
    } else if (summary.repetitions_failed++ == 0) {
      summary.error = row->error;
    }
  }
  summary.repetitions = static_cast<int>(good.size());
  summary.bytes_per_s = repeated(good, &MicroRow::bytes_per_s);
  summary.messages_per_s = repeated(good, &MicroRow::messages_per_s);
  summary.latency_p50_s = repeated(good, &MicroRow::latency_p50_s);
  summary.latency_p90_s = repeated(good, &MicroRow::latency_p90_s);
  summary.latency_p99_s = repeated(good, &MicroRow::latency_p99_s);
  summary.latency_p999_s = repeated(good, &MicroRow::latency_p999_s);
  summary.latency_p9999_s = repeated(good, &MicroRow::latency_p9999_s);
  return summary;
}

// What two processes reach that only copy, with the same messages.
void add_ceilings(std::vector<MicroSummaryRow>& summary) {
  std::map<MicroId, double> ceilings;
  for (const MicroSummaryRow& row : summary) {
    if (row.transport == micro_ceiling && row.bytes_per_s.median) ceilings[row] = *row.bytes_per_s.median;
  }
  for (MicroSummaryRow& row : summary) {
    MicroId id = row;
    id.transport = micro_ceiling;
    id.options.clear();
    const auto ceiling = ceilings.find(id);
    if (ceiling == ceilings.end() || !row.bytes_per_s.median) continue;
    row.ceiling_bytes_per_s_median = ceiling->second;
    row.share_of_ceiling_median = *row.bytes_per_s.median / ceiling->second;
  }
}

// ---------------------------------------------------------------- tables

std::string subject_of(const MicroId& id) {
  return id.transport + (id.options.empty() ? "" : " " + id.options);
}

// Groups of rows by a key, in the order in which the keys appear.
template <typename Row, typename Key>
auto grouped(const std::vector<const Row*>& rows, Key key) {
  std::vector<std::pair<std::string, std::vector<const Row*>>> groups;
  for (const Row* row : rows) {
    const std::string name = key(*row);
    auto group = std::ranges::find(groups, name, [](const auto& it) { return it.first; });
    if (group == groups.end()) group = groups.insert(groups.end(), {name, {}});
    group->second.push_back(row);
  }
  return groups;
}

// What all rows share is the title; transports down, message sizes across; shares of the ceiling if it
// is there.
text::Table transports_table(const std::string& title, const std::vector<const MicroSummaryRow*>& rows,
                             Repeated MicroSummaryRow::*figure, std::string (*text)(double)) {
  const auto by_size = grouped(rows, [](const MicroId& id) {
    return text::size_text(static_cast<std::uint64_t>(id.bytes.value_or(0)));
  });
  text::Table table{title, {{"transport", true}}, {}};
  // Of sizes in order every second one is missed least, then every second of the others.
  const std::size_t sizes = by_size.size();
  for (std::size_t i = 0; i < sizes; ++i) {
    const bool is_at_an_end = i == 0 || i + 1 == sizes;
    const int spare =
        is_at_an_end ? 1 : std::numeric_limits<int>::digits - std::countr_zero(static_cast<unsigned>(i));
    table.headings.push_back({by_size[i].first, false, spare});
  }
  for (const auto& group : grouped(rows, subject_of)) {
    const std::string& subject = group.first;
    std::vector<text::TableCell>& line = table.rows.emplace_back();
    line.push_back({subject, subject == micro_ceiling ? text::Tint::faint : text::Tint::none});
    for (const auto& [size, of_size] : by_size) {
      const auto is_its = [&](const MicroSummaryRow* row) { return subject_of(*row) == subject; };
      const auto row = std::ranges::find_if(of_size, is_its);
      const auto median = row == of_size.end() ? std::nullopt : ((*row)->*figure).median;
      const auto share = median ? (*row)->share_of_ceiling_median : std::nullopt;
      line.push_back({!median ? "-" : text(*median) + (share ? "  " + text::percent_text(*share) : "")});
    }
  }
  return table;
}

std::string kernel_name(const MicroRow& row) {
  std::string name = row.family;
  for (const std::string& word : {row.parser, row.sorter}) name += word.empty() ? "" : " " + word;
  if (row.threads) name += fmt::format(" {:.0f} runs, threads {:.0f}", row.runs.value_or(0), *row.threads);
  if (row.fresh) name += *row.fresh == 0 ? " to used memory" : " to fresh memory";
  return name;
}

text::Table kernels_table(const std::vector<const MicroRow*>& rows) {
  text::Table table;
  for (const auto& group : grouped(rows, kernel_name)) {
    // "-" when no row has it.
    const auto median = [&](std::optional<double> MicroRow::*value, std::string (*text)(double)) {
      const auto figure = repeated(group.second, value).median;
      return text::TableCell{figure ? text(*figure) : "-"};
    };
    table.add({{{"kernel", true}, {group.first}},
               {{"time"}, median(&MicroRow::real_time_s, text::seconds_text)},
               {{"bytes"}, median(&MicroRow::bytes_per_s, text::rate_text)},
               {{"numbers"}, median(&MicroRow::numbers_per_s, [](double per_s) {
                  return fmt::format("{} M/s", std::llround(per_s / 1e6));
                })}});
  }
  return table;
}

// ---------------------------------------------------------------- columns

using S = MicroSummaryRow;

// NAME_median, NAME_min and NAME_max over the repetitions.
text::Columns<S> repeated_columns(const std::string& name, std::string_view unit, const std::string& what,
                                  Repeated S::*figure) {
  return {
      text::column<S>(name + "_median", unit, what + ", median over the repetitions", figure,
                      &Repeated::median),
      text::column<S>(name + "_min", unit, what + ", the least of the repetitions", figure, &Repeated::min),
      text::column<S>(name + "_max", unit, what + ", the most of the repetitions", figure, &Repeated::max)};
}

}  // namespace

std::vector<MicroSummaryRow> summarize_micro(const std::vector<MicroRow>& rows) {
  std::map<MicroId, std::size_t> places;
  std::vector<Repetitions> groups;
  for (const MicroRow& row : rows) {
    if (row.transport.empty()) continue;
    const auto [place, fresh] = places.try_emplace(row, groups.size());
    if (fresh) groups.emplace_back();
    groups[place->second].push_back(&row);
  }
  std::vector<MicroSummaryRow> summary;
  for (const Repetitions& group : groups) summary.push_back(summary_of(group));
  add_ceilings(summary);
  return summary;
}

const text::Columns<MicroSummaryRow>& micro_summary_columns() {
  using text::column;
  using text::of_role;
  using text::Role;
  const text::Columns<S> condition = {
      column<S>("family", "", "throughput or latency, as in micro.csv", &S::family),
      column<S>("transport", "", "its name, as in micro.csv", &S::transport),
      column<S>("options", "", "of the transport, as in micro.csv", &S::options),
      column<S>("bytes", "B", "size of a message", &S::bytes)};
  const text::Columns<S> settings = {column<S>("memory", "", "as in micro.csv", &S::memory),
                                     column<S>("placement", "", "as in micro.csv", &S::placement)};
  const text::Columns<S> outcome = {
      column("repetitions", "", "those that have figures", &S::repetitions),
      column("repetitions_failed", "", "those that have none", &S::repetitions_failed),
      column("error", "", "of the first that failed", &S::error)};
  static const text::Columns<S> columns = text::joined<S>({
      of_role(Role::condition, condition),
      of_role(Role::setting, settings),
      of_role(Role::judgement, outcome),
      repeated_columns("bytes_per_s", "B/s", "of messages one way, or of round trips both ways",
                       &S::bytes_per_s),
      repeated_columns("messages_per_s", "1/s", "messages, or round trips", &S::messages_per_s),
      repeated_columns("latency_p50_s", "s", "median of the round trips", &S::latency_p50_s),
      repeated_columns("latency_p90_s", "s", "90 % quantile of the round trips", &S::latency_p90_s),
      repeated_columns("latency_p99_s", "s", "99 % quantile of the round trips", &S::latency_p99_s),
      repeated_columns("latency_p999_s", "s", "99.9 % quantile of the round trips", &S::latency_p999_s),
      repeated_columns("latency_p9999_s", "s", "99.99 % quantile of the round trips", &S::latency_p9999_s),
      {column("ceiling_bytes_per_s_median", "B/s",
              "of memcpy_two_copies with the same bytes, memory and placement",
              &S::ceiling_bytes_per_s_median),
       column("share_of_ceiling_median", "", "bytes_per_s_median over that", &S::share_of_ceiling_median)},
  });
  return columns;
}

std::vector<text::Table> micro_tables(const std::vector<MicroRow>& rows) {
  const std::vector<MicroSummaryRow> summary = summarize_micro(rows);
  std::vector<const MicroSummaryRow*> transports;
  for (const MicroSummaryRow& row : summary) {
    if (row.repetitions > 0) transports.push_back(&row);
  }
  std::vector<text::Table> tables;
  const auto condition = [](const MicroId& id) {
    return fmt::format("{}, memory {}, placement {}", id.family, id.memory, id.placement);
  };
  for (const auto& [title, its] : grouped(transports, condition)) {
    if (its.front()->family == "throughput") {
      tables.push_back(transports_table(title, its, &S::bytes_per_s, text::rate_text));
    } else {
      tables.push_back(transports_table(title + ": p50", its, &S::latency_p50_s, text::seconds_text));
      tables.push_back(transports_table(title + ": p99", its, &S::latency_p99_s, text::seconds_text));
    }
  }
  std::vector<const MicroRow*> kernels;
  for (const MicroRow& row : rows) {
    if (row.error.empty() && row.transport.empty()) kernels.push_back(&row);
  }
  if (!kernels.empty()) tables.push_back(kernels_table(kernels));
  return tables;
}

void write_micro_summary(const std::string& directory, const std::vector<MicroSummaryRow>& summary) {
  sys::write_unless_the_same(directory + "/micro_summary.csv",
                             text::csv_text(micro_summary_columns(), summary));
}

}  // namespace ipcsort::messages
