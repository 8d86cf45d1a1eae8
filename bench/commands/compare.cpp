#include "bench/gate/compare.hpp"

#include <unistd.h>

#include <filesystem>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "bench/commands/command.hpp"
#include "bench/commands/options.hpp"
#include "bench/driver/csv.hpp"
#include "bench/driver/fingerprint.hpp"
#include "bench/driver/results.hpp"
#include "bench/pipeline/settings.hpp"
#include "sys/error.hpp"
#include "sys/text.hpp"

namespace ipcsort::commands {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;
using nlohmann::literals::operator""_json_pointer;

constexpr std::string_view usage =
    "Two recorded sweeps of the same plan on machines of the same class, cell by cell.\n\n"
    "  ipcsort compare results/monday results/tuesday\n"
    "  ipcsort compare OLD NEW --metric transfer --format markdown --output comment.md\n\n"
    "OLD and NEW are result directories, or the runs.csv in one. Every ratio is divided by the median ratio "
    "of all\ncells; a cell has changed if the Mann-Whitney test says so with a false discovery rate of 5 % "
    "over all cells\n(Benjamini and Hochberg), and by 2.5 % or more. Unchanged means that a change of 5 % is "
    "excluded.\n\n"
    "Two files cannot do what `ipcsort ab` does. The machine is another one in another session: simulated on "
    "a noisy\nvirtual machine, a plain Mann-Whitney test of two sessions calls 321 to 391 of 1000 unchanged "
    "cells changed and\nfinds only half of the slow-downs of 5 %; pairs measured in one session raise 0.005 "
    "alarms and find 99.8 %. What\nis done about it here helps in part, and hides what hits all cells alike. "
    "To decide about a change, measure both\nprograms with `ipcsort ab`.\n\n"
    "Exit status: 0 nothing regressed, 1 something did, 2 wrong usage or an unusable file, 3 a cell failed "
    "or nothing\nwas compared, 4 (with --strict) something is inconclusive, 5 not comparable.\n";

// A recorded sweep.
struct Recording {
  std::string directory;
  ordered_json meta;
  std::vector<driver::RunRow> rows;
};

// Null where there is nothing.
ordered_json value_at(const ordered_json& meta, const ordered_json::json_pointer& place) {
  return meta.contains(place) ? meta[place] : ordered_json();
}

// "unknown" where there is no text.
std::string text_at(const ordered_json& meta, const ordered_json::json_pointer& place) {
  const ordered_json value = value_at(meta, place);
  return value.is_string() ? sys::printable(value.get<std::string>()) : "unknown";
}

std::string directory_of(const std::string& path) {
  std::error_code unreadable;  // then it is none
  if (fs::is_directory(path, unreadable)) return path;
  const fs::path file{path};
  if (file.filename() == "runs.csv") return file.has_parent_path() ? file.parent_path().string() : ".";
  throw UsageError(sys::printable(path) +
                   " is neither a result directory nor the runs.csv in one; name what ipcsort sweep wrote");
}

void require_schema(const Recording& recording) {
  const std::string path = recording.directory + "/meta.json";
  const ordered_json schema = value_at(recording.meta, "/schema"_json_pointer);
  if (schema != driver::meta_schema) {
    throw UsageError(path + " has schema " + schema.dump() + ", written by ipcsort " +
                     text_at(recording.meta, "/version"_json_pointer) + "; this program reads schema " +
                     std::to_string(driver::meta_schema));
  }
  if (!value_at(recording.meta, "/machine"_json_pointer).is_object())
    throw UsageError(path + " does not say what machine it is from; measure anew with ipcsort sweep");
}

Recording load(const std::string& path) {
  Recording recording{directory_of(path), {}, {}};
  recording.meta = driver::load_meta(recording.directory);
  require_schema(recording);
  try {
    recording.rows = driver::load_runs(recording.directory);
  } catch (const UsageError& error) {
    throw UsageError(std::string{error.what()} + "; ipcsort " +
                     text_at(recording.meta, "/version"_json_pointer) + " wrote it");
  }
  if (recording.rows.empty())
    throw UsageError(recording.directory + "/runs.csv has no rows; there is nothing to compare");
  return recording;
}

// "results/monday (ipcsort 0.1.0, commit 87cd89bd0c42, GNU 12.2.0, 2026-11-22T20:07:47Z)"
std::string description(const Recording& recording) {
  const bool dirty = value_at(recording.meta, "/git/dirty"_json_pointer) == true;
  return recording.directory + " (ipcsort " + text_at(recording.meta, "/version"_json_pointer) + ", commit " +
         text_at(recording.meta, "/git/commit"_json_pointer) + (dirty ? " with changes" : "") + ", " +
         text_at(recording.meta, "/compiler"_json_pointer) + ", " +
         text_at(recording.meta, "/started_utc"_json_pointer) + ")";
}

// ---- may they be compared? ----

// The options of a sweep that determine its plan.
std::map<std::string, std::string> plan_options(const Recording& recording) {
  static const std::set<std::string> others = {"output", "deadline", "cache-dir", "cache-limit"};
  std::map<std::string, std::string> options;
  const ordered_json config = value_at(recording.meta, "/plan/config"_json_pointer);
  if (!config.is_string()) return options;
  for (const std::string& line : sys::split(config.get<std::string>(), '\n')) {
    const std::size_t equals = line.find(" = ");
    if (equals == std::string::npos || others.contains(line.substr(0, equals))) continue;
    options[line.substr(0, equals)] = sys::printable(line.substr(equals + 3));
  }
  return options;
}

std::vector<std::string> plan_differences(const Recording& baseline, const Recording& candidate) {
  const std::string hash_before = baseline.meta["/plan/hash"_json_pointer].dump();
  const std::string hash_after = candidate.meta["/plan/hash"_json_pointer].dump();
  if (hash_before == hash_after) return {};
  const auto before = plan_options(baseline);
  const auto after = plan_options(candidate);
  std::set<std::string> names;
  for (const auto* options : {&before, &after}) {
    for (const auto& [name, value] : *options) names.insert(name);
  }
  const auto value_of = [](const auto& options, const std::string& name) {
    const auto found = options.find(name);
    return found == options.end() ? std::string{"not given"} : found->second;
  };
  std::vector<std::string> differences;
  for (const std::string& name : names) {
    const std::string old_value = value_of(before, name);
    const std::string new_value = value_of(after, name);
    if (old_value != new_value)
      differences.push_back("plan, " + name + ": " + old_value + " and " + new_value);
  }
  if (differences.empty()) {
    differences.push_back("plan, by hash: " + hash_before + " and " + hash_after +
                          " with the same options, so other transports can be used or the input is another");
  }
  return differences;
}

std::vector<std::string> differences_of(const Recording& baseline, const Recording& candidate) {
  std::vector<std::string> all = driver::differing_facts(baseline.meta["machine"], candidate.meta["machine"]);
  for (std::string& difference : plan_differences(baseline, candidate)) all.push_back(std::move(difference));
  return all;
}

void require_different_files(const Recording& baseline, const Recording& candidate) {
  if (fs::equivalent(baseline.directory, candidate.directory)) {
    throw UsageError(baseline.directory + " and " + candidate.directory +
                     " are the same directory; name two sweeps");
  }
}

// ---- what the reader has to know of the two files ----

std::vector<std::string> notes_on(const Recording& recording, const std::string& side) {
  std::vector<std::string> notes;
  if (text_at(recording.meta, "/build_type"_json_pointer) == "Debug")
    notes.push_back("The " + side + " is of a debug build; its figures mean nothing.");
  if (!recording.meta.contains("finished_utc"))
    notes.push_back("The " + side + " is not finished: it has " + std::to_string(recording.rows.size()) +
                    " rows.");
  const std::string text = driver::read_file(recording.directory + "/runs.csv");
  if (driver::complete_bytes(text) < text.size())
    notes.push_back("The last row of the " + side + " was cut off and is left out.");
  return notes;
}

std::vector<std::string> notes_on(const Recording& baseline, const Recording& candidate) {
  std::vector<std::string> notes = notes_on(baseline, "baseline");
  for (std::string& note : notes_on(candidate, "candidate")) notes.push_back(std::move(note));
  std::vector<std::string> differences =
      driver::differing_settings(baseline.meta["machine"], candidate.meta["machine"]);
  for (const auto& [name, place] :
       {std::pair("compiler", "/compiler"_json_pointer), std::pair("flags", "/flags"_json_pointer)}) {
    const std::string before = text_at(baseline.meta, place);
    const std::string after = text_at(candidate.meta, place);
    if (before != after) differences.push_back(std::string{name} + ": " + before + " and " + after);
  }
  if (!differences.empty())
    notes.push_back("Also different, and able to change times: " + sys::join(differences, "; ") + ".");
  return notes;
}

po::options_description all_options() {
  po::options_description options("Options");
  // clang-format off
  options.add_options()
      ("help,h", "this text")
      ("files", po::value<std::vector<std::string>>(), "OLD and NEW; may be given without the option's name")
      ("metric", po::value<std::string>()->default_value("total"), (pipeline::setting_values<pipeline::Metric>() + ": by which time").c_str())
      ("format", po::value<std::string>()->default_value("table"), std::string{gate::formats}.c_str())
      ("output", po::value<std::string>(), "file for the report; standard output then has the headline only")
      ("strict", "an inconclusive cell is a failure")
      ("force", "compare although machine or plan differ: ratios, but no verdicts");
  // clang-format on
  return options;
}

std::pair<std::string, std::string> two_files(const po::variables_map& values) {
  if (values.count("files") != 0) {
    const auto files = values["files"].as<std::vector<std::string>>();
    if (files.size() == 2) return {files[0], files[1]};
  }
  throw UsageError("compare takes two result directories, OLD and NEW");
}

gate::Report report_on(const Recording& baseline, const Recording& candidate,
                       const gate::ComparisonRequest& request, const std::string& banner) {
  gate::Report report = gate::compare(baseline.rows, candidate.rows, request);
  report.title = "ipcsort compare";
  report.baseline = description(baseline);
  report.candidate = description(candidate);
  std::vector<std::string> notes = notes_on(baseline, candidate);
  if (!banner.empty()) notes.insert(notes.begin(), banner);
  report.notes.insert(report.notes.begin(), notes.begin(), notes.end());
  return report;
}

}  // namespace

int compare(const Arguments& arguments) {
  const po::options_description options = all_options();
  const po::variables_map values = parse_words(arguments.words, options, "files");
  if (help_wanted(values, usage, options)) return exit_done;
  const std::string format = values["format"].as<std::string>();
  gate::require_format(format);
  gate::ComparisonRequest request;
  request.metric = pipeline::parse_setting<pipeline::Metric>(values["metric"].as<std::string>());
  const auto [old_path, new_path] = two_files(values);

  const Recording baseline = load(old_path);
  const Recording candidate = load(new_path);
  require_different_files(baseline, candidate);
  const std::string differences = sys::join(differences_of(baseline, candidate), "; ");
  std::string banner;
  if (!differences.empty()) {
    if (values.count("force") == 0) {
      std::cerr << "ipcsort: " << baseline.directory << " and " << candidate.directory
                << " are not comparable: " << differences << ". --force gives ratios without verdicts.\n";
      return exit_not_comparable;
    }
    request.advisory = "machine or plan differ";
    banner = "NOT COMPARABLE, ratios are advisory: " + differences + ".";
  }
  const gate::Report report = report_on(baseline, candidate, request, banner);
  const bool to_file = values.count("output") != 0;
  const std::string text =
      gate::render(report, format, to_file ? driver::Look{} : driver::look_of(STDOUT_FILENO));
  if (to_file) {
    driver::write_file_atomically(values["output"].as<std::string>(), text);
    std::cout << gate::headline(report) << "\n";
  } else {
    std::cout << text;
  }
  return gate::exit_status(report, values.count("strict") != 0);
}

}  // namespace ipcsort::commands
