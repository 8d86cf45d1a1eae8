// One row of micro.csv: one repetition of one micro benchmark. Made from the JSON that Google Benchmark
// writes.
#pragma once

#include <compare>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bench/text/csv.hpp"

namespace ipcsort::messages {

// Which benchmark.
struct MicroId {
  std::string family;  // throughput latency parse sort merge merge_library copy

  // Of transports.
  std::string transport, options;
  std::optional<double> bytes;  // of a message; of the whole for copy
  std::string memory, placement;

  auto operator<=>(const MicroId&) const = default;
};

struct MicroRow : MicroId {
  // Of kernels.
  std::string parser, sorter;
  std::optional<double> numbers, runs, threads, fresh;

  std::uint64_t repetition = 0;
  std::uint64_t iterations = 0;
  std::string error;  // not empty: no figures
  std::optional<double> real_time_s, bytes_per_s, messages_per_s, numbers_per_s;
  std::optional<double> latency_p50_s, latency_p90_s, latency_p99_s, latency_p999_s, latency_p9999_s;
};

// The transport's name in rows of the ceiling of throughput: what two processes reach that only copy.
inline constexpr std::string_view micro_ceiling = "memcpy_two_copies";

const text::Columns<MicroRow>& micro_columns();

// The repetitions in what Google Benchmark wrote, in its order; its aggregates are passed over. Throws
// std::runtime_error when `json` is something else.
std::vector<MicroRow> micro_rows(const nlohmann::ordered_json& json);

// Reads DIRECTORY/micro.csv. Throws UsageError naming what is wrong with the directory.
std::vector<MicroRow> load_micro(const std::string& directory);

}  // namespace ipcsort::messages
