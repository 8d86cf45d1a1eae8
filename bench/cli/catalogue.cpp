#include "bench/cli/catalogue.hpp"

#include <algorithm>
#include <cctype>

#include "bench/pipeline/run.hpp"

namespace ipcsort::cli {
namespace {

constexpr Family families[] = {Family::shared_memory, Family::lent_memory, Family::single_copy,
                               Family::stream,        Family::message,     Family::floor};

std::string title_of(Family family) {
  std::string text{title(family)};
  text.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(text.front())));
  return text;
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

std::vector<Section> sections(const std::vector<Entry>& entries) {
  std::vector<Section> all;
  const auto add = [&](std::string title, auto belongs) {
    Section section{std::move(title), {}};
    for (const Entry& entry : entries) {
      if (belongs(entry.traits)) section.members.push_back(&entry);
    }
    if (!section.members.empty()) all.push_back(std::move(section));
  };
  for (const Family family : families)
    add(title_of(family),
        [=](const Traits* traits) { return traits != nullptr && traits->family == family; });
  add("To compare with: not transports", [](const Traits* traits) { return traits == nullptr; });
  return all;
}

results::Families transport_families(const Registry& registry) {
  results::Families families;
  for (const Transport* transport : registry.all())
    families.emplace(transport->traits().name, to_string(transport->traits().family));
  return families;
}

std::string words(std::string_view name) {
  std::string text{name};
  std::replace(text.begin(), text.end(), '_', ' ');
  return text;
}

}  // namespace ipcsort::cli
