#include "bench/cell/preflight.hpp"

#include <algorithm>
#include <set>
#include <system_error>

#include "sys/object_log.hpp"

namespace ipcsort::cell {
namespace {

constexpr const char* chunk_name = "chunk";

void require_chunk_that_fits(const Cell& cell, sys::ObjectLog& objects) {
  const Transport& transport = *cell.transport;
  SessionSpec spec{cell.workers, cell.subject.options, &objects};
  try {
    const std::unique_ptr<Session> session = transport.open(spec);
    attach_sender(*session, 0, transport.traits(), cell.subject.options);
  } catch (const std::system_error&) {
    // The run says so, with all it knows.
  }
}

}  // namespace

void require_chunks_that_fit(const Plan& plan) {
  // What has no limit takes any chunk; some of these wait for the other side when they are attached.
  const auto is_limited = [](const Cell& cell) {
    return cell.skip_reason.empty() && cell.transport != nullptr && !cell.lends() &&
           cell.subject.options.contains(chunk_name) && !cell.transport->traits().limit.empty();
  };
  std::set<std::pair<std::string, int>> seen;
  for (const Cell& cell : plan.cells) {
    if (!is_limited(cell) || !seen.emplace(label(cell.subject), cell.workers).second) continue;
    sys::ObjectLog objects;
    require_chunk_that_fits(cell, objects);
    objects.remove_leftovers();
  }
}

std::vector<std::string> idle_options(const Plan& plan) {
  std::vector<std::string> sentences;
  const auto copies = [](const Cell& cell) { return cell.is_transport() && !cell.lends(); };
  std::set<std::string> idle;
  for (const Cell& cell : plan.cells) {
    const bool is_used = std::ranges::any_of(plan.cells, [&](const Cell& other) {
      return copies(other) && label(other.subject) == label(cell.subject);
    });
    if (!cell.lends() || is_used) continue;
    for (const auto& [name, value] : cell.subject.options) {
      if (name == chunk_name || name == "buffer")
        idle.insert(std::string{cell.transport->traits().name} + ":" + name + "=" + value);
    }
  }
  for (const std::string& option : idle)
    sentences.push_back(option + " changes nothing: with --handover lend nothing is cut or copied");
  const bool any_lends = std::ranges::any_of(plan.cells, &Cell::lends);
  if (!any_lends || std::ranges::any_of(plan.cells, copies)) return sentences;
  const pipeline::Settings& settings = std::ranges::find_if(plan.cells, &Cell::lends)->settings;
  if (settings.merge == pipeline::Merge::streaming)
    sentences.emplace_back(
        "--merge streaming is as multiway here: with --handover lend there is nothing to receive");
  if (settings.memory == pipeline::Memory::ready)
    sentences.emplace_back(
        "--memory ready makes only the merged array ready: with --handover lend nothing is received into "
        "others");
  return sentences;
}

}  // namespace ipcsort::cell
