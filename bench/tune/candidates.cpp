#include "bench/tune/candidates.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <string>

#include "sys/text.hpp"

namespace ipcsort::tune {
namespace {

std::string bytes_text(std::uint64_t bytes) {
  for (const auto& [unit, letter] : {std::pair{1ULL << 30, 'G'}, {1ULL << 20, 'M'}, {1ULL << 10, 'K'}}) {
    if (bytes % unit == 0) return std::to_string(bytes / unit) + letter;
  }
  return std::to_string(bytes);
}

// How much one write best takes does not hang on its default: between a page and what a near cache holds.
constexpr std::uint64_t chunks_bytes[] = {64U << 10, 8U << 10, 256U << 10, 16U << 10, 4U << 10};

// Other buffers grow and shrink around theirs, as multiples in quarters. A socket's can at most be doubled as
// long as nobody has raised net.core.wmem_max.
constexpr std::uint64_t socket_quarters[] = {8, 128, 32};
constexpr std::uint64_t buffer_quarters[] = {16, 64, 1};

Alternatives ladder_of(const OptionTraits& option) {
  Alternatives ladder{std::string{option.name}, {}};
  const auto usual = sys::parse_bytes(option.default_value);  // nothing for a word such as "whole"
  const auto add = [&](std::uint64_t bytes) {
    if (bytes > 0 && bytes != usual) ladder.values.push_back(bytes_text(bytes));
  };
  if (option.name == "chunk") {
    std::ranges::for_each(chunks_bytes, add);
  } else if (usual) {
    for (const std::uint64_t quarters : option.name == "sndbuf" ? socket_quarters : buffer_quarters)
      add(*usual * quarters / 4);
  }
  return ladder;
}

Alternatives choice_of(const OptionTraits& option) {
  const auto words = option.values.words();
  Alternatives choice{std::string{option.name}, {words.begin(), words.end()}};
  std::erase(choice.values, option.default_value);
  return choice;
}

}  // namespace

std::vector<Alternatives> alternatives_for(const Traits& traits) {
  std::vector<Alternatives> alternatives;
  for (const OptionTraits& option : all_options(traits)) {
    Alternatives of_option = option.values.is_size() ? ladder_of(option) : choice_of(option);
    if (!of_option.values.empty()) alternatives.push_back(std::move(of_option));
  }
  return alternatives;
}

std::vector<Options> each_alone(const std::vector<Alternatives>& alternatives) {
  std::vector<Options> sets{{}};
  for (const Alternatives& of_option : alternatives) {
    for (const std::string& value : of_option.values) sets.push_back({{of_option.option, value}});
  }
  return sets;
}

std::vector<Options> all_together(const std::vector<Alternatives>& alternatives) {
  std::vector<Options> sets{{}};
  for (const Alternatives& of_option : alternatives) {
    const std::size_t before = sets.size();
    for (std::size_t i = 0; i < before; ++i) {
      for (const std::string& value : of_option.values) {
        Options more = sets[i];
        more.emplace(of_option.option, value);
        sets.push_back(std::move(more));
      }
    }
  }
  std::ranges::stable_sort(sets, {}, &Options::size);
  return sets;
}

std::size_t count_together(const std::vector<Alternatives>& alternatives) noexcept {
  std::size_t count = 1;
  for (const Alternatives& of_option : alternatives) count *= of_option.values.size() + 1;
  return count;
}

std::vector<Alternatives> most_promising(const std::vector<Alternatives>& alternatives,
                                         const TimeAlone& time_of, std::size_t sets_max) {
  std::vector<Alternatives> ordered;  // of each option the values that may be of use, the best first
  std::size_t most = 1;
  for (const Alternatives& of_option : alternatives) {
    Alternatives known{of_option.option, {}};
    std::ranges::copy_if(of_option.values, std::back_inserter(known.values), [&](const std::string& value) {
      return time_of(of_option.option, value).value_or(hopeless_alone + 1) <= hopeless_alone;
    });
    std::ranges::stable_sort(known.values, {},
                             [&](const std::string& value) { return *time_of(of_option.option, value); });
    most = std::max(most, known.values.size());
    if (!known.values.empty()) ordered.push_back(std::move(known));
  }
  const auto best = [&](std::size_t values) {
    std::vector<Alternatives> kept = ordered;
    for (Alternatives& of_option : kept) of_option.values.resize(std::min(values, of_option.values.size()));
    return kept;
  };
  while (most > 1 && count_together(best(most)) > sets_max) --most;
  return best(most);
}

}  // namespace ipcsort::tune
