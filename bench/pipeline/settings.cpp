#include "bench/pipeline/settings.hpp"

#include <cstddef>
#include <span>

#include "sys/error.hpp"
#include "sys/text.hpp"

namespace ipcsort::pipeline {
namespace {

// A setting's name and its values' names, in the order of the enumeration.
struct Names {
  std::string_view setting;
  std::span<const std::string_view> values;
};

template <typename Setting>
Names names();

#define IPCSORT_SETTING(TYPE, NAME, ...)                        \
  template <>                                                   \
  Names names<TYPE>() {                                         \
    static constexpr std::string_view values[] = {__VA_ARGS__}; \
    return {NAME, values};                                      \
  }
IPCSORT_SETTING(Sorter, "sorter", "vqsort", "std", "qsort")
IPCSORT_SETTING(Drain, "drain", "threads", "sequential")
IPCSORT_SETTING(TransferMode, "transfer", "overlap", "barrier")
IPCSORT_SETTING(Merge, "merge", "multiway", "streaming", "concat")
IPCSORT_SETTING(Handover, "handover", "copy", "lend")
IPCSORT_SETTING(sys::Pages, "pages", "base", "huge")
IPCSORT_SETTING(Placement, "placement", "free", "spread", "pairs", "one")
IPCSORT_SETTING(Memory, "memory", "fresh", "ready")
IPCSORT_SETTING(Metric, "metric", "total", "transfer", "cpu")
#undef IPCSORT_SETTING

// datagen owns the names of its parsers.
template <>
Names names<datagen::Parser>() {
  static const std::array<std::string_view, 3> values = {to_string(datagen::Parser::simd),
                                                         to_string(datagen::Parser::from_chars),
                                                         to_string(datagen::Parser::fscanf)};
  return {"parser", values};
}

template <typename Setting>
std::string_view name_of(Setting value) noexcept {
  return names<Setting>().values[static_cast<std::size_t>(value)];
}

}  // namespace

std::string_view to_string(Sorter value) noexcept { return name_of(value); }
std::string_view to_string(Drain value) noexcept { return name_of(value); }
std::string_view to_string(TransferMode value) noexcept { return name_of(value); }
std::string_view to_string(Merge value) noexcept { return name_of(value); }
std::string_view to_string(Handover value) noexcept { return name_of(value); }
std::string_view to_string(sys::Pages value) noexcept { return name_of(value); }
std::string_view to_string(Placement value) noexcept { return name_of(value); }
std::string_view to_string(Memory value) noexcept { return name_of(value); }
std::string_view to_string(Metric value) noexcept { return name_of(value); }

template <typename Setting>
std::string setting_values() {
  std::string text;
  for (const std::string_view value : names<Setting>().values) {
    if (!text.empty()) text += '|';
    text += value;
  }
  return text;
}

template <typename Setting>
Setting parse_setting(std::string_view text) {
  const Names known = names<Setting>();
  for (std::size_t i = 0; i < known.values.size(); ++i) {
    if (known.values[i] == text) return static_cast<Setting>(i);
  }
  throw UsageError(std::string{known.setting} + " cannot be '" + sys::printable(text) + "': it is one of " +
                   setting_values<Setting>() + sys::hint(text, {known.values.begin(), known.values.end()}));
}

#define IPCSORT_INSTANTIATE(TYPE)                      \
  template TYPE parse_setting<TYPE>(std::string_view); \
  template std::string setting_values<TYPE>();
IPCSORT_INSTANTIATE(Sorter)
IPCSORT_INSTANTIATE(Drain)
IPCSORT_INSTANTIATE(TransferMode)
IPCSORT_INSTANTIATE(Merge)
IPCSORT_INSTANTIATE(Handover)
IPCSORT_INSTANTIATE(sys::Pages)
IPCSORT_INSTANTIATE(Placement)
IPCSORT_INSTANTIATE(Memory)
IPCSORT_INSTANTIATE(Metric)
IPCSORT_INSTANTIATE(datagen::Parser)
#undef IPCSORT_INSTANTIATE

}  // namespace ipcsort::pipeline
