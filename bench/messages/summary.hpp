// From the repetitions in micro.csv to one row per benchmark of a transport: what the charts of messages
// show. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bench/messages/rows.hpp"
#include "bench/text/csv.hpp"
#include "bench/text/table.hpp"

namespace ipcsort::messages {

// Of a figure over the repetitions that have it. They are too few, and too much alike, for an interval.
struct Repeated {
  std::optional<double> median, min, max;
};

struct MicroSummaryRow : MicroId {  // of throughput or latency
  int repetitions = 0;              // with figures
  int repetitions_failed = 0;
  std::string error;  // of the first of those
  Repeated bytes_per_s, messages_per_s;
  Repeated latency_p50_s, latency_p90_s, latency_p99_s, latency_p999_s, latency_p9999_s;
  std::optional<double> ceiling_bytes_per_s_median, share_of_ceiling_median;  // of throughput
};

const text::Columns<MicroSummaryRow>& micro_summary_columns();

// One row per benchmark of a transport, in the order in which they first appear; kernels have none.
std::vector<MicroSummaryRow> summarize_micro(const std::vector<MicroRow>& rows);

// The rows as tables for people: medians over the repetitions, transports by message size. What all of a
// table share is its title.
std::vector<text::Table> micro_tables(const std::vector<MicroRow>& rows);

// Writes DIRECTORY/micro_summary.csv unless it says the same already. Throws std::system_error.
void write_micro_summary(const std::string& directory, const std::vector<MicroSummaryRow>& summary);

}  // namespace ipcsort::messages
