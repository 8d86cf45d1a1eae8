#include "bench/cli/parse.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <system_error>

#include "bench/cell/plan.hpp"
#include "sys/error.hpp"
#include "sys/text.hpp"

namespace ipcsort::cli {
namespace {

using namespace std::string_view_literals;
using pipeline::Subject;
using pipeline::SubjectKind;

std::vector<std::string> references() { return {reference_names.begin(), reference_names.end()}; }

// "pipe:capacity=1M:..." -> a subject. `available` for the message.
Subject parse_subject(const Registry& registry, const std::string& text) {
  if (text.empty())
    throw UsageError("--transports has an empty name; names are separated by one comma each: pipe,fifo");
  const std::vector<std::string> parts = sys::split(text, ':');
  Subject subject;
  if (const Transport* transport = registry.find(parts[0])) {
    subject.transport = transport;
  } else if (const auto kind = pipeline::reference_named(parts[0])) {
    subject.kind = *kind;
  } else {
    std::vector<std::string> names;
    for (const Transport* known : registry.all()) names.emplace_back(known->traits().name);
    const std::string transports = sys::join(names, ", ");
    names.insert(names.end(), reference_names.begin(), reference_names.end());
    throw UsageError(fmt::format("there is no transport '{}'; there are {} and the references {}{}",
                                 sys::printable(parts[0]), transports, sys::join(references(), ", "),
                                 sys::hint(parts[0], names)));
  }
  if (parts.size() > 1 && subject.transport == nullptr)
    throw UsageError("'" + sys::printable(text) + "': " + parts[0] + " is a reference and has no options");
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const std::size_t equals = parts[i].find('=');
    if (equals == std::string::npos)
      throw UsageError("'" + sys::printable(text) + "' is not TRANSPORT[:OPTION=VALUE]...; see ipcsort list");
    const std::string name = parts[i].substr(0, equals);
    if (!subject.options.try_emplace(name, parts[i].substr(equals + 1)).second)
      throw UsageError("'" + sys::printable(text) + "' says " + sys::printable(name) + "= twice");
  }
  if (subject.transport != nullptr) check_options(subject.transport->traits(), subject.options);
  return subject;
}

void add_unless_there(std::vector<Subject>& subjects, const Subject& subject) {
  const auto same = [&](const Subject& other) { return cell::id_of(other) == cell::id_of(subject); };
  if (std::none_of(subjects.begin(), subjects.end(), same)) subjects.push_back(subject);
}

// Digits, and perhaps a suffix: what is not taken all the same is too large.
bool is_number(std::string_view text) {
  if (!text.empty() && "KkMG"sv.find(text.back()) != std::string_view::npos) text.remove_suffix(1);
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

void refuse(std::string_view option, std::string_view text, std::string_view expected) {
  throw UsageError(fmt::format("--{}: '{}' is not {}", option, sys::printable(text), expected));
}

std::vector<Subject> parse_subjects(const Registry& registry, const std::string& transports,
                                    const std::string& wanted) {
  std::vector<Subject> subjects;
  for (const std::string& name : sys::split(transports, ',')) {
    if (name == "all") {
      for (const Transport* transport : registry.all())
        add_unless_there(subjects, {SubjectKind::transport, transport, {}});
    } else {
      add_unless_there(subjects, parse_subject(registry, name));
    }
  }
  if (wanted == "none") return subjects;
  for (const std::string& name : wanted == "all" ? references() : sys::split(wanted, ',')) {
    if (name == "all" || name == "none")
      throw UsageError("--references: '" + sys::printable(wanted) + "' says " + name +
                       " beside others; say one of both");
    const auto kind = pipeline::reference_named(name);
    if (!kind) {
      throw UsageError(fmt::format("there is no reference '{}'; there are {}; or say all or none{}",
                                   sys::printable(name), sys::join(references(), ", "),
                                   sys::hint(name, references())));
    }
    add_unless_there(subjects, {*kind, nullptr, {}});
  }
  return subjects;
}

void require_no_thousands(const std::string& text, std::string_view option) {
  std::vector<std::string> parts = sys::split(text, ',');
  const auto is_group = [](const std::string& part) {
    return part.size() == 3 && part.find_first_not_of("0123456789") == std::string::npos;
  };
  const bool reads_like_a_number = parts.size() > 1 && !parts[0].empty() && parts[0].size() <= 3 &&
                                   parts[0].find_first_not_of("0123456789") == std::string::npos &&
                                   std::all_of(parts.begin() + 1, parts.end(), is_group);
  // Such as 100,200,300.
  const bool reads_like_a_list =
      std::ranges::all_of(parts, [&](const std::string& part) { return is_group(part) && part[0] != '0'; }) &&
      std::ranges::is_sorted(parts);
  if (!reads_like_a_number || reads_like_a_list) return;
  const std::string number = sys::join(parts, "");
  const bool may_be_a_list =
      std::ranges::none_of(parts, [](const std::string& part) { return part[0] == '0'; });
  std::ranges::reverse(parts);
  throw UsageError(fmt::format("--{}: '{}' reads like one number with separators; write {}{}", option, text,
                               number,
                               may_be_a_list ? ", or, if a list is meant, " + sys::join(parts, ",") : ""));
}

std::vector<std::uint64_t> parse_counts(const std::string& text, std::string_view option) {
  require_no_thousands(text, option);
  std::vector<std::uint64_t> counts;
  for (const std::string& part : sys::split(text, ',')) {
    const auto count = sys::parse_count(part);
    if (!count && is_number(part))
      throw UsageError(fmt::format("--{}: '{}' is too large a number", option, part));
    if (!count) refuse(option, part, "a whole number such as 4, 100K or 10M");
    if (std::ranges::find(counts, *count) == counts.end()) counts.push_back(*count);
  }
  return counts;
}

std::uint64_t parse_whole_number(const std::string& text, std::string_view option, std::uint64_t least,
                                 std::uint64_t most) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < least || value > most)
    refuse(option, text, fmt::format("a whole number from {} to {}", least, most));
  return value;
}

double parse_percentage(const std::string& text, std::string_view option) {
  double percent = 0;
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, percent);
  // The negated comparison also refuses NaN.
  if (error != std::errc{} || std::string_view(end, last) != "%" || !(percent > 0 && percent <= 100))
    refuse(option, text, "a percentage such as 2% or 0.5% (at most 100%)");
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
  if (error != std::errc{} || scale_ms == 0 || value == 0 || value > day_ms / scale_ms)
    refuse(option, text, "a time such as 500ms, 90s, 5m or 1h (at most a day)");
  return static_cast<sys::Nanoseconds>(value * scale_ms) * 1'000'000;
}

}  // namespace ipcsort::cli
