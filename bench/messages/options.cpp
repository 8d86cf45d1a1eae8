#include "bench/messages/options.hpp"

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
constexpr std::array<std::string_view, 3> memory_states = {"hot", "stream", "cold"};
constexpr std::array<std::string_view, 3> placement_names = {"same", "cross", "free"};

// The places in `known` of the comma-separated names of an option's value, each once.
std::vector<std::size_t> parse_names(const cli::Values& values, const char* option,
                                     const std::array<std::string_view, 3>& known) {
  std::vector<std::size_t> places;
  for (const std::string& name : sys::split(values.text(option), ',')) {
    const auto found = std::find(known.begin(), known.end(), name);
    if (found == known.end()) {
      throw UsageError("--" + std::string{option} + ": " +
                       sys::is_none_of(name, {known.begin(), known.end()}));
    }
    const auto place = static_cast<std::size_t>(found - known.begin());
    if (std::find(places.begin(), places.end(), place) == places.end()) places.push_back(place);
  }
  return places;
}

template <typename Setting>
std::vector<Setting> parse_settings(const cli::Values& values, const char* option,
                                    const std::array<std::string_view, 3>& known) {
  std::vector<Setting> settings;
  for (const std::size_t place : parse_names(values, option, known))
    settings.push_back(static_cast<Setting>(place));
  return settings;
}

std::vector<std::size_t> parse_sizes(const std::string& text) {
  std::vector<std::size_t> sizes;
  if (text == "all") {
    for (std::size_t bytes = 1; bytes <= largest_of_all_sizes; bytes *= 2) sizes.push_back(bytes);
    return sizes;
  }
  for (const std::string& part : sys::split(text, ',')) {
    const auto bytes = sys::parse_bytes(part);
    if (!bytes || *bytes < 1 || *bytes > message_bytes_max) {
      throw UsageError("--sizes: '" + sys::printable(part) +
                       "' is not a message size from 1 to 64M, such as 64, 4K or 1M; or say all");
    }
    if (std::find(sizes.begin(), sizes.end(), *bytes) == sizes.end()) sizes.push_back(*bytes);
  }
  return sizes;
}

std::uint64_t parse_kernel_numbers(const std::string& text) {
  const auto count = sys::parse_count(text);
  if (!count || *count < 1 || *count > kernel_numbers_max) {
    throw UsageError("--numbers: '" + sys::printable(text) + "' is not a number of numbers from 1 to 100M");
  }
  return *count;
}

// Of `all`, those that can be measured here; one that was named must be such.
std::vector<pipeline::Subject> parse_transports(const Registry& registry, const std::string& text) {
  std::vector<pipeline::Subject> subjects = cli::parse_subjects(registry, text, "none");
  const bool all = text == "all";
  std::erase_if(subjects, [&](const pipeline::Subject& subject) {
    if (subject.transport != nullptr && subject.transport->traits().payload_copies > 0) return false;
    if (all) return true;
    throw UsageError("--transports: " + std::string{name_of(subject)} +
                     " does not send and receive, so there are no messages to measure");
  });
  return subjects;
}

}  // namespace

std::string_view to_string(MemoryState state) noexcept {
  return memory_states.at(static_cast<std::size_t>(state));
}
std::string_view to_string(Placement placement) noexcept {
  return placement_names.at(static_cast<std::size_t>(placement));
}

cli::OptionGroup selection_options() {
  // clang-format off
  cli::OptionGroup options{"What to measure (lists are comma-separated)", {
      {"measure", "WORDS", "throughput|latency|kernels: messages one way; round trips; parse, sort, merge and copy", "throughput,latency,kernels"},
      {"transports", "TRANSPORTS", "all, or names with options: pipe,pipe:capacity=1M; those that send and receive", "all"},
      {"sizes", "SIZES", "message sizes in bytes, or all: the powers of two up to 1M", "64,4K,64K,1M"},
      {"memory", "WORDS", "hot|stream|cold: same buffer again, through a buffer larger than the caches, flushed before each message", "hot"},
      {"numbers", "COUNT", "that a kernel works on; merge merges four runs of as many", "1M"},
      {"placement", "WORDS", "same|cross|free: both processes on one CPU, on two, not pinned", "cross,free"}}};
  // clang-format on
  return options;
}

Selection selection_from(const Registry& registry, const cli::Values& values) {
  Selection selection;
  const std::vector<std::size_t> measured = parse_names(values, "measure", measures);
  const auto is_measured = [&](std::size_t place) {
    return std::find(measured.begin(), measured.end(), place) != measured.end();
  };
  selection.throughput = is_measured(0);
  selection.latency = is_measured(1);
  selection.kernels = is_measured(2);
  selection.kernel_numbers = parse_kernel_numbers(values.text("numbers"));
  selection.transports = parse_transports(registry, values.text("transports"));
  selection.message_bytes = parse_sizes(values.text("sizes"));
  selection.memory = parse_settings<MemoryState>(values, "memory", memory_states);
  selection.placements = parse_settings<Placement>(values, "placement", placement_names);
  return selection;
}

}  // namespace ipcsort::messages
