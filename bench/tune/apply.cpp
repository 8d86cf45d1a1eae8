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

const Entry* entry_for(const Source& source, const cell::Cell& cell) {
  return source.profile ? nearest_entry(*source.profile, cell.transport->traits().name, cell.numbers)
                        : nullptr;
}

Options options_for(const Source& source, const cell::Cell& cell) {
  const Entry* entry = entry_for(source, cell);
  if (entry == nullptr) return {};
  try {
    check_options(cell.transport->traits(), entry->options);
  } catch (const UsageError& error) {
    throw UsageError("profile " + sys::printable(source.name) + ": " + error.what() +
                     "; make it anew with ipcsort tune");
  }
  return entry->options;
}

std::string sizes_text(const std::vector<std::uint64_t>& sizes) {
  std::vector<std::string> names;
  for (const std::uint64_t size : sizes) names.push_back(sys::format_count(size));
  return sys::join(names, ", ");
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
  std::map<std::pair<std::string, std::string>, std::vector<std::uint64_t>> unknown, again;
  for (const Application& it : applied.applications) {
    if (!it.has_entry) {
      unknown[{it.source, it.transport}].push_back(it.numbers);
    } else if (it.again) {
      again[{it.source, it.transport}].push_back(it.numbers);
    }
  }
  std::map<std::string, std::vector<std::string>> names;
  for (const auto& [key, sizes] : unknown) names[key.first].push_back(key.second);
  std::vector<std::string> sentences;
  for (const auto& [source, transports] : names) {
    sentences.push_back("profile " + sys::printable(source) + " has nothing for " +
                        sys::join(transports, ", ") + ": the defaults are used");
  }
  names.clear();
  for (const auto& [key, sizes] : again)
    names[key.first].push_back(key.second + " (" + sizes_text(sizes) + ")");
  for (const auto& [source, transports] : names) {
    sentences.push_back(
        "profile " + sys::printable(source) +
        " asks for what is measured anyway, so that is not measured twice: " + sys::join(transports, ", "));
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
