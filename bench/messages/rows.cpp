#include "bench/messages/rows.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <tuple>

#include "sys/error.hpp"
#include "sys/file.hpp"
#include "sys/text.hpp"

namespace ipcsort::messages {
namespace {

using Json = nlohmann::ordered_json;

// "family/key:value/.../manual_time"; what has no key says how Google Benchmark took the time.
MicroRow row_named(const std::string& name) {
  MicroRow row;
  row.family = name.substr(0, name.find('/'));
  for (const std::string& part : sys::split(name, '/')) {
    const std::size_t colon = part.find(':');
    const auto column =
        std::ranges::find(micro_columns(), part.substr(0, colon), &text::Column<MicroRow>::name);
    if (colon != std::string::npos && column != micro_columns().end())
      column->set(row, part.substr(colon + 1));
  }
  row.options = sys::join(sys::split(row.options, ','), " ");
  return row;
}

double seconds_of_unit(const std::string& unit) {
  return std::map<std::string, double>{{"ns", 1e-9}, {"us", 1e-6}, {"ms", 1e-3}, {"s", 1.0}}.at(unit);
}

std::optional<double> number_at(const Json& benchmark, const char* key) {
  const auto found = benchmark.find(key);
  return found == benchmark.end() ? std::nullopt : std::optional(found->get<double>());
}

MicroRow row_of(const Json& benchmark) {
  MicroRow row = row_named(benchmark.at("run_name").get<std::string>());
  row.repetition = benchmark.at("repetition_index").get<std::uint64_t>();
  if (benchmark.value("error_occurred", false)) {
    row.error = benchmark.at("error_message").get<std::string>();
    return row;
  }
  row.iterations = benchmark.at("iterations").get<std::uint64_t>();
  row.real_time_s =
      benchmark.at("real_time").get<double>() * seconds_of_unit(benchmark.at("time_unit").get<std::string>());
  row.bytes_per_s = number_at(benchmark, "bytes_per_second");
  (row.transport.empty() ? row.numbers_per_s : row.messages_per_s) = number_at(benchmark, "items_per_second");
  row.latency_p50_s = number_at(benchmark, "latency_p50_s");
  row.latency_p90_s = number_at(benchmark, "latency_p90_s");
  row.latency_p99_s = number_at(benchmark, "latency_p99_s");
  row.latency_p999_s = number_at(benchmark, "latency_p999_s");
  row.latency_p9999_s = number_at(benchmark, "latency_p9999_s");
  return row;
}

// Only an edited file repeats a row or has a time that nothing can take.
void require_possible(std::span<const MicroRow> rows) {
  const auto identity = [](const MicroRow& row) {
    return std::tuple(static_cast<const MicroId&>(row), row.parser, row.sorter, row.numbers, row.runs,
                      row.threads, row.fresh, row.repetition);
  };
  std::set<decltype(identity(rows[0]))> seen;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::string where = "row " + std::to_string(i + 1) + " ";
    if (!seen.insert(identity(rows[i])).second)
      throw std::runtime_error(where + "is there twice; the file has been changed");
    if (rows[i].real_time_s && *rows[i].real_time_s <= 0)
      throw std::runtime_error(where + "has a time that nothing can take; the file has been changed");
  }
}

}  // namespace

const text::Columns<MicroRow>& micro_columns() {
  using M = MicroRow;
  using text::column;
  using text::Role;
  const text::Columns<M> benchmark = {
      column<M>("family", "",
                "throughput: messages one way; latency: round trips; parse, sort, merge, copy: kernels; "
                "merge_library: libstdc++'s merge",
                &M::family),
      column<M>("transport", "",
                "name of the transport; memcpy_two_copies: two processes that only copy; empty for kernels",
                &M::transport),
      column<M>("options", "", "its options that differ from the defaults, name=value, blank-separated",
                &M::options),
      column<M>("bytes", "B", "size of a message; of what copy copies", &M::bytes),
      text::of_role(Role::setting,
                    column<M>("memory", "",
                              "hot: the same buffer again; stream: through a buffer larger than the caches; "
                              "cold: flushed before each message",
                              &M::memory)),
      text::of_role(
          Role::setting,
          column<M>("placement", "", "same: both processes on one CPU; cross: on two; free: not pinned",
                    &M::placement)),
      text::of_role(Role::setting, column("parser", "", "of parse", &M::parser)),
      text::of_role(Role::setting, column("sorter", "", "of sort", &M::sorter)),
      column("numbers", "", "that a kernel works on", &M::numbers),
      column("runs", "", "that merge merges", &M::runs),
      column("threads", "", "that merge uses", &M::threads),
      column("fresh", "", "of copy; 1: into memory that is touched for the first time", &M::fresh),
      column("repetition", "", "0, 1, 2 ...; repetitions of a benchmark follow one another", &M::repetition)};
  const text::Columns<M> figures = {
      column("iterations", "", "messages, round trips or calls in this repetition", &M::iterations),
      text::of_role(Role::judgement, column("error", "", "why there are no figures", &M::error)),
      column("real_time_s", "s", "of one iteration, mean", &M::real_time_s),
      column("bytes_per_s", "B/s", "of round trips, both ways together", &M::bytes_per_s),
      column("messages_per_s", "1/s", "messages, or round trips", &M::messages_per_s),
      column("numbers_per_s", "1/s", "of a kernel", &M::numbers_per_s),
      column("latency_p50_s", "s", "median of the round trips", &M::latency_p50_s),
      column("latency_p90_s", "s", "90 % quantile; empty below 10 round trips", &M::latency_p90_s),
      column("latency_p99_s", "s", "99 % quantile; empty below 100 round trips", &M::latency_p99_s),
      column("latency_p999_s", "s", "99.9 % quantile; empty below 1000 round trips", &M::latency_p999_s),
      column("latency_p9999_s", "s", "99.99 % quantile; empty below 10000 round trips", &M::latency_p9999_s)};
  static const text::Columns<M> columns = text::joined({text::of_role(Role::condition, benchmark), figures});
  return columns;
}

std::vector<MicroRow> micro_rows(const Json& json) {
  std::vector<MicroRow> rows;
  try {
    for (const Json& benchmark : json.at("benchmarks")) {
      if (benchmark.at("run_type") == "iteration") rows.push_back(row_of(benchmark));
    }
  } catch (const Json::exception& error) {
    throw std::runtime_error(std::string{"not what Google Benchmark writes: "} + error.what());
  }
  return rows;
}

std::vector<MicroRow> load_micro(const std::string& directory) {
  const std::string path = directory + "/micro.csv";
  try {
    const std::string text = sys::read_file(path);
    // Written in one piece, unlike what a sweep records: nothing but damage cuts it off.
    if (text.empty() || text::complete_bytes(text) < text.size())
      throw std::runtime_error("it is empty or cut off within its last line; ipcsort micro makes it anew");
    const std::vector<MicroRow> rows = text::read_rows(micro_columns(), text);
    require_possible(rows);
    return rows;
  } catch (const std::system_error& error) {
    throw UsageError(directory + " holds no figures of messages: " + error.what());
  } catch (const std::runtime_error& error) {
    throw UsageError(path + ": " + error.what());
  }
}

}  // namespace ipcsort::messages
