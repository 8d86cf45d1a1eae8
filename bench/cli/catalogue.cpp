#include "bench/cli/catalogue.hpp"

#include <algorithm>
#include <array>

#include "bench/pipeline/run.hpp"

namespace ipcsort::cli {
namespace {

enum class Kin : std::size_t { region, stream, message, direct, none };

constexpr std::array<std::string_view, 5> titles = {"Shared memory", "Streams of bytes", "Messages",
                                                    "One copy or none", "To compare with: not transports"};

Kin kin_of(const Entry& entry) {
  if (entry.traits == nullptr) return Kin::none;
  if (entry.traits->payload_copies < 2) return Kin::direct;
  switch (entry.traits->framing) {
    case Framing::region: return Kin::region;
    case Framing::stream: return Kin::stream;
    case Framing::message: return Kin::message;
  }
  return Kin::none;
}

}  // namespace

std::vector<Entry> catalogue(const Registry& registry) {
  std::vector<Entry> entries;
  for (const Transport* transport : registry.all()) {
    const Traits& traits = transport->traits();
    entries.push_back(
        {std::string{traits.name}, "transport", std::string{traits.summary}, &traits, transport->probe()});
  }
  const std::vector<std::pair<std::string, std::string>> references = {
      {"serial", "one process does it all; no transport"},
      {"threads", "worker threads of one process; the span is handed over"},
      {"memcpy_one_copy", "the payload copied once to fresh memory"},
      {"memcpy_two_copies", "the payload copied twice, through a buffer in cache"}};
  for (const auto& [name, summary] : references) {
    const auto kind = pipeline::kind_name(*pipeline::reference_named(name));
    entries.push_back({name, std::string{kind}, summary, nullptr, {}});
  }
  return entries;
}

std::vector<Family> families(const std::vector<Entry>& entries) {
  std::vector<Family> all;
  for (std::size_t kin = 0; kin < titles.size(); ++kin) {
    Family family{titles.at(kin), {}};
    for (const Entry& entry : entries) {
      if (kin_of(entry) == static_cast<Kin>(kin)) family.members.push_back(&entry);
    }
    if (!family.members.empty()) all.push_back(std::move(family));
  }
  return all;
}

results::Families transport_families(const Registry& registry) {
  static constexpr std::array<std::string_view, 4> words = {"shared_memory", "stream", "message",
                                                            "single_copy"};
  results::Families families;
  for (const Transport* transport : registry.all()) {
    const Traits& traits = transport->traits();
    const auto kin = static_cast<std::size_t>(kin_of({{}, {}, {}, &traits, {}}));
    families.emplace(traits.name, traits.name == "null"        ? results::floor_family
                                  : traits.payload_copies == 0 ? "lent_memory"
                                                               : words.at(kin));
  }
  return families;
}

std::string words(std::string_view name) {
  std::string text{name};
  std::replace(text.begin(), text.end(), '_', ' ');
  return text;
}

}  // namespace ipcsort::cli
