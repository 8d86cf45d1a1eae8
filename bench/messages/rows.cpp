#include "bench/messages/rows.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "bench/stats/sample.hpp"
#include "bench/text/units.hpp"
#include "sys/error.hpp"
#include "sys/file.hpp"
#include "sys/text.hpp"

namespace ipcsort::messages {
namespace {

using Json = nlohmann::ordered_json;
using Fields = std::map<std::string, std::string, std::less<>>;

// "family/key:value/.../manual_time"; what has no key says how Google Benchmark took the time.
MicroRow row_named(const std::string& name) {
  const std::vector<std::string> parts = sys::split(name, '/');
  Fields fields;
  for (const std::string& part : parts) {
    const std::size_t colon = part.find(':');
    if (colon != std::string::npos) fields[part.substr(0, colon)] = part.substr(colon + 1);
  }
  MicroRow row;
  row.family = parts.front();
  for (const text::Column<MicroRow>& column : micro_columns()) {
    if (const auto field = fields.find(column.name); field != fields.end()) column.set(row, field->second);
  }
  row.options = sys::join(sys::split(row.options, ','), " ");
  return row;
}

double seconds_of_unit(const std::string& unit) {
  static const std::map<std::string, double, std::less<>> units = {
      {"ns", 1e-9}, {"us", 1e-6}, {"ms", 1e-3}, {"s", 1.0}};
  return units.at(unit);
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

// ---------------------------------------------------------------- tables

using Value = std::optional<double> MicroRow::*;

// "-" when no row has it.
std::string median_text(const std::vector<const MicroRow*>& rows, Value value, std::string (*text)(double)) {
  std::vector<double> values;
  for (const MicroRow* row : rows) {
    if (row->*value) values.push_back(*(row->*value));
  }
  return values.empty() ? "-" : text(stats::median(values));
}

std::string subject_of(const MicroRow& row) {
  return row.transport + (row.options.empty() ? "" : " " + row.options);
}

std::optional<double> median_of(const std::vector<const MicroRow*>& rows, Value value,
                                const std::string& subject) {
  std::vector<double> values;
  for (const MicroRow* row : rows) {
    if (row->*value && subject_of(*row) == subject) values.push_back(*(row->*value));
  }
  return values.empty() ? std::nullopt : std::optional(stats::median(values));
}

// Groups of rows by a key, in the order in which the keys appear.
template <typename Key>
std::vector<std::pair<std::string, std::vector<const MicroRow*>>> grouped(
    const std::vector<const MicroRow*>& rows, Key key) {
  std::vector<std::pair<std::string, std::vector<const MicroRow*>>> groups;
  for (const MicroRow* row : rows) {
    const std::string name = key(*row);
    auto group = std::find_if(groups.begin(), groups.end(), [&](const auto& g) { return g.first == name; });
    if (group == groups.end()) group = groups.insert(groups.end(), {name, {}});
    group->second.push_back(row);
  }
  return groups;
}

// What all rows share is the title; transports down, message sizes across; shares of the ceiling if it
// is there.
text::Table transports_table(const std::string& title, const std::vector<const MicroRow*>& rows, Value value,
                             std::string (*text)(double)) {
  const auto by_size = grouped(rows, [](const MicroRow& row) {
    return text::size_text(static_cast<std::uint64_t>(row.bytes.value_or(0)));
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
  for (const auto& [subject, its_rows] : grouped(rows, subject_of)) {
    std::vector<text::TableCell> line = {
        {subject, subject == micro_ceiling ? text::Tint::faint : text::Tint::none}};
    for (const auto& [size, of_size] : by_size) {
      const auto cell = median_of(of_size, value, subject);
      const auto ceiling = median_of(of_size, value, std::string{micro_ceiling});
      line.push_back(
          {!cell ? "-" : text(*cell) + (ceiling ? "  " + text::percent_text(*cell / *ceiling) : "")});
    }
    table.rows.push_back(std::move(line));
  }
  return table;
}

text::Table kernels_table(const std::vector<const MicroRow*>& rows) {
  const auto kernel = [](const MicroRow& row) {
    std::string name = row.family;
    for (const std::string& word : {row.parser, row.sorter}) name += word.empty() ? "" : " " + word;
    if (row.threads)
      name += " " + text::field::write(row.runs) + " runs, threads " + text::field::write(row.threads);
    if (row.fresh) name += *row.fresh == 0 ? " to used memory" : " to fresh memory";
    return name;
  };
  text::Table table{"", {{"kernel", true}, {"time"}, {"bytes"}, {"numbers"}}, {}};
  const auto numbers_text = [](double rate) { return std::to_string(std::llround(rate / 1e6)) + " M/s"; };
  for (const auto& [name, its_rows] : grouped(rows, kernel)) {
    table.rows.push_back({{name},
                          {median_text(its_rows, &MicroRow::real_time_s, text::seconds_text)},
                          {median_text(its_rows, &MicroRow::bytes_per_s, text::rate_text)},
                          {median_text(its_rows, &MicroRow::numbers_per_s, numbers_text)}});
  }
  return table;
}

}  // namespace

const text::Columns<MicroRow>& micro_columns() {
  using M = MicroRow;
  static const text::Columns<M> columns = text::joined<M>(
      {text::of_role(
           text::Role::condition,
           text::Columns<M>{
               text::column(
                   "family", "",
                   "throughput: messages one way; latency: round trips; parse, sort, merge, copy: kernels; "
                   "merge_library: libstdc++'s merge",
                   &M::family),
               text::column("transport", "",
                            "name of the transport; memcpy_two_copies: two processes that only copy; empty "
                            "for kernels",
                            &M::transport),
               text::column("options", "",
                            "its options that differ from the defaults, name=value, blank-separated",
                            &M::options),
               text::column("bytes", "B", "size of a message; of what copy copies", &M::bytes)}),
       text::of_role(
           text::Role::setting,
           text::Columns<M>{text::column("memory", "",
                                         "hot: the same buffer again; stream: through a buffer larger than "
                                         "the caches; cold: flushed before "
                                         "each message",
                                         &M::memory),
                            text::column("placement", "",
                                         "same: both processes on one CPU; cross: on two; free: not pinned",
                                         &M::placement),
                            text::column("parser", "", "of parse", &M::parser),
                            text::column("sorter", "", "of sort", &M::sorter)}),
       text::of_role(
           text::Role::condition,
           text::Columns<M>{
               text::column("numbers", "", "that a kernel works on", &M::numbers),
               text::column("runs", "", "that merge merges", &M::runs),
               text::column("threads", "", "that merge uses", &M::threads),
               text::column("fresh", "", "of copy; 1: into memory that is touched for the first time",
                            &M::fresh),
               text::column("repetition", "", "0, 1, 2 ...; repetitions of a benchmark follow one another",
                            &M::repetition)}),
       {text::column("iterations", "", "messages, round trips or calls in this repetition", &M::iterations)},
       text::of_role(text::Role::judgement,
                     text::Columns<M>{text::column("error", "", "why there are no figures", &M::error)}),
       {text::column("real_time_s", "s", "of one iteration, mean", &M::real_time_s),
        text::column("bytes_per_s", "B/s", "of round trips, both ways together", &M::bytes_per_s),
        text::column("messages_per_s", "1/s", "messages, or round trips", &M::messages_per_s),
        text::column("numbers_per_s", "1/s", "of a kernel", &M::numbers_per_s),
        text::column("latency_p50_s", "s", "median of the round trips", &M::latency_p50_s),
        text::column("latency_p90_s", "s", "90 % quantile; empty below 10 round trips", &M::latency_p90_s),
        text::column("latency_p99_s", "s", "99 % quantile; empty below 100 round trips", &M::latency_p99_s),
        text::column("latency_p999_s", "s", "99.9 % quantile; empty below 1000 round trips",
                     &M::latency_p999_s),
        text::column("latency_p9999_s", "s", "99.99 % quantile; empty below 10000 round trips",
                     &M::latency_p9999_s)}});
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

std::vector<text::Table> micro_tables(const std::vector<MicroRow>& rows) {
  std::vector<const MicroRow*> good, kernels;
  for (const MicroRow& row : rows) {
    if (row.error.empty()) (row.transport.empty() ? kernels : good).push_back(&row);
  }
  std::vector<text::Table> tables;
  const auto condition = [](const MicroRow& row) {
    return row.family + ", memory " + row.memory + ", placement " + row.placement;
  };
  for (const auto& [title, its_rows] : grouped(good, condition)) {
    if (its_rows.front()->family == "throughput") {
      tables.push_back(transports_table(title, its_rows, &MicroRow::bytes_per_s, text::rate_text));
    } else {
      tables.push_back(
          transports_table(title + ": p50", its_rows, &MicroRow::latency_p50_s, text::seconds_text));
      tables.push_back(
          transports_table(title + ": p99", its_rows, &MicroRow::latency_p99_s, text::seconds_text));
    }
  }
  if (!kernels.empty()) tables.push_back(kernels_table(kernels));
  return tables;
}

std::vector<MicroRow> load_micro(const std::string& directory) {
  const std::string path = directory + "/" + "micro.csv";
  try {
    return text::read_rows(micro_columns(), sys::read_file(path));
  } catch (const std::system_error& error) {
    throw UsageError(directory + " holds no figures of messages: " + error.what());
  } catch (const std::runtime_error& error) {
    throw UsageError(path + ": " + error.what());
  }
}

}  // namespace ipcsort::messages
