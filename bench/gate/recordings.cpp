#include "bench/gate/recordings.hpp"

#include <array>
#include <filesystem>
#include <map>
#include <set>

#include "bench/host/fingerprint.hpp"
#include "bench/results/directory.hpp"
#include "bench/text/csv.hpp"
#include "bench/text/json.hpp"
#include "bench/text/units.hpp"
#include "sys/error.hpp"
#include "sys/file.hpp"
#include "sys/text.hpp"

namespace ipcsort::gate {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;
using nlohmann::literals::operator""_json_pointer;

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
  if (schema != results::meta_schema) {
    throw UsageError(path + " has schema " + text::compact_json(schema) + ", written by ipcsort " +
                     text_at(recording.meta, "/version"_json_pointer) + "; this program reads schema " +
                     std::to_string(results::meta_schema));
  }
  if (!value_at(recording.meta, "/machine"_json_pointer).is_object())
    throw UsageError(path + " does not say what machine it is from; measure anew with ipcsort sweep");
}

std::string commit_of(const ordered_json& meta) {
  const bool dirty = value_at(meta, "/git/dirty"_json_pointer) == true;
  return text_at(meta, "/git/commit"_json_pointer) + (dirty ? " with changes" : "");
}

// "results/monday (ipcsort 0.1.0, commit 87cd89bd0c42, GNU 12.2.0, 2026-11-22T20:07:47Z)"
std::string description(const Recording& recording) {
  return recording.directory + " (ipcsort " + text_at(recording.meta, "/version"_json_pointer) + ", commit " +
         commit_of(recording.meta) + ", " + text_at(recording.meta, "/compiler"_json_pointer) + ", " +
         text_at(recording.meta, "/started_utc"_json_pointer) + ")";
}

// ---- may they be compared? ----

// The options of a sweep that determine its plan.
std::map<std::string, std::string> plan_options(const ordered_json& meta) {
  static const std::set<std::string> others = {"output", "deadline", "cache-dir", "cache-limit"};
  std::map<std::string, std::string> options;
  const ordered_json config = value_at(meta, "/plan/config"_json_pointer);
  if (!config.is_string()) return options;
  for (const std::string& line : sys::split(config.get<std::string>(), '\n')) {
    const std::size_t equals = line.find(" = ");
    if (equals == std::string::npos || others.contains(line.substr(0, equals))) continue;
    options[line.substr(0, equals)] = sys::printable(line.substr(equals + 3));
  }
  return options;
}

std::vector<std::string> plan_differences(const Recording& baseline, const Recording& candidate) {
  const std::string hash_before = text::compact_json(baseline.meta["/plan/hash"_json_pointer]);
  const std::string hash_after = text::compact_json(candidate.meta["/plan/hash"_json_pointer]);
  if (hash_before == hash_after) return {};
  const auto before = plan_options(baseline.meta);
  const auto after = plan_options(candidate.meta);
  std::map<std::string, std::array<std::string, 2>> values;  // by name
  for (const auto& [name, value] : before) values[name] = {value, "not given"};
  for (const auto& [name, value] : after) {
    values.try_emplace(name, std::array<std::string, 2>{"not given", ""}).first->second[1] = value;
  }
  std::vector<std::string> differences;
  for (const auto& [name, both] : values) {
    if (both[0] != both[1]) differences.push_back("plan, " + name + ": " + both[0] + " and " + both[1]);
  }
  if (differences.empty()) {
    differences.push_back("plan, by hash: " + hash_before + " and " + hash_after +
                          " with the same options, so other transports can be used or the input is another");
  }
  return differences;
}

// ---- what the reader has to know of the two files ----

std::vector<std::string> notes_on(const Recording& recording, const std::string& side) {
  std::vector<std::string> notes;
  if (text_at(recording.meta, "/build_type"_json_pointer) == "Debug")
    notes.push_back("The " + side + " is of a debug build; its figures mean nothing.");
  if (!recording.meta.contains("finished_utc"))
    notes.push_back("The " + side + " is not finished: it has " +
                    text::count_text(results::finished_runs(recording.rows), "row") + ".");
  if (const std::string changes = results::changes_text(recording.rows, recording.meta); !changes.empty())
    notes.push_back("In the " + side + " " + changes + ".");
  const std::string text = sys::read_file(recording.directory + "/runs.csv");
  if (text::complete_bytes(text) < text.size())
    notes.push_back("The last row of the " + side + " was cut off and is left out.");
  return notes;
}

std::vector<std::string> notes_on(const Recording& baseline, const Recording& candidate) {
  std::vector<std::string> notes = notes_on(baseline, "baseline");
  for (std::string& note : notes_on(candidate, "candidate")) notes.push_back(std::move(note));
  std::vector<std::string> differences =
      host::differing_settings(baseline.meta["machine"], candidate.meta["machine"]);
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

}  // namespace

Recording load_recording(const std::string& path) {
  Recording recording{directory_of(path), {}, {}};
  recording.meta = results::load_meta(recording.directory);
  require_schema(recording);
  try {
    recording.rows = results::load_runs(recording.directory);
  } catch (const UsageError& error) {
    throw UsageError(std::string{error.what()} + "; ipcsort " +
                     text_at(recording.meta, "/version"_json_pointer) + " wrote it");
  }
  if (recording.rows.empty())
    throw UsageError(recording.directory + "/runs.csv has no rows; there is nothing to compare");
  return recording;
}

results::Facts facts_of(const ordered_json& meta) {
  results::Facts facts = host::machine_texts(value_at(meta, "/machine"_json_pointer));
  facts.emplace_back("version", text_at(meta, "/version"_json_pointer));
  facts.emplace_back("commit", commit_of(meta));
  facts.emplace_back("compiler", text_at(meta, "/compiler"_json_pointer));
  facts.emplace_back("flags", text_at(meta, "/flags"_json_pointer));
  facts.emplace_back("build", text_at(meta, "/build_type"_json_pointer));
  for (const auto& [name, value] : plan_options(meta)) facts.emplace_back("--" + name, value);
  return facts;
}

std::string differences_of(const Recording& baseline, const Recording& candidate) {
  std::vector<std::string> all = host::differing_facts(baseline.meta["machine"], candidate.meta["machine"]);
  for (std::string& difference : plan_differences(baseline, candidate)) all.push_back(std::move(difference));
  return sys::join(all, "; ");
}

Report compare_recordings(const Recording& baseline, const Recording& candidate, pipeline::Metric metric) {
  const std::string differences = differences_of(baseline, candidate);
  Report report =
      compare(baseline.rows, candidate.rows, metric, differences.empty() ? "" : "machine or plan differ");
  report.baseline = description(baseline);
  report.candidate = description(candidate);
  std::vector<std::string> notes = notes_on(baseline, candidate);
  if (!differences.empty())
    notes.insert(notes.begin(), "NOT COMPARABLE, ratios are advisory: " + differences + ".");
  report.notes.insert(report.notes.begin(), notes.begin(), notes.end());
  return report;
}

}  // namespace ipcsort::gate
