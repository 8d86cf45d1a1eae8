#include "bench/cell/plan.hpp"

#include <map>

#include "sys/error.hpp"
#include "sys/text.hpp"

namespace ipcsort::cell {
namespace {

using pipeline::Subject;
using pipeline::SubjectKind;

std::string skip_reason_of(const Subject& subject) {
  if (subject.kind != SubjectKind::transport) return {};
  const Availability availability = subject.transport->probe();
  return availability.usable ? std::string{} : availability.reason;
}

std::string cannot(const Subject& subject, pipeline::Handover handover) {
  const Traits& traits = subject.transport->traits();
  if (handover == pipeline::Handover::lend && !traits.lends)
    return std::string{traits.name} + " cannot lend memory to its workers; it has --handover copy";
  if (handover == pipeline::Handover::copy && traits.payload_copies == 0)
    return std::string{traits.name} + " copies nothing; it has --handover lend";
  return {};
}

void require(bool condition, const char* axis) {
  if (!condition) throw UsageError(std::string{"nothing to measure: no value for "} + axis);
}

std::string settings_text(const pipeline::Settings& settings) {
  using pipeline::to_string;
  std::string text;
  for (const std::string_view value :
       {to_string(settings.sorter), to_string(settings.parser), to_string(settings.drain),
        to_string(settings.transfer), to_string(settings.merge), to_string(settings.handover),
        to_string(settings.pages), to_string(settings.placement), to_string(settings.memory)}) {
    text += std::string{value} + ' ';
  }
  return text;
}

}  // namespace

Plan make_plan(const Grid& grid) {
  require(!grid.subjects.empty(), "transports");
  require(!grid.files.empty(), "files");
  require(!grid.numbers.empty(), "numbers");
  require(!grid.workers.empty(), "workers");
  require(!grid.transfers.empty(), "transfer");
  require(!grid.handovers.empty(), "handover");
  if (grid.settings.merge == pipeline::Merge::streaming) {
    for (const pipeline::TransferMode transfer : grid.transfers) {
      if (transfer == pipeline::TransferMode::barrier)
        throw UsageError(
            "merge=streaming merges while the runs arrive, so that barrier would not show the transport "
            "alone; use --transfer overlap or --merge multiway");
    }
    if (grid.settings.drain == pipeline::Drain::sequential)
      throw UsageError(
          "merge=streaming takes from each worker what it needs next, not from one after the other; use "
          "--drain "
          "threads or --merge multiway");
  }
  std::vector<std::string> skip_reasons;
  for (const Subject& subject : grid.subjects) skip_reasons.push_back(skip_reason_of(subject));

  Plan plan;
  plan.data = grid.data;
  std::map<std::string, std::size_t> conditions;
  const auto add_one = [&](std::size_t subject, std::uint32_t files, std::uint64_t numbers, int workers,
                           pipeline::TransferMode transfer, pipeline::Handover handover) {
    Cell cell{grid.subjects[subject], files, numbers,      workers,
              grid.settings,          0,     grid.repeats, skip_reasons[subject]};
    cell.settings.transfer = transfer;
    cell.settings.handover = handover;
    if (cell.skip_reason.empty() && cell.subject.kind == SubjectKind::transport)
      cell.skip_reason = cannot(cell.subject, handover);
    const std::string key = std::to_string(files) + ' ' + std::to_string(numbers) + ' ' +
                            std::to_string(workers) + ' ' + std::string{to_string(transfer)};
    cell.condition = conditions.try_emplace(key, conditions.size()).first->second;
    plan.cells.push_back(std::move(cell));
  };
  const auto add = [&](std::size_t subject, std::uint32_t files, std::uint64_t numbers, int workers,
                       pipeline::TransferMode transfer) {
    const Subject& it = grid.subjects[subject];
    if (it.kind != SubjectKind::transport) {
      add_one(subject, files, numbers, workers, transfer, pipeline::Handover::copy);
      return;
    }
    for (const pipeline::Handover handover : grid.handovers) {
      if (grid.handovers.size() == 1 || cannot(it, handover).empty())
        add_one(subject, files, numbers, workers, transfer, handover);
    }
  };
  for (const std::uint32_t files : grid.files) {
    for (const std::uint64_t numbers : grid.numbers) {
      for (std::size_t subject = 0; subject < grid.subjects.size(); ++subject) {
        if (grid.subjects[subject].kind == SubjectKind::serial)
          add(subject, files, numbers, 1, grid.transfers.front());
      }
      for (const pipeline::TransferMode transfer : grid.transfers) {
        for (const int workers : grid.workers) {
          for (std::size_t subject = 0; subject < grid.subjects.size(); ++subject) {
            if (grid.subjects[subject].kind != SubjectKind::serial)
              add(subject, files, numbers, workers, transfer);
          }
        }
      }
    }
  }
  plan.conditions = conditions.size();
  return plan;
}

std::string options_text(const Options& options) {
  std::string text;
  for (const auto& [name, value] : options) text += (text.empty() ? "" : " ") + name + '=' + value;
  return text;
}

std::string label(const Subject& subject) {
  std::string text{name_of(subject)};
  for (const auto& [name, value] : subject.options) text += ':' + name + '=' + value;
  return text;
}

std::string describe(const std::string& label, bool lends, std::uint64_t files, std::uint64_t numbers,
                     int workers, std::string_view transfer) {
  return label + (lends ? " lend, " : ", ") + std::to_string(files) + (files == 1 ? " file, " : " files, ") +
         sys::format_count(numbers) + " numbers, " + std::to_string(workers) +
         (workers == 1 ? " worker, " : " workers, ") + std::string{transfer};
}

std::string describe(const Cell& cell) {
  return describe(label(cell.subject), cell.settings.handover == pipeline::Handover::lend, cell.files,
                  cell.numbers, cell.workers, to_string(cell.settings.transfer));
}

std::string canonical_text(const Plan& plan) {
  std::string text = "plan 2\ndata " + std::string{datagen::to_string(plan.data.distribution)} + ' ' +
                     std::to_string(plan.data.seed);
  for (const std::string& input : plan.data.inputs) text += '\n' + sys::printable(input);
  text += '\n';
  for (const Cell& cell : plan.cells) {
    text += label(cell.subject) + ' ' + std::to_string(cell.files) + ' ' + std::to_string(cell.numbers) +
            ' ' + std::to_string(cell.workers) + ' ' + settings_text(cell.settings) +
            (cell.skip_reason.empty() ? "" : "skipped") + '\n';
  }
  return text;
}

}  // namespace ipcsort::cell
