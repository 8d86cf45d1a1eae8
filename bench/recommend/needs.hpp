// What a program may need of a transport: questions to what the transport says of itself. That the answers are true is
// tested on the transports themselves (tests/transports/needs_test.cpp). Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "transports/transport.hpp"

namespace ipcsort::recommend {

struct Need {
  std::string_view name;
  std::string_view meaning;
  bool (*is_met)(const Traits& traits, const Options& options);
};

std::span<const Need> all_needs() noexcept;

// The words of --need, each once, in the order of all_needs(). Throws UsageError that lists them.
std::vector<const Need*> parse_needs(const std::string& text, std::string_view option);

// What a program that takes this transport has to do besides sending and receiving, a few words each. The fewer, the
// simpler it is.
std::vector<std::string> burdens(const Traits& traits, const Options& options);

}  // namespace ipcsort::recommend
