#include "bench/messages/summary.hpp"

#include <algorithm>
#include <map>
#include <tuple>

#include "bench/stats/sample.hpp"
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
  const MicroRow& first = *rows.front();
  MicroSummaryRow summary;
  summary.family = first.family;
  summary.transport = first.transport;
  summary.options = first.options;
  summary.bytes = first.bytes;
  summary.memory = first.memory;
  summary.placement = first.placement;
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
  using Key = std::tuple<std::string, std::optional<double>, std::string, std::string>;
  const auto key = [](const MicroSummaryRow& row) {
    return Key{row.family, row.bytes, row.memory, row.placement};
  };
  std::map<Key, double> ceilings;
  for (const MicroSummaryRow& row : summary) {
    if (row.transport == micro_ceiling && row.bytes_per_s.median)
      ceilings[key(row)] = *row.bytes_per_s.median;
  }
  for (MicroSummaryRow& row : summary) {
    const auto ceiling = ceilings.find(key(row));
    if (ceiling == ceilings.end() || !row.bytes_per_s.median) continue;
    row.ceiling_bytes_per_s_median = ceiling->second;
    row.share_of_ceiling_median = *row.bytes_per_s.median / ceiling->second;
  }
}

}  // namespace

std::vector<MicroSummaryRow> summarize_micro(const std::vector<MicroRow>& rows) {
  using Key =
      std::tuple<std::string, std::string, std::string, std::optional<double>, std::string, std::string>;
  std::map<Key, std::size_t> places;
  std::vector<Repetitions> groups;
  for (const MicroRow& row : rows) {
    if (row.transport.empty()) continue;
    const Key key{row.family, row.transport, row.options, row.bytes, row.memory, row.placement};
    const auto [place, fresh] = places.try_emplace(key, groups.size());
    if (fresh) groups.emplace_back();
    groups[place->second].push_back(&row);
  }
  std::vector<MicroSummaryRow> summary;
  for (const Repetitions& group : groups) summary.push_back(summary_of(group));
  add_ceilings(summary);
  return summary;
}

namespace {

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

const text::Columns<MicroSummaryRow>& micro_summary_columns() {
  using text::column;
  using text::of_role;
  using text::Role;
  static const text::Columns<S> columns = text::joined<S>({
      of_role(Role::condition,
              text::Columns<S>{column("family", "", "throughput or latency, as in micro.csv", &S::family),
                               column("transport", "", "its name, as in micro.csv", &S::transport),
                               column("options", "", "of the transport, as in micro.csv", &S::options),
                               column("bytes", "B", "size of a message", &S::bytes)}),
      of_role(Role::setting, text::Columns<S>{column("memory", "", "as in micro.csv", &S::memory),
                                              column("placement", "", "as in micro.csv", &S::placement)}),
      of_role(
          Role::judgement,
          text::Columns<S>{column("repetitions", "", "those that have figures", &S::repetitions),
                           column("repetitions_failed", "", "those that have none", &S::repetitions_failed),
                           column("error", "", "of the first that failed", &S::error)}),
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

void write_micro_summary(const std::string& directory, const std::vector<MicroSummaryRow>& summary) {
  sys::write_unless_the_same(directory + "/micro_summary.csv",
                             text::csv_text(micro_summary_columns(), summary));
}

}  // namespace ipcsort::messages
