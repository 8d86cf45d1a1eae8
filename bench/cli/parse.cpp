#include "bench/cli/parse.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <system_error>

#include "bench/cell/plan.hpp"
#include "sys/error.hpp"
#include "sys/text.hpp"

namespace ipcsort::cli {
namespace {

using pipeline::Subject;
using pipeline::SubjectKind;

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

}  // namespace

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

std::uint64_t parse_whole_number(const std::string& text, std::string_view option, std::uint64_t least,
                                 std::uint64_t most) {
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

}  // namespace ipcsort::cli
