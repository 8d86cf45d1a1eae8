#include "bench/cli/catalogue.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "bench/cli/parse.hpp"
#include "bench/pipeline/run.hpp"

namespace ipcsort::cli {
namespace {

constexpr Family all_families[] = {Family::shared_memory, Family::lent_memory, Family::single_copy,
                                   Family::stream,        Family::message,     Family::floor};

}  // namespace

std::vector<CatalogueEntry> catalogue(const Registry& registry) {
  std::vector<CatalogueEntry> entries;
  for (const Transport* transport : registry.all()) {
    const Traits& traits = transport->traits();
    entries.push_back(
        {std::string{traits.name}, "transport", std::string{traits.summary}, &traits, transport->probe()});
  }
  const std::array summaries = {
      "one process does it all; no transport", "worker threads of one process; the span is handed over",
      "the payload copied once to fresh memory", "the payload copied twice, through a buffer in cache"};
  for (std::size_t i = 0; i < reference_names.size(); ++i) {
    const auto kind = pipeline::kind_name(*pipeline::reference_named(reference_names[i]));
    entries.push_back({reference_names[i], std::string{kind}, summaries[i], nullptr, {}});
  }
  return entries;
}

std::vector<Section> sections(const std::vector<CatalogueEntry>& entries) {
  std::vector<Section> all;
  const auto add = [&](std::string title, auto belongs) {
    Section section{std::move(title), {}};
    for (const CatalogueEntry& entry : entries) {
      if (belongs(entry.traits)) section.members.push_back(&entry);
    }
    if (!section.members.empty()) all.push_back(std::move(section));
  };
  for (const Family family : all_families) {
    std::string name{title(family)};
    name.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(name.front())));
    add(name, [=](const Traits* traits) { return traits != nullptr && traits->family == family; });
  }
  add("To compare with: not transports", [](const Traits* traits) { return traits == nullptr; });
  return all;
}

results::Families transport_families(const Registry& registry) {
  results::Families families;
  for (const Transport* transport : registry.all())
    families.emplace(transport->traits().name, to_string(transport->traits().family));
  return families;
}

std::string with_blanks(std::string_view name) {
  std::string text{name};
  std::replace(text.begin(), text.end(), '_', ' ');
  return text;
}

}  // namespace ipcsort::cli
