// What the words of options mean. Each throws UsageError that names the option and the word it does not take.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "bench/pipeline/run.hpp"
#include "sys/clock.hpp"
#include "transports/registry.hpp"

namespace ipcsort::cli {

// What transports are compared with.
inline constexpr std::array reference_names = {"serial", "threads", "memcpy_one_copy", "memcpy_two_copies"};

// "--OPTION: 'TEXT' is not EXPECTED"
[[noreturn]] void refuse(std::string_view option, std::string_view text, std::string_view expected);

// "all", or names with options, with commas between them; and "all", "none" or names of references.
std::vector<pipeline::Subject> parse_subjects(const Registry& registry, const std::string& transports,
                                              const std::string& references);
// Refuses "1,000,000" where a list is meant to stand: it would be taken for 1, 0 and 0.
void require_no_thousands(const std::string& text, std::string_view option);
std::vector<std::uint64_t> parse_counts(const std::string& text, std::string_view option);  // "4,100K,10M"
std::uint64_t parse_whole_number(const std::string& text, std::string_view option, std::uint64_t least,
                                 std::uint64_t most);
double parse_percentage(const std::string& text, std::string_view option);          // "2%" is 0.02
sys::Nanoseconds parse_duration(const std::string& text, std::string_view option);  // "90s" "5m" "1h" "250ms"

// parse_whole_number with its limits, for a table of options.
inline auto whole_number(std::uint64_t least,
                         std::uint64_t most = std::numeric_limits<std::uint64_t>::max()) {
  return [least, most](const std::string& text, std::string_view option) {
    return parse_whole_number(text, option, least, most);
  };
}

}  // namespace ipcsort::cli
