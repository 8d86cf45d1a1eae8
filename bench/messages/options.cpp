#include "bench/messages/options.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "bench/cli/parse.hpp"
#include "sys/error.hpp"
#include "sys/text.hpp"

namespace ipcsort::messages {
namespace {

constexpr std::size_t message_bytes_max = 64UL << 20U;
constexpr std::uint64_t kernel_numbers_max = 100'000'000;
constexpr std::size_t largest_of_all_sizes = 1UL << 20U;

constexpr std::array<std::string_view, 3> measures = {"throughput", "latency", "kernels"};
constexpr std::array<std::string_view, 3> memory_words = {"hot", "stream", "cold"};
constexpr std::array<std::string_view, 3> pinning_words = {"same", "cross", "free"};

// What the comma-separated words of an option's value stand for, by their places in `known`; each once.
template <typename Value>
std::vector<Value> parse_list(const cli::Values& values, const char* option,
                              const std::array<std::string_view, 3>& known) {
  std::vector<Value> all;
  for (const std::string& word : sys::split(values.text(option), ',')) {
    const auto found = std::ranges::find(known, word);
    if (found == known.end()) {
      throw UsageError(fmt::format("--{}: {}", option, sys::is_none_of(word, {known.begin(), known.end()})));
    }
    const auto value = static_cast<Value>(found - known.begin());
    if (std::ranges::find(all, value) == all.end()) all.push_back(value);
  }
  return all;
}

std::vector<std::size_t> parse_sizes(const std::string& text) {
  cli::require_no_thousands(text, "sizes");
  std::vector<std::size_t> sizes;
  if (text == "all") {
    for (std::size_t bytes = 1; bytes <= largest_of_all_sizes; bytes *= 2) sizes.push_back(bytes);
    return sizes;
  }
  for (const std::string& part : sys::split(text, ',')) {
    const auto bytes = sys::parse_bytes(part);
    if (!bytes || *bytes < 1 || *bytes > message_bytes_max)
      cli::refuse("sizes", part, "a message size from 1 to 64M, such as 64, 4K or 1M; or say all");
    if (std::ranges::find(sizes, *bytes) == sizes.end()) sizes.push_back(*bytes);
  }
  return sizes;
}

std::uint64_t parse_kernel_numbers(const std::string& text) {
  const auto count = sys::parse_count(text);
  if (!count || *count < 1 || *count > kernel_numbers_max)
    cli::refuse("numbers", text, "a number of numbers from 1 to 100M");
  return *count;
}

// Of `all`, those that can be measured here; one that was named must be such.
std::vector<pipeline::Subject> parse_transports(const Registry& registry, const std::string& text) {
  std::vector<pipeline::Subject> subjects = cli::parse_subjects(registry, text, "none");
  const bool all = text == "all";
  std::erase_if(subjects, [&](const pipeline::Subject& subject) {
    if (subject.transport != nullptr && subject.transport->traits().payload_copies > 0) return false;
    if (all) return true;
    throw UsageError(fmt::format(
        "--transports: {} does not send and receive, so there are no messages to measure", name_of(subject)));
  });
  return subjects;
}

}  // namespace

std::string_view to_string(MemoryState state) noexcept {
  return memory_words.at(static_cast<std::size_t>(state));
}
std::string_view to_string(Pinning pinning) noexcept {
  return pinning_words.at(static_cast<std::size_t>(pinning));
}

cli::OptionGroup selection_options() {
  // clang-format off
  return {"What to measure (lists are comma-separated)", {
      {"measure", "WORDS", "throughput|latency|kernels: messages one way; round trips; parse, sort, merge and copy", "throughput,latency,kernels"},
      {"transports", "TRANSPORTS", "all, or names with options: pipe,pipe:capacity=1M; those that send and receive", "all"},
      {"sizes", "SIZES", "message sizes in bytes, or all: the powers of two up to 1M", "64,4K,64K,1M"},
      {"memory", "WORDS", "hot|stream|cold: same buffer again, through a buffer larger than the caches, flushed before each message", "hot"},
      {"numbers", "COUNT", "that a kernel works on; merge merges four runs of as many", "1M"},
      {"placement", "WORDS", "same|cross|free: both processes on one CPU, on two, not pinned", "cross,free"}}};
  // clang-format on
}

Selection selection_from(const Registry& registry, const cli::Values& values) {
  Selection selection;
  for (const int measure : parse_list<int>(values, "measure", measures))
    (measure == 0 ? selection.throughput : measure == 1 ? selection.latency : selection.kernels) = true;
  selection.kernel_numbers = parse_kernel_numbers(values.text("numbers"));
  selection.transports = parse_transports(registry, values.text("transports"));
  selection.message_bytes = parse_sizes(values.text("sizes"));
  selection.memory = parse_list<MemoryState>(values, "memory", memory_words);
  selection.pinnings = parse_list<Pinning>(values, "placement", pinning_words);
  return selection;
}

}  // namespace ipcsort::messages
