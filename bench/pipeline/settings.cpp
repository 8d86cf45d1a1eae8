#include "bench/pipeline/settings.hpp"

#include <algorithm>
#include <stdexcept>
#include <type_traits>

#include "sys/error.hpp"
#include "sys/text.hpp"

namespace ipcsort::pipeline {
namespace {

template <auto member>
constexpr SettingRow row(std::string_view name, bool is_axis, bool is_in_condition, std::string_view choosing,
                         std::string_view meaning, std::string_view since = "0.1.0") {
  using Value = std::remove_cvref_t<decltype(Settings{}.*member)>;
  return {
      name,
      is_axis,
      is_in_condition,
      choosing,
      meaning,
      since,
      words<Value>,
      [](const Settings& settings) noexcept { return static_cast<std::size_t>(settings.*member); },
      [](Settings& settings, std::size_t index) noexcept { settings.*member = static_cast<Value>(index); }};
}

constexpr bool axis = true, fixed = false;
constexpr bool in_condition = true, compared = false;

// The order is that of the plan's text, from which the hash of a sweep is made: new rows go to the end.
constexpr SettingRow rows[] = {
    row<&Settings::sorter>("sorter", fixed, in_condition, "of the numbers of each worker",
                           "vqsort, std or qsort"),
    row<&Settings::parser>("parser", fixed, in_condition, "of the text of the files",
                           "simd, from_chars or fscanf"),
    row<&Settings::drain>(
        "drain", fixed, in_condition, "how the parent receives from several workers",
        "threads: the parent receives from all workers at once; sequential: one after the other"),
    row<&Settings::transfer>(
        "transfer", axis, in_condition,
        "each worker sends when it has sorted, or all at once, or all at once again and again",
        "overlap: each worker sends when it has sorted; barrier: all send at once when all have; steady: "
        "likewise and then again, timed without the first time"),
    row<&Settings::merge>(
        "merge", fixed, in_condition,
        "one sorted array made when all have arrived, or while they do; or sorted runs end to end",
        "multiway: one sorted array; streaming: likewise, merged while runs arrive; concat: sorted "
        "runs end to end"),
    row<&Settings::handover>(
        "handover", axis, compared, "send and receive; sort where the parent reads; or both: copy,lend",
        "copy: the payload is sent and received; lend: the worker sorts in memory that the parent "
        "merges from"),
    row<&Settings::pages>("pages", fixed, in_condition, "ask for huge pages for the arrays, or not",
                          "huge: arrays ask for transparent huge pages; base: they do not"),
    row<&Settings::placement>(
        "placement", fixed, in_condition,
        "the kernel decides; a CPU for each process; for each worker and its receiver; or all on "
        "one",
        "free: the kernel decides; spread: parent and workers each on one CPU; pairs: a worker and "
        "its receiver on one CPU; one: all on one CPU"),
    row<&Settings::memory>(
        "memory", fixed, in_condition, "the parent's page faults are measured, or happen before",
        "fresh: page faults of the parent's arrays are measured; ready: they happen before the "
        "start"),
    row<&Settings::rounds>("rounds", fixed, in_condition,
                           "how often all is sent with --transfer steady; 1: as often as is usual, 8 times",
                           "how often all is sent", "0.2.0"),
};

}  // namespace

std::span<const SettingRow> settings() noexcept { return rows; }

const SettingRow& setting(std::string_view name) {
  const auto found = std::ranges::find(rows, name, &SettingRow::name);
  if (found == std::end(rows)) throw std::logic_error("there is no setting " + std::string{name});
  return *found;
}

void SettingRow::set_word(Settings& settings, std::string_view word) const {
  set(settings, index_of_word(name, words, word));
}

std::size_t index_of_word(std::string_view name, std::span<const std::string_view> words,
                          std::string_view text) {
  const auto found = std::ranges::find(words, text);
  if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
  throw UsageError(std::string{name} + " cannot be '" + sys::printable(text) + "': it is one of " +
                   sys::join(words, "|") + sys::hint(text, {words.begin(), words.end()}));
}

}  // namespace ipcsort::pipeline
