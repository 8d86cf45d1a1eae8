#include "bench/messages/summary.hpp"

#include <algorithm>
#include <map>
#include <tuple>

#include "bench/stats/sample.hpp"
#include "sys/file.hpp"

namespace ipcsort::messages {
namespace {

using Rows = std::vector<const MicroRow*>;
using Value = std::optional<double> MicroRow::*;

Repeated repeated(const Rows& rows, Value value) {
  std::vector<double> values;
  for (const MicroRow* row : rows) {
    if (row->*value) values.push_back(*(row->*value));
  }
  if (values.empty()) return {};
  return {stats::median(values), std::ranges::min(values), std::ranges::max(values)};
}

MicroSummaryRow summary_of(const Rows& rows) {
  const MicroRow& first = *rows.front();
  MicroSummaryRow summary;
  summary.family = first.family;
  summary.transport = first.transport;
  summary.options = first.options;
  summary.bytes = first.bytes;
  summary.memory = first.memory;
  summary.placement = first.placement;
  Rows good;
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
  std::vector<Rows> groups;
  for (const MicroRow& row : rows) {
    if (row.transport.empty()) continue;
    const Key key{row.family, row.transport, row.options, row.bytes, row.memory, row.placement};
    const auto [place, fresh] = places.try_emplace(key, groups.size());
    if (fresh) groups.emplace_back();
    groups[place->second].push_back(&row);
  }
  std::vector<MicroSummaryRow> summary;
  for (const Rows& group : groups) summary.push_back(summary_of(group));
  add_ceilings(summary);
  return summary;
}

const text::Columns<MicroSummaryRow>& micro_summary_columns() {
  using S = MicroSummaryRow;
  static const text::Columns<S> columns = [] {
    std::vector<text::Column<S>> all = {
        text::column("family", "",
                     "throughput or latency, as in micro.csv, as are the columns up to placement",
                     &S::family),
        text::column("transport", "", "", &S::transport),
        text::column("options", "", "", &S::options),
        text::column("bytes", "B", "", &S::bytes),
        text::column("memory", "", "", &S::memory),
        text::column("placement", "", "", &S::placement),
        text::column("repetitions", "", "those that have figures", &S::repetitions),
        text::column("repetitions_failed", "", "", &S::repetitions_failed),
        text::column("error", "", "of the first of those", &S::error),
    };
    const auto add = [&all](const char* median, const char* min, const char* max, const char* unit,
                            const char* meaning, Repeated S::*figure) {
      const auto one = [&](const char* name, const char* what, std::optional<double> Repeated::*value) {
        all.push_back({name, unit, what, [=](const S& row) { return text::field::write(row.*figure.*value); },
                       [=](S& row, std::string_view text) { text::field::read(text, row.*figure.*value); }});
      };
      one(median, meaning, &Repeated::median);
      one(min, "", &Repeated::min);
      one(max, "", &Repeated::max);
    };
    add("bytes_per_s_median", "bytes_per_s_min", "bytes_per_s_max", "B/s",
        "over the repetitions, as are the next two; so on below", &S::bytes_per_s);
    add("messages_per_s_median", "messages_per_s_min", "messages_per_s_max", "1/s",
        "messages, or round trips", &S::messages_per_s);
    add("latency_p50_s_median", "latency_p50_s_min", "latency_p50_s_max", "s", "of round trips",
        &S::latency_p50_s);
    add("latency_p90_s_median", "latency_p90_s_min", "latency_p90_s_max", "s", "", &S::latency_p90_s);
    add("latency_p99_s_median", "latency_p99_s_min", "latency_p99_s_max", "s", "", &S::latency_p99_s);
    add("latency_p999_s_median", "latency_p999_s_min", "latency_p999_s_max", "s", "", &S::latency_p999_s);
    add("latency_p9999_s_median", "latency_p9999_s_min", "latency_p9999_s_max", "s", "", &S::latency_p9999_s);
    all.push_back(text::column("ceiling_bytes_per_s_median", "B/s",
                               "of memcpy_two_copies with the same bytes, memory and placement",
                               &S::ceiling_bytes_per_s_median));
    all.push_back(text::column("share_of_ceiling_median", "", "bytes_per_s_median over that",
                               &S::share_of_ceiling_median));
    return all;
  }();
  return columns;
}

void write_micro_summary(const std::string& directory, const std::vector<MicroSummaryRow>& summary) {
  sys::write_unless_the_same(directory + "/micro_summary.csv",
                             text::csv_text(micro_summary_columns(), summary));
}

}  // namespace ipcsort::messages
