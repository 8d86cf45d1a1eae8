#include "bench/cell/plan.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "bench/text/csv.hpp"
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

std::string cannot(const Transport& transport, pipeline::Handover handover) {
  const Traits& traits = transport.traits();
  if (handover == pipeline::Handover::lend && !traits.lends)
    return std::string{traits.name} + " cannot lend memory to its workers; it has --handover copy";
  if (handover == pipeline::Handover::copy && traits.payload_copies == 0)
    return std::string{traits.name} + " copies nothing; it has --handover lend";
  return {};
}

void require(bool condition, std::string_view axis) {
  if (!condition) throw UsageError(std::string{"nothing to measure: no value for "} + std::string{axis});
}

std::string settings_text(const pipeline::Settings& settings) {
  std::string text;
  for (const pipeline::SettingRow& setting : pipeline::settings()) {
    // What came later and has its default leaves the text, and so the hash of an older sweep, as it was.
    if (setting.since == text::first_version) {
      text += std::string{setting.word_of(settings)} + ' ';
    } else if (setting.get(settings) != setting.get({})) {
      text += std::string{setting.name} + '=' + std::string{setting.word_of(settings)} + ' ';
    }
  }
  return text;
}

// `all`, each with each word that `grid` has for `setting`.
std::vector<pipeline::Settings> times_axis(const std::vector<pipeline::Settings>& all, const Grid& grid,
                                           const pipeline::SettingRow& setting) {
  const auto words = grid.axes.find(setting.name);
  if (words == grid.axes.end()) return all;
  require(!words->second.empty(), setting.name);
  std::vector<pipeline::Settings> product;
  for (const pipeline::Settings& one : all) {
    for (const std::string& word : words->second) setting.set_word(product.emplace_back(one), word);
  }
  return product;
}

// The settings of each condition, or what is compared within one whose settings are `first`.
std::vector<pipeline::Settings> combinations(const Grid& grid, const pipeline::Settings& first,
                                             bool of_conditions) {
  std::vector<pipeline::Settings> all = {first};
  for (const pipeline::SettingRow& setting : pipeline::settings()) {
    if (setting.is_in_condition == of_conditions) all = times_axis(all, grid, setting);
  }
  return all;
}

void require_sensible(const pipeline::Settings& settings) {
  if (settings.merge != pipeline::Merge::streaming) return;
  if (settings.has_barrier())
    throw UsageError("merge=streaming merges while the runs arrive, so that " +
                     std::string{to_string(settings.transfer)} +
                     " would not show the transport alone; use --transfer overlap or --merge multiway");
  if (settings.drain == pipeline::Drain::sequential)
    throw UsageError(
        "merge=streaming takes from each worker what it needs next, not from one after the other; "
        "use --drain threads or --merge multiway");
}

// One process sends nothing and receives nothing: of cells that differ in that alone, one will do.
pipeline::Settings of_one_process(pipeline::Settings settings, const pipeline::Settings& first) {
  settings.transfer = first.transfer;
  settings.rounds = first.rounds;
  settings.drain = first.drain;
  return settings;
}

class Planner {
 public:
  explicit Planner(const Grid& grid) : grid_(grid) {
    plan_.data = grid.data;
    for (const Subject& subject : grid.subjects) skip_reasons_.push_back(skip_reason_of(subject));
  }

  void add_all(bool is_serial, std::uint64_t files, std::uint64_t numbers, int workers,
               const pipeline::Settings& settings) {
    for (std::size_t subject = 0; subject < grid_.subjects.size(); ++subject) {
      if ((grid_.subjects[subject].kind == SubjectKind::serial) != is_serial) continue;
      Cell cell;
      cell.subject = id_of(grid_.subjects[subject]);
      cell.transport = grid_.subjects[subject].transport;
      cell.files = files;
      cell.numbers = numbers;
      cell.workers = workers;
      cell.data = grid_.data.id();
      cell.settings = settings;
      cell.repeats = grid_.repeats;
      cell.skip_reason = skip_reasons_[subject];
      add(cell);
    }
  }

  Plan plan() && {
    plan_.conditions = conditions_.size();
    return std::move(plan_);
  }

 private:
  void add(const Cell& cell) {
    std::vector<pipeline::Settings> compared = {cell.settings};
    if (cell.is_transport()) {
      compared = combinations(grid_, cell.settings, false);
    } else {
      compared.front().handover = pipeline::Handover::copy;
    }
    for (const pipeline::Settings& settings : compared) {
      const std::string reason = cell.is_transport() ? cannot(*cell.transport, settings.handover) : "";
      if (compared.size() > 1 && !reason.empty()) continue;
      Cell& one = plan_.cells.emplace_back(cell);
      one.settings = settings;
      if (one.skip_reason.empty()) one.skip_reason = reason;
      one.condition_number = conditions_.try_emplace(one.condition(), conditions_.size()).first->second;
    }
  }

  const Grid& grid_;
  Plan plan_;
  std::vector<std::string> skip_reasons_;
  std::map<CellId, std::size_t> conditions_;
};

}  // namespace

Plan make_plan(const Grid& grid) {
  require(!grid.subjects.empty(), "transports");
  require(!grid.files.empty(), "files");
  require(!grid.numbers.empty(), "numbers");
  require(!grid.workers.empty(), "workers");
  std::vector<pipeline::Settings> conditions = combinations(grid, grid.settings, true);
  if (grid.settings.rounds != pipeline::Rounds::one &&
      std::ranges::none_of(conditions, &pipeline::Settings::is_steady))
    throw UsageError("--rounds " + std::string{to_string(grid.settings.rounds)} +
                     " needs --transfer steady: otherwise all is sent once");
  for (pipeline::Settings& settings : conditions) {
    require_sensible(settings);
    settings = settings.settled();
  }
  Planner planner(grid);
  for (const std::uint64_t files : grid.files) {
    for (const std::uint64_t numbers : grid.numbers) {
      std::set<pipeline::Settings> serial;
      for (const pipeline::Settings& settings : conditions) {
        const pipeline::Settings own = of_one_process(settings, conditions.front());
        if (serial.insert(own).second) planner.add_all(true, files, numbers, 1, own);
      }
      for (const pipeline::Settings& settings : conditions) {
        for (const int workers : grid.workers) planner.add_all(false, files, numbers, workers, settings);
      }
    }
  }
  return std::move(planner).plan();
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
