#include "bench/recommend/needs.hpp"

#include <algorithm>

#include "sys/error.hpp"
#include "sys/text.hpp"

namespace ipcsort::recommend {
namespace {

// What waits in a loop has an option that says so.
bool spins(const Traits& traits, const Options& options) {
  if (std::ranges::find(traits.options, "wait", &OptionTraits::name) == traits.options.end()) return false;
  const std::string waits = option_text(traits, options, "wait");
  return waits == "spin" || waits == "yield";
}

bool has_name(const Traits& traits) { return traits.naming != Naming::anonymous; }

// clang-format off
constexpr Need needs[] = {
    {"zero-copy", "the worker builds its payload where the parent reads it (measured with --handover lend)",
     [](const Traits& it, const Options&) { return it.lends; }},
    {"boundaries", "what was sent in one call arrives as one message",
     [](const Traits& it, const Options&) { return it.framing == Framing::message; }},
    {"no-spin", "who waits sleeps; a short spin before that is allowed",
     [](const Traits& it, const Options& options) { return !spins(it, options); }},
    {"no-names", "nothing that others can see or that can be left behind: no path, POSIX name, System V key or port",
     [](const Traits& it, const Options&) { return !has_name(it); }},
    {"eof-on-death", "the receiver sees by itself that its worker has ended or was killed, behind all that was sent",
     [](const Traits& it, const Options&) { return it.eof_on_death; }},
    {"survives-a-killed-worker", "without a supervisor: whenever a worker is killed, its receiver comes back and the other workers' data arrives",
     [](const Traits& it, const Options&) { return it.eof_on_death; }},
    {"unprivileged", "no capability is used: before it looks and measures, recommend gives up its own",
     [](const Traits&, const Options&) { return true; }},
    {"other-user", "processes that are no relatives can meet, by a name or an address whose permissions are the program's affair",
     [](const Traits& it, const Options&) { return has_name(it); }},
    {"other-container", "they can meet with no namespace in common but a directory or the network",
     [](const Traits& it, const Options&) { return it.naming == Naming::path || it.naming == Naming::address; }},
};
// clang-format on

std::vector<std::string> names() {
  std::vector<std::string> all;
  for (const Need& need : needs) all.emplace_back(need.name);
  return all;
}

}  // namespace

std::span<const Need> all_needs() noexcept { return needs; }

std::vector<const Need*> parse_needs(const std::string& text, std::string_view option) {
  const std::vector<std::string> words = sys::split(text, ',');
  for (const std::string& word : words) {
    if (std::ranges::find(needs, word, &Need::name) == std::end(needs))
      throw UsageError("--" + std::string{option} + ": " + sys::is_none_of(word, names()));
  }
  std::vector<const Need*> wanted;
  for (const Need& need : needs) {
    if (std::ranges::find(words, need.name) != words.end()) wanted.push_back(&need);
  }
  return wanted;
}

std::vector<std::string> burdens(const Traits& traits, const Options& options) {
  std::vector<std::string> all;
  if (has_name(traits)) all.emplace_back("names to choose and remove");
  if (!traits.eof_on_death) all.emplace_back("noticing killed workers");
  if (traits.framing == Framing::region) all.emplace_back("a protocol in shared memory");
  if (spins(traits, options)) all.emplace_back("a processor for waiting");
  return all;
}

}  // namespace ipcsort::recommend
