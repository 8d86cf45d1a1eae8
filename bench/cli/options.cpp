#include "bench/cli/options.hpp"

#include <fmt/core.h>

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
    if (count < 1 || count > max)
      throw UsageError(fmt::format("--{} {} is not between 1 and {}", option, count, max));
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
  if (text.empty()) throw UsageError(fmt::format("--{} is empty; name a directory", option));
  return text;
}

std::uint64_t cache_bytes(const std::string& text, std::string_view option) {
  if (const auto bytes = sys::parse_bytes(text)) return *bytes;
  refuse(option, text, "a size such as 500M or 20G");
}

void add_settings(OptionGroup& options, bool axes) {
  for (const pipeline::SettingRow& setting : pipeline::settings()) {
    if (setting.is_axis != axes) continue;
    options.options.push_back({std::string{setting.name}, axes ? "WORDS" : "WORD",
                               fmt::format("{}: {}", setting.all_words(), setting.choosing)});
  }
}

}  // namespace

OptionGroup axis_options() {
  // clang-format off
  OptionGroup options{"What to measure (lists are comma-separated)", {
      {"transports", "TRANSPORTS", "all, or names with options: pipe,pipe:capacity=1M"},
      {"references", "WORDS", "all|none|" + sys::join({reference_names.begin(), reference_names.end()}, "|") + ": what the transports are compared with"},
      {"files", "COUNTS", "number of files the numbers are in"},
      {"numbers", "COUNTS", "numbers in all files together: 100K,1M,80M"},
      {"workers", "COUNTS", "worker processes"}}};
  // clang-format on
  add_settings(options, true);
  return options;
}

OptionGroup setting_options() {
  OptionGroup options{"How the work around the transfer is done", {}};
  add_settings(options, false);
  return options;
}

std::vector<Row<sweep::Schedule>> schedule_rows() {
  using sweep::Schedule;
  const auto count = [](std::uint64_t least) { return whole_number(least, results::blocks_max); };
  // clang-format off
  return {
      {{"blocks", "COUNT", "how often every cell is run and counted; below 6 no winner is named"}, to(&Schedule::blocks, count(1))},
      {{"blocks-max", "COUNT", "how often a cell is run of which something is open; --blocks if only that is given"}, to(&Schedule::blocks_max, count(1))},
      {{"decide", "WORD", pipeline::all_words<sweep::Decide>() + ": what runs after those --blocks are made for: which transport is the best of each condition, then the order of the others, or how long each takes; what was shown to be slower is left out"}, to(&Schedule::decide)},
      {{"precision", "PERCENT", "half width of the 95 % interval at which a cell is settled, e.g. 2%; and nearer to each other than this is the same"}, to(&Schedule::precision, parse_percentage)},
      {{"time-budget", "TIME", "what the runs may take in all, spent where least is known; one counted block is made in any case; none, or e.g. 10m"}, to(&Schedule::time_budget_s, seconds_or("none"))},
      {{"run-time", "TIME", "shorter runs are repeated within a row until they take this long; 0 for never"}, to(&Schedule::run_time_s, seconds_or("0"))},
      {{"attempts", "COUNT", "how often a run is made at most when other processes disturb it"}, to(&Schedule::attempts_max, count(1))},
      {{"warmup", "COUNT", "blocks before that, recorded but not counted"}, to(&Schedule::warmup_blocks, count(0))},
      {{"seed", "NUMBER", "of the order of the runs", "1"}, to(&Schedule::seed, whole_number(0))}};
  // clang-format on
}

std::string distribution_names() {
  std::vector<std::string> names;
  for (const auto distribution : datagen::all_distributions) names.emplace_back(to_string(distribution));
  return sys::join(names, "|");
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
  cell::Grid grid;
  const auto counts = [&](std::string_view option) {
    return values.parsed(option, [&](const auto& words) { return parse_counts(words.front(), option); });
  };
  (void)values.parsed("transports",
                      [&](const auto& words) { return parse_subjects(registry, words.front(), "none"); });
  grid.subjects = values.parsed("references", [&](const auto& words) {
    return parse_subjects(registry, values.text("transports"), words.front());
  });
  grid.workers = narrow<int>(counts("workers"), workers_max, "workers");
  for (const pipeline::SettingRow& setting : pipeline::settings()) {
    values.parsed(setting.name, [&](const auto& given) {
      if (!setting.is_axis) return setting.set_word(grid.settings, given.front());
      std::vector<std::string>& words = grid.axes[std::string{setting.name}];
      for (const std::string& word : sys::split(given.front(), ',')) {
        (void)pipeline::index_of_word(setting.name, setting.words, word);
        if (std::ranges::find(words, word) == words.end()) words.push_back(word);
      }
    });
  }
  if (values.has("input")) {
    grid.data.inputs = values.list("input");
    for (const std::string& path : grid.data.inputs) {
      if (path.empty()) throw UsageError("--input has an empty name; name a file");
    }
    return grid;
  }
  grid.files = narrow<std::uint64_t>(counts("files"), files_max, "files");
  grid.numbers = counts("numbers");
  if (std::ranges::find(grid.numbers, 0U) != grid.numbers.end())
    throw UsageError("--numbers: with 0 numbers nothing would be measured; give at least 1");
  grid.data.distribution =
      values.parsed("distribution", [](const auto& words) { return datagen::from_string(words.front()); });
  grid.data.seed = values.parsed(
      "data-seed", [](const auto& words) { return whole_number(0)(words.front(), "data-seed"); });
  return grid;
}

std::vector<doctor::Warning> warnings_of_faults() {
  std::vector<doctor::Warning> warnings;
  for (const char* name : {"IPCSORT_FAULT", "IPCSORT_SLOWDOWN"}) {
    if (const char* text = std::getenv(name))
      warnings.push_back(
          {name, doctor::Severity::spoils,
           fmt::format("{}={} makes runs fail or slows them down on purpose", name, sys::printable(text)),
           "unset it for figures that mean something"});
  }
  return warnings;
}

results::FaultInjection faults_from_environment(const std::vector<int>& workers) {
  results::FaultInjection faults;
  if (const char* text = std::getenv("IPCSORT_SLOWDOWN")) faults.slowdown = pipeline::parse_slowdown(text);
  const char* text = std::getenv("IPCSORT_FAULT");
  if (text == nullptr) return faults;
  const int most = *std::max_element(workers.begin(), workers.end());
  if (const auto fault = pipeline::parse_fault(text, most); fault && fault->worker >= most) {
    throw UsageError(fmt::format("IPCSORT_FAULT='{}': there is no worker {} of {}", sys::printable(text),
                                 fault->worker, most));
  }
  faults.fault = text;
  return faults;
}

}  // namespace ipcsort::cli
