#include "bench/cli/options.hpp"

#include <algorithm>
#include <cstdlib>
#include <limits>

#include "bench/cli/parse.hpp"
#include "bench/pipeline/fault.hpp"
#include "sys/error.hpp"
#include "sys/text.hpp"

namespace ipcsort::cli {
namespace {

constexpr int workers_max = 1024;
constexpr std::uint64_t files_max = 100'000;

template <typename T>
std::vector<T> narrow(const std::vector<std::uint64_t>& counts, std::uint64_t max, std::string_view option) {
  std::vector<T> values;
  for (const std::uint64_t count : counts) {
    if (count < 1 || count > max) {
      throw UsageError("--" + std::string{option} + " " + std::to_string(count) + " is not between 1 and " +
                       std::to_string(max));
    }
    values.push_back(static_cast<T>(count));
  }
  return values;
}

// In seconds; 0 for `never`.
auto seconds_or(std::string_view never) {
  return [never](const std::string& text, std::string_view option) {
    return text == never ? 0 : static_cast<double>(parse_duration(text, option)) / 1e9;
  };
}

std::string cache_directory(const std::string& text, std::string_view option) {
  if (text.empty()) throw UsageError("--" + std::string{option} + " is empty; name a directory");
  return text;
}

std::uint64_t cache_bytes(const std::string& text, std::string_view option) {
  if (const auto bytes = sys::parse_bytes(text)) return *bytes;
  throw UsageError("--" + std::string{option} + ": '" + sys::printable(text) +
                   "' is not a size such as 500M or 20G");
}

}  // namespace

OptionGroup axis_options() {
  // clang-format off
  OptionGroup options{"What to measure (lists are comma-separated)", {
      {"transports", "TRANSPORTS", "all, or names with options: pipe,pipe:capacity=1M"},
      {"references", "WORDS", "all|none|serial|threads|memcpy_one_copy|memcpy_two_copies: what the transports are compared with"},
      {"files", "COUNTS", "number of files the numbers are in"},
      {"numbers", "COUNTS", "numbers in all files together: 100K,1M,80M"},
      {"workers", "COUNTS", "worker processes"},
      {"transfer", "WORDS", pipeline::setting_values<pipeline::TransferMode>() + ": each worker sends when it has sorted, or all at once"},
      {"handover", "WORDS", pipeline::setting_values<pipeline::Handover>() + ": send and receive; sort where the parent reads; or both: copy,lend"}}};
  // clang-format on
  return options;
}

OptionGroup setting_options() {
  using namespace pipeline;
  // clang-format off
  OptionGroup options{"How the work around the transfer is done", {
      {"sorter", "WORD", setting_values<Sorter>() + ": of the numbers of each worker"},
      {"parser", "WORD", setting_values<datagen::Parser>() + ": of the text of the files"},
      {"drain", "WORD", setting_values<Drain>() + ": how the parent receives from several workers"},
      {"merge", "WORD", setting_values<Merge>() + ": one sorted array made when all have arrived, or while they do; or sorted runs end to end"},
      {"pages", "WORD", setting_values<sys::Pages>() + ": ask for huge pages for the arrays, or not"},
      {"placement", "WORD", setting_values<Placement>() + ": the kernel decides; a CPU for each process; for each worker and its receiver; or all on one"},
      {"memory", "WORD", setting_values<Memory>() + ": the parent's page faults are measured, or happen before"}}};
  // clang-format on
  return options;
}

std::vector<Row<sweep::Schedule>> schedule_rows() {
  using sweep::Schedule;
  const auto count = [](std::uint64_t least) { return whole_number(least, results::blocks_max); };
  // clang-format off
  return {
      {{"blocks", "COUNT", "how often every cell is run and counted; below 6 no winner is named"}, to(&Schedule::blocks, count(1))},
      {{"blocks-max", "COUNT", "how often a cell is run whose time is not yet known to --precision; --blocks if only that is given"}, to(&Schedule::blocks_max, count(1))},
      {{"precision", "PERCENT", "half width of the 95 % interval at which a cell is settled, e.g. 2%"}, to(&Schedule::precision, parse_percentage)},
      {{"time-budget", "TIME", "what the runs may take in all, spent where least is known; none, or e.g. 10m"}, to(&Schedule::time_budget_s, seconds_or("none"))},
      {{"run-time", "TIME", "shorter runs are repeated within a row until they take this long; 0 for never"}, to(&Schedule::run_time_s, seconds_or("0"))},
      {{"attempts", "COUNT", "how often a run is made at most when other processes disturb it"}, to(&Schedule::attempts_max, count(1))},
      {{"warmup", "COUNT", "blocks before that, recorded but not counted"}, to(&Schedule::warmup_blocks, count(0))},
      {{"seed", "NUMBER", "of the order of the runs", "1"}, to(&Schedule::seed, whole_number(0))}};
  // clang-format on
}

std::string distribution_names() {
  std::string names;
  for (const auto distribution : datagen::all_distributions) {
    names += (names.empty() ? "" : "|") + std::string{datagen::to_string(distribution)};
  }
  return names;
}

std::vector<Option> data_options() {
  // clang-format off
  return {
      {"distribution", "WORD", distribution_names() + ": of the generated numbers"},
      {"data-seed", "NUMBER", "seed of the generated numbers"},
      {.name = "input", .value_name = "FILE", .description = "your own files instead of generated ones", .takes = Takes::several}};
  // clang-format on
}

std::vector<Row<datagen::CacheOptions>> cache_rows() {
  using datagen::CacheOptions;
  // clang-format off
  return {
      {{"cache-dir", "DIR", "where generated files are kept, instead of $XDG_CACHE_HOME/ipcsort or ~/.cache/ipcsort"}, to(&CacheOptions::directory, cache_directory)},
      {{"cache-limit", "BYTES", "how much they may take, e.g. 500M", "20G"}, to(&CacheOptions::bytes_max, cache_bytes)}};
  // clang-format on
}

cell::Grid grid_from(const Registry& registry, const Values& values) {
  using namespace pipeline;
  cell::Grid grid;
  grid.subjects = parse_subjects(registry, values.text("transports"), values.text("references"));
  grid.workers = narrow<int>(parse_counts(values.text("workers"), "workers"), workers_max, "workers");
  for (const std::string& mode : sys::split(values.text("transfer"), ',')) {
    grid.transfers.push_back(parse_setting<TransferMode>(mode));
  }
  grid.settings.sorter = parse_setting<Sorter>(values.text("sorter"));
  grid.settings.parser = parse_setting<datagen::Parser>(values.text("parser"));
  grid.settings.drain = parse_setting<Drain>(values.text("drain"));
  grid.settings.merge = parse_setting<Merge>(values.text("merge"));
  grid.settings.pages = parse_setting<sys::Pages>(values.text("pages"));
  grid.settings.placement = parse_setting<Placement>(values.text("placement"));
  grid.settings.memory = parse_setting<Memory>(values.text("memory"));
  for (const std::string& handover : sys::split(values.text("handover"), ',')) {
    grid.handovers.push_back(parse_setting<Handover>(handover));
  }
  if (values.has("input")) {
    grid.data.inputs = values.list("input");
    for (const std::string& path : grid.data.inputs) {
      if (path.empty()) throw UsageError("--input has an empty name; name a file");
    }
    return grid;
  }
  grid.files = narrow<std::uint32_t>(parse_counts(values.text("files"), "files"), files_max, "files");
  grid.numbers = parse_counts(values.text("numbers"), "numbers");
  grid.data.distribution = datagen::from_string(values.text("distribution"));
  grid.data.seed =
      parse_whole_number(values.text("data-seed"), "data-seed", 0, std::numeric_limits<std::uint64_t>::max());
  return grid;
}

results::Sabotage sabotage_from_environment(const std::vector<int>& workers) {
  results::Sabotage sabotage;
  if (const char* text = std::getenv("IPCSORT_SLOWDOWN")) sabotage.slowdown = pipeline::parse_slowdown(text);
  const char* text = std::getenv("IPCSORT_FAULT");
  if (text == nullptr) return sabotage;
  const int most = *std::max_element(workers.begin(), workers.end());
  if (const auto fault = pipeline::parse_fault(text, most); fault && fault->worker >= most) {
    throw UsageError("IPCSORT_FAULT='" + sys::printable(text) + "': there is no worker " +
                     std::to_string(fault->worker) + " of " + std::to_string(most));
  }
  sabotage.fault = text;
  return sabotage;
}

}  // namespace ipcsort::cli
