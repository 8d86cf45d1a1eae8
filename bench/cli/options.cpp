#include "bench/cli/options.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <system_error>

#include "bench/pipeline/fault.hpp"
#include "bench/results/directory.hpp"
#include "sys/error.hpp"
#include "sys/file.hpp"
#include "sys/text.hpp"

namespace ipcsort::cli {
namespace {

using pipeline::Subject;
using pipeline::SubjectKind;

constexpr int workers_max = 1024;
constexpr std::uint64_t files_max = 100'000;

constexpr std::array reference_names = {"serial", "threads", "memcpy_one_copy", "memcpy_two_copies"};

// "pipe:capacity=1M:..." -> a subject. `available` for the message.
Subject parse_subject(const Registry& registry, const std::string& text) {
  const std::vector<std::string> parts = sys::split(text, ':');
  Subject subject;
  if (const Transport* transport = registry.find(parts[0])) {
    subject.transport = transport;
  } else if (const auto kind = pipeline::reference_named(parts[0])) {
    subject.kind = *kind;
  } else {
    std::vector<std::string> names;
    for (const Transport* known : registry.all()) names.emplace_back(known->traits().name);
    std::vector<std::string> all_names = names;
    for (const char* reference : reference_names) all_names.emplace_back(reference);
    throw UsageError("there is no transport '" + sys::printable(parts[0]) + "'; there are " +
                     sys::join(names, ", ") +
                     " and the references serial, threads, memcpy_one_copy, memcpy_two_copies" +
                     sys::hint(parts[0], all_names));
  }
  if (parts.size() > 1 && subject.transport == nullptr) {
    throw UsageError("'" + sys::printable(text) + "': " + parts[0] + " is a reference and has no options");
  }
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const std::size_t equals = parts[i].find('=');
    if (equals == std::string::npos) {
      throw UsageError("'" + sys::printable(text) + "' is not TRANSPORT[:OPTION=VALUE]...; see ipcsort list");
    }
    const std::string name = parts[i].substr(0, equals);
    if (!subject.options.try_emplace(name, parts[i].substr(equals + 1)).second) {
      throw UsageError("'" + sys::printable(text) + "' says " + sys::printable(name) + "= twice");
    }
  }
  if (subject.transport != nullptr) check_options(subject.transport->traits(), subject.options);
  return subject;
}

void add_unless_there(std::vector<Subject>& subjects, const Subject& subject) {
  const auto same = [&](const Subject& other) { return cell::id_of(other) == cell::id_of(subject); };
  if (std::none_of(subjects.begin(), subjects.end(), same)) subjects.push_back(subject);
}

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

const std::string& text_of(const Values& values, std::string_view option) { return values.text(option); }

// What the user's own files say and cannot be said besides them.
constexpr std::array said_by_input = {"files", "numbers", "distribution", "data-seed"};

double seconds(sys::Nanoseconds time) { return static_cast<double>(time) / 1e9; }

void add_settings(OptionGroup& options, bool axes) {
  for (const pipeline::SettingRow& setting : pipeline::settings()) {
    if (setting.is_axis != axes) continue;
    options.options.push_back({std::string{setting.name}, axes ? "WORDS" : "WORD",
                               setting.all_words() + ": " + std::string{setting.choosing}});
  }
}

}  // namespace

OptionGroup axis_options() {
  // clang-format off
  OptionGroup options{"What to measure (lists are comma-separated)", {
      {"transports", "TRANSPORTS", "all, or names with options: pipe,pipe:capacity=1M"},
      {"references", "WORDS", "all|none|serial|threads|memcpy_one_copy|memcpy_two_copies: what the transports are compared with"},
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

OptionGroup schedule_options() {
  // clang-format off
  OptionGroup options{"How often", {
      {"blocks", "COUNT", "how often every cell is run and counted; below 6 no winner is named"},
      {"blocks-max", "COUNT", "how often a cell is run whose time is not yet known to --precision; --blocks if only that is given"},
      {"precision", "PERCENT", "half width of the 95 % interval at which a cell is settled, e.g. 2%"},
      {"time-budget", "TIME", "what the runs may take in all, spent where least is known; none, or e.g. 10m"},
      {"run-time", "TIME", "shorter runs are repeated within a row until they take this long; 0 for never"},
      {"attempts", "COUNT", "how often a run is made at most when other processes disturb it"},
      {"warmup", "COUNT", "blocks before that, recorded but not counted"},
      {"seed", "NUMBER", "of the order of the runs", "1"}}};
  // clang-format on
  return options;
}

std::string distribution_names() {
  std::string names;
  for (const auto distribution : datagen::all_distributions) {
    names += (names.empty() ? "" : "|") + std::string{datagen::to_string(distribution)};
  }
  return names;
}

OptionGroup data_options() {
  // clang-format off
  OptionGroup options{"Where the numbers come from", {
      {"distribution", "WORD", distribution_names() + ": of the generated numbers"},
      {"data-seed", "NUMBER", "seed of the generated numbers"},
      {.name = "input", .value_name = "FILE", .description = "your own files instead of generated ones", .takes = Takes::several}}};
  // clang-format on
  add_cache_options(options);
  return options;
}

void add_cache_options(OptionGroup& group) {
  // clang-format off
  group.options.insert(group.options.end(), {
      {"cache-dir", "DIR", "where generated files are kept, instead of $XDG_CACHE_HOME/ipcsort or ~/.cache/ipcsort"},
      {"cache-limit", "BYTES", "how much they may take, e.g. 500M", "20G"}});
  // clang-format on
}

std::vector<Subject> parse_subjects(const Registry& registry, const std::string& transports,
                                    const std::string& references) {
  std::vector<Subject> subjects;
  for (const std::string& name : sys::split(transports, ',')) {
    if (name == "all") {
      for (const Transport* transport : registry.all())
        add_unless_there(subjects, {SubjectKind::transport, transport, {}});
    } else {
      add_unless_there(subjects, parse_subject(registry, name));
    }
  }
  if (references == "none") return subjects;
  const std::string wanted =
      references == "all" ? "serial,threads,memcpy_one_copy,memcpy_two_copies" : references;
  for (const std::string& name : sys::split(wanted, ',')) {
    const auto kind = pipeline::reference_named(name);
    if (!kind) {
      throw UsageError(
          "there is no reference '" + sys::printable(name) +
          "'; there are serial, threads, memcpy_one_copy, memcpy_two_copies; or say all or none" +
          sys::hint(name, {reference_names.begin(), reference_names.end()}));
    }
    add_unless_there(subjects, {*kind, nullptr, {}});
  }
  return subjects;
}

std::vector<std::uint64_t> parse_counts(const std::string& text, std::string_view option) {
  std::vector<std::uint64_t> counts;
  for (const std::string& part : sys::split(text, ',')) {
    const auto count = sys::parse_count(part);
    if (!count) {
      throw UsageError("--" + std::string{option} + ": '" + sys::printable(part) +
                       "' is not a whole number such as 4, 100K or 10M");
    }
    if (std::find(counts.begin(), counts.end(), *count) == counts.end()) counts.push_back(*count);
  }
  return counts;
}

std::uint64_t whole_number(const Values& values, const char* option, std::uint64_t least,
                           std::uint64_t most) {
  const std::string& text = text_of(values, option);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < least || value > most) {
    throw UsageError("--" + std::string{option} + ": '" + sys::printable(text) +
                     "' is not a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  }
  return value;
}

double parse_percentage(const std::string& text, std::string_view option) {
  double percent = 0;
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, percent);
  // The negated comparison also refuses NaN.
  if (error != std::errc{} || std::string_view(end, last) != "%" || !(percent > 0 && percent <= 100)) {
    throw UsageError("--" + std::string{option} + ": '" + sys::printable(text) +
                     "' is not a percentage such as 2% or 0.5% (at most 100%)");
  }
  return percent / 100;
}

sys::Nanoseconds parse_duration(const std::string& text, std::string_view option) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const std::string unit(static_cast<const char*>(end), text.data() + text.size());
  const std::uint64_t scale_ms = unit == "ms"                  ? 1
                                 : unit == "s" || unit.empty() ? 1000
                                 : unit == "m"                 ? 60'000
                                 : unit == "h"                 ? 3'600'000
                                                               : 0;
  constexpr std::uint64_t day_ms = 24 * 3'600'000ULL;
  if (error != std::errc{} || scale_ms == 0 || value == 0 || value > day_ms / scale_ms) {
    throw UsageError("--" + std::string{option} + ": '" + sys::printable(text) +
                     "' is not a time such as 500ms, 90s, 5m or 1h (at most a day)");
  }
  return static_cast<sys::Nanoseconds>(value * scale_ms) * 1'000'000;
}

void layer(Values& values, const std::vector<Option>& options,
           std::initializer_list<std::string_view> texts) {
  if (values.has("config")) {
    const std::string path = values.text("config");
    std::string text;
    try {
      text = sys::read_file(path);
    } catch (const std::system_error& error) {
      throw UsageError("--config " + sys::printable(path) + " cannot be read: " + error.code().message());
    }
    values.add_below(parse_lines(text, options, path));
  }
  if (values.has("input")) {
    for (const char* option : said_by_input) {
      if (values.has(option)) {
        throw UsageError(std::string{"--"} + option +
                         " cannot be given together with --input: the files say it");
      }
    }
  }
  for (const std::string_view text : texts)
    values.add_below(parse_lines(std::string{text}, options, "preset"));
}

std::string print_config(const Values& values) {
  std::string text;
  for (const auto& [name, words] : values.all()) {
    if (name == "config" || name == "print-config" || name == "preset" || name == "format") continue;
    const bool filled_in = std::find(said_by_input.begin(), said_by_input.end(), name) != said_by_input.end();
    if (filled_in && values.has("input")) continue;
    for (const std::string& word : words) {
      if (!word.empty()) text += name + " = " + word + "\n";  // a switch has no value
    }
  }
  return text;
}

void require_writable(const std::string& path) {
  if (path.empty()) throw UsageError("--output is empty; name a file");
  const std::string refusal = "--output " + sys::printable(path) + " cannot be written: ";
  if (std::filesystem::is_directory(path))
    throw UsageError(refusal + "it is a directory; name a file in a directory of yours");
  const std::filesystem::path parent = std::filesystem::absolute(path).parent_path();
  if (::access(parent.c_str(), W_OK) == 0) return;
  const int error = errno;
  throw UsageError(
      refusal + std::generic_category().message(error) +
      (error == ENOENT ? "; make that directory first" : "; name a file in a directory of yours"));
}

cell::Grid grid_from(const Registry& registry, const Values& values) {
  cell::Grid grid;
  grid.subjects = parse_subjects(registry, text_of(values, "transports"), text_of(values, "references"));
  grid.workers = narrow<int>(parse_counts(text_of(values, "workers"), "workers"), workers_max, "workers");
  for (const pipeline::SettingRow& setting : pipeline::settings()) {
    const std::string& given = text_of(values, setting.name);
    if (!setting.is_axis) {
      setting.set_word(grid.settings, given);
      continue;
    }
    std::vector<std::string>& words = grid.axes[std::string{setting.name}];
    for (const std::string& word : sys::split(given, ',')) {
      (void)pipeline::index_of_word(setting.name, setting.words, word);
      words.push_back(word);
    }
  }
  if (values.has("input")) {
    grid.data.inputs = values.list("input");
    for (const std::string& path : grid.data.inputs) {
      if (path.empty()) throw UsageError("--input has an empty name; name a file");
    }
    return grid;
  }
  grid.files = narrow<std::uint64_t>(parse_counts(text_of(values, "files"), "files"), files_max, "files");
  grid.numbers = parse_counts(text_of(values, "numbers"), "numbers");
  grid.data.distribution = datagen::from_string(text_of(values, "distribution"));
  grid.data.seed = whole_number(values, "data-seed", 0, std::numeric_limits<std::uint64_t>::max());
  return grid;
}

sweep::Schedule schedule_from(const Values& values) {
  const auto count = [&](const char* option, std::uint64_t least) {
    return static_cast<int>(whole_number(values, option, least, results::blocks_max));
  };
  sweep::Schedule schedule;
  schedule.blocks = count("blocks", 1);
  schedule.blocks_max = std::max(schedule.blocks, count("blocks-max", 1));
  schedule.warmup_blocks = count("warmup", 0);
  schedule.attempts_max = count("attempts", 1);
  schedule.precision = parse_percentage(values.text("precision"), "precision");
  const std::string& budget = values.text("time-budget");
  if (budget != "none") schedule.time_budget_s = seconds(parse_duration(budget, "time-budget"));
  const std::string& run_time = values.text("run-time");
  if (run_time != "0") schedule.run_time_s = seconds(parse_duration(run_time, "run-time"));
  schedule.seed = whole_number(values, "seed", 0, std::numeric_limits<std::uint64_t>::max());
  return schedule;
}

datagen::CacheOptions cache_from(const Values& values) {
  datagen::CacheOptions cache;
  cache.directory =
      values.has("cache-dir") ? text_of(values, "cache-dir") : datagen::default_cache_directory();
  if (cache.directory.empty()) throw UsageError("--cache-dir is empty; name a directory");
  const auto limit = sys::parse_bytes(text_of(values, "cache-limit"));
  if (!limit)
    throw UsageError("--cache-limit: '" + sys::printable(text_of(values, "cache-limit")) +
                     "' is not a size such as 500M or 20G");
  cache.bytes_max = *limit;
  return cache;
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
