#include "bench/tune/apply.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "bench/text/units.hpp"
#include "sys/error.hpp"
#include "sys/text.hpp"

namespace ipcsort::tune {
namespace {

using pipeline::SubjectKind;

bool takes_profiles(const cell::Cell& cell) {
  return cell.is_transport() && cell.subject.options.empty() &&
         cell.settings.handover == pipeline::Handover::copy;
}

const ProfileEntry* entry_for(const Source& source, const cell::Cell& cell) {
  return source.profile ? nearest_entry(*source.profile, cell.transport->traits().name, cell.numbers)
                        : nullptr;
}

Options options_for(const Source& source, const cell::Cell& cell) {
  const ProfileEntry* entry = entry_for(source, cell);
  if (entry == nullptr) return {};
  try {
    check_options(cell.transport->traits(), entry->options);
  } catch (const UsageError& error) {
    throw UsageError("profile " + sys::printable(source.name) + ": " + error.what() +
                     "; make it anew with ipcsort tune");
  }
  return entry->options;
}

}  // namespace

Applied apply_profiles(const cell::Plan& plan, const std::vector<Source>& sources) {
  Applied applied;
  applied.plan = plan;
  applied.plan.cells.clear();
  std::set<std::pair<std::size_t, std::string>> seen;  // condition, label: of cells that copy
  for (const cell::Cell& cell : plan.cells) {
    if (cell.is_transport() && !takes_profiles(cell) && cell.settings.handover == pipeline::Handover::copy)
      seen.emplace(cell.condition_number, label(cell.subject));  // given by the user
  }
  std::set<std::tuple<std::string, std::string, std::uint64_t>> told;
  for (const cell::Cell& cell : plan.cells) {
    if (!takes_profiles(cell)) {
      applied.plan.cells.push_back(cell);
      continue;
    }
    for (const Source& source : sources) {
      cell::Cell own = cell;
      own.subject.options = options_for(source, cell);
      const bool fresh = seen.emplace(cell.condition_number, label(own.subject)).second;
      const std::string transport{cell.transport->traits().name};
      if (source.profile && told.emplace(source.name, transport, cell.numbers).second) {
        applied.applications.push_back({source.name, transport, cell.numbers,
                                        cell::options_text(own.subject.options),
                                        entry_for(source, cell) != nullptr, !fresh});
      }
      if (fresh) applied.plan.cells.push_back(std::move(own));
    }
  }
  return applied;
}

std::vector<std::string> remarks(const Applied& applied) {
  using SizesByTransport = std::map<std::string, std::vector<std::string>>;
  std::map<std::string, SizesByTransport> unknown, again;  // by source
  for (const Application& it : applied.applications) {
    if (!it.has_entry || it.again)
      (it.has_entry ? again : unknown)[it.source][it.transport].push_back(sys::format_count(it.numbers));
  }
  std::vector<std::string> sentences;
  for (const auto& [source, transports] : unknown) {
    std::vector<std::string> names;
    for (const auto& [transport, sizes] : transports) names.push_back(transport);
    sentences.push_back("profile " + sys::printable(source) + " has nothing for " + sys::join(names, ", ") +
                        ": the defaults are used");
  }
  for (const auto& [source, transports] : again) {
    std::vector<std::string> names;
    for (const auto& [transport, sizes] : transports)
      names.push_back(transport + " (" + sys::join(sizes, ", ") + ")");
    sentences.push_back(
        "profile " + sys::printable(source) +
        " asks for what is measured anyway, so that is not measured twice: " + sys::join(names, ", "));
  }
  return sentences;
}

nlohmann::ordered_json to_json(const Applied& applied, const std::vector<Source>& sources) {
  nlohmann::ordered_json json = {{"sources", nlohmann::ordered_json::array()},
                                 {"cells", nlohmann::ordered_json::array()}};
  for (const Source& source : sources) {
    nlohmann::ordered_json entry = {{"name", sys::printable(source.name)}};
    if (source.profile) {
      entry["about"] = source.profile->about;
      entry["workers"] = source.profile->workers;
    }
    json["sources"].push_back(std::move(entry));
  }
  for (const Application& it : applied.applications) {
    json["cells"].push_back({{"source", sys::printable(it.source)},
                             {"transport", it.transport},
                             {"numbers", it.numbers},
                             {"options", it.options},
                             {"has_entry", it.has_entry}});
  }
  return json;
}

}  // namespace ipcsort::tune
