#include "bench/tune/candidates.hpp"

#include <algorithm>
#include <cstdint>
#include <string>

#include "sys/text.hpp"

namespace ipcsort::tune {
namespace {

// An option and what else it could be than its default.
struct Axis {
  std::string name;
  std::vector<std::string> values;  // of a ladder: the last is the first to go
  bool is_ladder = false;
};

std::string bytes_text(std::uint64_t bytes) {
  for (const auto& [unit, letter] : {std::pair{1ULL << 30, 'G'}, {1ULL << 20, 'M'}, {1ULL << 10, 'K'}}) {
    if (bytes % unit == 0) return std::to_string(bytes / unit) + letter;
  }
  return std::to_string(bytes);
}

// What one write takes does not hang on its default: the best is between a page and the size of a near cache.
constexpr std::uint64_t chunks_bytes[] = {64U << 10, 8U << 10, 256U << 10, 16U << 10, 4U << 10};

// Other buffers grow and shrink around theirs, as multiples in quarters. A socket's can at most be doubled as
// long as nobody has raised net.core.wmem_max.
constexpr std::uint64_t socket_quarters[] = {8, 128, 32};
constexpr std::uint64_t buffer_quarters[] = {16, 64, 1};

Axis ladder_of(const OptionTraits& option) {
  Axis axis{std::string{option.name}, {}, true};
  const auto usual = sys::parse_bytes(option.default_value);  // nothing for a word such as "whole"
  const auto add = [&](std::uint64_t bytes) {
    if (bytes > 0 && bytes != usual) axis.values.push_back(bytes_text(bytes));
  };
  if (option.name == "chunk") {
    std::ranges::for_each(chunks_bytes, add);
  } else if (usual) {
    const auto scale = [&](std::uint64_t quarters) { add(*usual * quarters / 4); };
    if (option.name == "sndbuf") {
      std::ranges::for_each(socket_quarters, scale);
    } else {
      std::ranges::for_each(buffer_quarters, scale);
    }
  }
  return axis;
}

Axis choice_of(const OptionTraits& option) {
  Axis axis{std::string{option.name}, sys::split(option.values, '|'), false};
  std::erase(axis.values, option.default_value);
  return axis;
}

// All sets with at most `depth` options off their defaults, the fewest first.
std::vector<Options> combine(const std::vector<Axis>& axes, std::size_t depth) {
  std::vector<Options> sets{{}};
  for (const Axis& axis : axes) {
    const std::size_t before = sets.size();
    for (std::size_t i = 0; i < before; ++i) {
      if (sets[i].size() >= depth) continue;
      for (const std::string& value : axis.values) {
        Options more = sets[i];
        more.emplace(axis.name, value);
        sets.push_back(std::move(more));
      }
    }
  }
  std::ranges::stable_sort(sets, {}, &Options::size);
  return sets;
}

// Nothing when there is no ladder left to shorten.
Axis* longest_ladder(std::vector<Axis>& axes) {
  Axis* longest = nullptr;
  for (Axis& axis : axes) {
    if (axis.is_ladder && axis.values.size() > 1 &&
        (longest == nullptr || axis.values.size() > longest->values.size()))
      longest = &axis;
  }
  return longest;
}

}  // namespace

std::vector<Options> candidates_for(const Traits& traits) {
  std::vector<Axis> axes;
  for (const OptionTraits& option : all_options(traits))
    axes.push_back(option.values == "BYTES" ? ladder_of(option) : choice_of(option));
  std::vector<Options> sets = combine(axes, axes.size());
  constexpr std::size_t pairs_only = 2;
  while (sets.size() > candidates_max) {
    const std::vector<Options> fewer = combine(axes, pairs_only);
    if (fewer.size() <= candidates_max) return fewer;
    Axis* longest = longest_ladder(axes);
    if (longest == nullptr) {
      sets = fewer;
      sets.resize(candidates_max);  // those with the most options off their defaults
    } else {
      longest->values.pop_back();
      sets = fewer;
    }
  }
  return sets;
}

}  // namespace ipcsort::tune
