#include "tests/kill_loop/tally.hpp"

#include <algorithm>
#include <cstdio>

#include "bench/stats/sample.hpp"
#include "bench/text/csv.hpp"
#include "bench/text/units.hpp"

namespace ipcsort::kill_loop {
namespace {

// Microseconds are all that such a time is worth.
std::string text_of(double milliseconds) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3f", milliseconds);
  return text;
}

void add_times(const std::vector<double>& times, std::vector<std::string>& fields) {
  for (const double p : {0.5, 0.99, 1.0}) {
    fields.push_back(times.empty() ? "" : text_of(stats::quantile(times, p)));
  }
}

std::vector<std::string> fields_of(const Tally& tally) {
  std::vector<std::string> fields{tally.transport};
  for (const int count : {tally.kills, tally.ok_after_sent, tally.hangs, tally.leaks, tally.wrong}) {
    fields.push_back(std::to_string(count));
  }
  add_times(tally.noticed_ms, fields);
  add_times(tally.row_ms, fields);
  return fields;
}

}  // namespace

Tally& Tally::operator+=(const Tally& other) {
  kills += other.kills;
  ok_after_sent += other.ok_after_sent;
  hangs += other.hangs;
  leaks += other.leaks;
  wrong += other.wrong;
  noticed_ms.insert(noticed_ms.end(), other.noticed_ms.begin(), other.noticed_ms.end());
  row_ms.insert(row_ms.end(), other.row_ms.begin(), other.row_ms.end());
  return *this;
}

std::string table(std::span<const Tally> tallies) {
  std::vector<std::vector<std::string>> rows = {
      {"", "", "", "", "", "", "noticed, ms", "", "", "row, ms", "", ""},
      {"transport", "kills", "ok", "hangs", "leaks", "wrong", "p50", "p99", "max", "p50", "p99", "max"}};
  Tally all;
  all.transport = "all";
  for (const Tally& tally : tallies) {
    rows.push_back(fields_of(tally));
    all += tally;
  }
  rows.push_back(fields_of(all));
  return text::aligned(rows);
}

std::string csv(std::span<const Tally> tallies) {
  std::string text =
      text::csv_line({"transport", "kills", "ok_after_sent", "hangs", "leaks", "wrong", "noticed_ms_p50",
                      "noticed_ms_p99", "noticed_ms_max", "row_ms_p50", "row_ms_p99", "row_ms_max"});
  for (const Tally& tally : tallies) text += text::csv_line(fields_of(tally));
  return text;
}

}  // namespace ipcsort::kill_loop
