// How the workload around a transport is done.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "datagen/format.hpp"
#include "sys/mapping.hpp"
#include "sys/text.hpp"

namespace ipcsort::pipeline {

enum class Sorter { vqsort, std_sort, qsort };
enum class Drain {
  threads,     // one receiving thread per worker
  sequential,  // worker after worker, as the lecture's parent does
};
enum class TransferMode {
  overlap,  // a worker sends as soon as it has sorted
  barrier,  // all workers are ready, then all send: the clean figure for a transport
  steady,   // likewise, and then again, several times: what it is once all memory has been used before
};
enum class Merge {
  multiway,   // one sorted array, made when all runs have arrived, by all cores
  streaming,  // likewise, while they arrive, by one: what is received goes no further than the cache before
              // it is merged. What need not be received (lent, or made by threads) is merged as with
              // multiway.
  concat,     // each file's numbers sorted on their own, laid end to end: what the lecture's program does
};
enum class Handover {
  copy,  // the worker sends its array, the parent receives it into one of its own
  lend,  // the worker sorts in memory of the transport's, the parent merges from there
};

enum class Placement {
  free,    // the kernel decides
  spread,  // parent and workers each on one CPU, in turn over all there are
  pairs,   // workers as with spread, and the thread that receives from one on its CPU; merging is free
  one      // all on one CPU: no parallelism, and hardly any noise
};
// How often workers send what they have: more than once with TransferMode::steady only.
enum class Rounds { one, four, eight, sixteen, thirty_two };
inline constexpr std::size_t rounds_max = 32;

enum class Memory {
  fresh,  // the parent's arrays are new: their page faults are part of what is measured
  ready   // the parent has touched them before the start
};

struct Settings {
  Sorter sorter = Sorter::vqsort;
  datagen::Parser parser = datagen::Parser::simd;
  Drain drain = Drain::threads;
  TransferMode transfer = TransferMode::overlap;
  Merge merge = Merge::multiway;
  Handover handover = Handover::copy;
  sys::Pages pages = sys::Pages::huge;
  Placement placement = Placement::free;
  Memory memory = Memory::fresh;
  Rounds rounds = Rounds::one;

  auto operator<=>(const Settings&) const = default;

  // What is received is merged while it arrives; what is lent is there all at once.
  [[nodiscard]] bool is_streaming() const noexcept {
    return merge == Merge::streaming && handover == Handover::copy;
  }
  // Nobody sends before all are ready.
  [[nodiscard]] bool has_barrier() const noexcept { return transfer != TransferMode::overlap; }
  // All is sent again and again.
  [[nodiscard]] bool is_steady() const noexcept { return transfer == TransferMode::steady; }
  // With the rounds that its transfer has: one, or those asked for, which are eight if nobody asked.
  [[nodiscard]] Settings settled() const noexcept {
    Settings settings = *this;
    if (!is_steady()) settings.rounds = Rounds::one;
    if (is_steady() && rounds == Rounds::one) settings.rounds = Rounds::eight;
    return settings;
  }
  [[nodiscard]] std::uint32_t times_sent() const noexcept {
    const Rounds own = settled().rounds;
    return own == Rounds::one ? 1 : 2U << static_cast<unsigned>(own);
  }
};

// By which time of a run programs are compared.
enum class Metric {
  total,     // first fork until merged
  transfer,  // first byte could flow until the last was received
  cpu        // CPU time of parent and workers, user and system
};

// What a value is called in options, CSV and JSON, in the order of the enumeration.
template <typename Value>
inline constexpr std::array<std::string_view, 0> words{};
template <>
inline constexpr std::array<std::string_view, 3> words<Sorter>{"vqsort", "std", "qsort"};
template <>
inline constexpr std::array<std::string_view, 3> words<datagen::Parser>{"simd", "from_chars", "fscanf"};
template <>
inline constexpr std::array<std::string_view, 2> words<Drain>{"threads", "sequential"};
template <>
inline constexpr std::array<std::string_view, 3> words<TransferMode>{"overlap", "barrier", "steady"};
template <>
inline constexpr std::array<std::string_view, 3> words<Merge>{"multiway", "streaming", "concat"};
template <>
inline constexpr std::array<std::string_view, 2> words<Handover>{"copy", "lend"};
template <>
inline constexpr std::array<std::string_view, 2> words<sys::Pages>{"base", "huge"};
template <>
inline constexpr std::array<std::string_view, 4> words<Placement>{"free", "spread", "pairs", "one"};
template <>
inline constexpr std::array<std::string_view, 2> words<Memory>{"fresh", "ready"};
template <>
inline constexpr std::array<std::string_view, 5> words<Rounds>{"1", "4", "8", "16", "32"};
template <>
inline constexpr std::array<std::string_view, 3> words<Metric>{"total", "transfer", "cpu"};

// A member of Settings as options, presets, columns, keys, the plan's text, the words of `run` and the names
// of benchmarks see it: all of them go through settings(). A new setting is a member, its words and a row
// there.
struct SettingRow {
  std::string_view name;      // of the option and the column
  bool is_axis;               // an option may ask for several values
  bool is_in_condition;       // cells that differ in it are not compared with one another
  std::string_view choosing;  // what its words mean to who chooses, behind them in --help
  std::string_view meaning;   // what its words mean to who reads them in a column
  std::string_view since;     // the version that began to record it
  std::span<const std::string_view> words;
  std::size_t (*get)(const Settings&) noexcept;  // as an index into `words`
  void (*set)(Settings&, std::size_t) noexcept;

  [[nodiscard]] std::string_view word_of(const Settings& settings) const noexcept {
    return words[get(settings)];
  }
  // Throws UsageError that lists the words.
  void set_word(Settings& settings, std::string_view word) const;
  // "vqsort|std|qsort"
  [[nodiscard]] std::string all_words() const { return sys::join(words, "|"); }
};
std::span<const SettingRow> settings() noexcept;
// Throws std::logic_error for a name that none has.
const SettingRow& setting(std::string_view name);

template <typename Value>
requires(!words<Value>.empty()) constexpr std::string_view to_string(Value value) noexcept {
  return words<Value>[static_cast<std::size_t>(value)];
}

// The place of `text` in `words`; throws UsageError that lists them: "NAME cannot be ...".
std::size_t index_of_word(std::string_view name, std::span<const std::string_view> words,
                          std::string_view text);

// For what is no member of Settings, such as Metric.
template <typename Value>
Value parse_word(std::string_view name, std::string_view text) {
  return static_cast<Value>(index_of_word(name, words<Value>, text));
}
template <typename Value>
std::string all_words() {
  return sys::join(words<Value>, "|");
}

}  // namespace ipcsort::pipeline
