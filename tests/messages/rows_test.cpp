// From what Google Benchmark writes to rows and tables.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "bench/messages/rows.hpp"
#include "bench/messages/summary.hpp"
#include "tests/support.hpp"

namespace ipcsort::messages {
namespace {

using ::testing::HasSubstr;

std::vector<MicroRow> rows_of(const std::string& benchmarks) {
  return micro_rows(nlohmann::ordered_json::parse(R"({"context": {}, "benchmarks": [)" + benchmarks + "]}"));
}

constexpr const char* round_trips = R"({
  "run_name": "latency/transport:pipe/options:capacity=1M,wait=spin/bytes:4096/memory:hot/placement:cross/manual_time",
  "run_type": "iteration", "repetition_index": 2, "iterations": 500, "real_time": 8.5, "time_unit": "us",
  "bytes_per_second": 9e8, "items_per_second": 1.2e5, "latency_p50_s": 8e-6, "latency_p99_s": 2e-5})";

TEST(MicroRows, OfATransport) {
  const MicroRow row = rows_of(round_trips).at(0);
  EXPECT_EQ(row.family, "latency");
  EXPECT_EQ(row.transport, "pipe");
  EXPECT_EQ(row.options, "capacity=1M wait=spin");
  EXPECT_EQ(row.bytes, 4096);
  EXPECT_EQ(row.memory, "hot");
  EXPECT_EQ(row.placement, "cross");
  EXPECT_EQ(row.repetition, 2U);
  EXPECT_EQ(row.iterations, 500U);
  EXPECT_DOUBLE_EQ(row.real_time_s.value(), 8.5e-6);
  EXPECT_EQ(row.messages_per_s, 1.2e5);
  EXPECT_FALSE(row.numbers_per_s.has_value());
  EXPECT_EQ(row.latency_p99_s, 2e-5);
  EXPECT_FALSE(row.latency_p999_s.has_value());
}

TEST(MicroRows, OfAKernel) {
  const MicroRow row =
      rows_of(R"({"run_name": "merge/numbers:8000/runs:4/threads:2/real_time", "run_type": "iteration",
                  "repetition_index": 0, "iterations": 7, "real_time": 3, "time_unit": "ms",
                  "items_per_second": 5e7})")
          .at(0);
  EXPECT_EQ(row.family, "merge");
  EXPECT_EQ(row.transport, "");
  EXPECT_EQ(row.numbers, 8000);
  EXPECT_EQ(row.threads, 2);
  EXPECT_EQ(row.numbers_per_s, 5e7);
  EXPECT_FALSE(row.messages_per_s.has_value());
}

TEST(MicroRows, AnErrorHasNoFiguresAndAggregatesAreNoRows) {
  const auto rows = rows_of(R"({"run_name": "throughput/transport:pipe/bytes:1", "run_type": "iteration",
                                "repetition_index": 0, "error_occurred": true, "error_message": "gone",
                                "iterations": 0, "real_time": 0, "time_unit": "ns"},
                               {"run_name": "x", "run_type": "aggregate", "aggregate_name": "median"})");
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].error, "gone");
  EXPECT_FALSE(rows[0].real_time_s.has_value());
  EXPECT_THAT(micro_tables(rows), ::testing::IsEmpty());
}

TEST(MicroRows, OfSomethingElse) {
  for (const char* text :
       {"{}", "[]", R"({"benchmarks": [{}]})", R"({"benchmarks": [{"run_type": "iteration"}]})"}) {
    EXPECT_THAT(
        test::message_of<std::runtime_error>([&] { micro_rows(nlohmann::ordered_json::parse(text)); }),
        HasSubstr("not what Google Benchmark writes"))
        << text;
  }
}

TEST(MicroSummary, OneRowForEachBenchmarkOfATransport) {
  std::vector<MicroRow> rows(3, rows_of(round_trips).at(0));
  rows[0].bytes_per_s = 1e9;
  rows[1].bytes_per_s = 4e9;
  rows[2].error = "gone";
  rows.push_back(rows[0]);  // the ceiling of the same messages
  rows[3].transport = micro_ceiling;
  rows[3].options = "";
  rows[3].bytes_per_s = 5e9;
  rows.push_back(rows[0]);  // another benchmark, which has no ceiling
  rows[4].placement = "same";
  rows.emplace_back();  // a kernel
  const auto summary = summarize_micro(rows);
  ASSERT_EQ(summary.size(), 3U);
  EXPECT_EQ(summary[0].transport, "pipe");
  EXPECT_EQ(summary[0].repetitions, 2);
  EXPECT_EQ(summary[0].repetitions_failed, 1);
  EXPECT_EQ(summary[0].error, "gone");
  EXPECT_EQ(summary[0].bytes_per_s.median, 2.5e9);
  EXPECT_EQ(summary[0].bytes_per_s.min, 1e9);
  EXPECT_EQ(summary[0].bytes_per_s.max, 4e9);
  EXPECT_EQ(summary[0].latency_p99_s.median, 2e-5);
  EXPECT_FALSE(summary[0].latency_p999_s.median.has_value());
  EXPECT_EQ(summary[0].ceiling_bytes_per_s_median, 5e9);
  EXPECT_EQ(summary[0].share_of_ceiling_median, 0.5);
  EXPECT_FALSE(summary[2].share_of_ceiling_median.has_value());
}

TEST(MicroText, HasTheMedianOfTheRepetitions) {
  std::vector<MicroRow> rows(3, rows_of(round_trips).at(0));
  rows[0].latency_p50_s = 1e-6;
  rows[1].latency_p50_s = 3e-6;
  rows[2].latency_p50_s = 2e-6;
  EXPECT_THAT(text::table_text(micro_tables(rows).at(0), {}),
              HasSubstr("latency, memory hot, placement cross: p50\n"
                        "transport                     4 KiB\n"
                        "pipe capacity=1M wait=spin  2.00 us\n"));
}

}  // namespace
}  // namespace ipcsort::messages
