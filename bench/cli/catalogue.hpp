// All that can be measured, as `ipcsort list` tells it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bench/results/findings.hpp"
#include "transports/registry.hpp"

namespace ipcsort::cli {

struct CatalogueEntry {
  std::string name;
  std::string kind;  // "transport", "reference" or "calibration"
  std::string summary;
  const Traits* traits = nullptr;  // null: not a transport
  Availability here;
};

// The transports in the order of the registry, then what they are compared with.
std::vector<CatalogueEntry> catalogue(const Registry& registry);

// What goes under one heading.
struct Section {
  std::string title;
  std::vector<const CatalogueEntry*> members;  // never empty
};

// By the families of the transports; what is no transport comes last, and may be left out.
std::vector<Section> sections(const std::vector<CatalogueEntry>& entries);

// Which family each transport is of, in the words of findings.json.
results::Families transport_families(const Registry& registry);

// "stream": a word of the traits, with a space for an underscore.
std::string with_blanks(std::string_view name);

}  // namespace ipcsort::cli
