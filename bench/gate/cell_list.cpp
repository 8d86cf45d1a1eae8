#include "bench/gate/cell_list.hpp"

#include <algorithm>
#include <array>
#include <functional>

#include "bench/pipeline/settings.hpp"
#include "bench/text/csv.hpp"

namespace ipcsort::gate {
namespace {

// By placement.
constexpr std::array<std::string_view, 4> place_texts = {
    "placed freely", "spread over CPUs", "each worker on one CPU with its receiver", "on one CPU"};

// The words of `run` that make this cell; `more` is put behind.
std::vector<std::string> run_words(const cell::Cell& cell, const cell::DataSource& data,
                                   const std::vector<std::string>& more) {
  std::vector<std::string> words = {"run", "--transports", label(cell.subject)};
  const auto add = [&](std::string_view option, std::string_view value) {
    words.push_back("--" + std::string{option});
    words.emplace_back(value);
  };
  add("workers", std::to_string(cell.workers));
  for (const pipeline::SettingRow& setting : pipeline::settings()) {
    // An older program does not know what came later, and behaves as with its default.
    if (setting.since == text::first_version || setting.get(cell.settings) != setting.get({}))
      add(setting.name, setting.word_of(cell.settings));
  }
  if (data.inputs.empty()) {
    add("files", std::to_string(cell.files));
    add("numbers", std::to_string(cell.numbers));
    add("distribution", datagen::to_string(data.distribution));
    add("data-seed", std::to_string(data.seed));
  } else {
    words.emplace_back("--input");
    words.insert(words.end(), data.inputs.begin(), data.inputs.end());
  }
  add("format", "json");
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

pipeline::Metric metric_of(const cell::Cell& cell, const CellListRequest& request) {
  return cell.settings.is_steady() ? request.steady_metric : request.metric;
}

CellVerdict one_sided(const std::string& cell, bool in_baseline, pipeline::Metric metric) {
  CellVerdict verdict;
  verdict.cell = cell;
  verdict.metric = to_string(metric);
  verdict.verdict = in_baseline ? Verdict::missing : Verdict::new_cell;
  verdict.reason =
      in_baseline ? "only the baseline has this transport" : "only the candidate has this transport";
  return verdict;
}

// Transports that the programs list and the plan does not know.
void add_unknown(const cell::Plan& plan, const CellListRequest& request, CellList& list) {
  std::set<std::string, std::less<>> known;
  for (const cell::Cell& cell : plan.cells) known.emplace(cell.subject.name);
  std::set<std::string> listed = request.baseline_transports;
  listed.insert(request.candidate_transports.begin(), request.candidate_transports.end());
  for (const std::string& name : listed) {
    if (known.contains(name)) continue;
    const bool in_baseline = request.baseline_transports.contains(name);
    if (in_baseline && request.candidate_transports.contains(name)) {
      list.left_out.push_back(name +
                              ": both programs have it, this ipcsort does not; run ab of the candidate");
    } else {
      list.one_sided.push_back(one_sided(name, in_baseline, request.metric));
    }
  }
}

}  // namespace

CellList list_cells(const cell::Plan& plan, const CellListRequest& request) {
  CellList list;
  for (const cell::Cell& cell : plan.cells) {
    const std::string name = cell::describe(cell) + ", " +
                             std::string{place_texts.at(static_cast<std::size_t>(cell.settings.placement))};
    const std::string transport{cell.subject.name};
    const bool needs_none = !cell.is_transport();
    const bool in_baseline = needs_none || request.baseline_transports.contains(transport);
    const bool in_candidate = needs_none || request.candidate_transports.contains(transport);
    if (!in_baseline && !in_candidate) {
      list.left_out.push_back(name + ": neither program has this transport");
    } else if (!in_baseline || !in_candidate) {
      list.one_sided.push_back(one_sided(name, in_baseline, metric_of(cell, request)));
    } else if (!cell.skip_reason.empty()) {
      list.left_out.push_back(name + ": " + cell.skip_reason);
    } else {
      list.cells.push_back({name, run_words(cell, plan.data, request.more_words), metric_of(cell, request),
                            cell.settings.is_steady()});
    }
  }
  if (request.all_transports) add_unknown(plan, request, list);
  return list;
}

std::optional<cell::Cell> whole_run_cell(const cell::Plan& plan) {
  const auto is_steady = [](const cell::Cell& cell) { return cell.settings.is_steady(); };
  const auto runs = [](const cell::Cell& cell) { return cell.is_transport() && cell.skip_reason.empty(); };
  const auto first = std::ranges::find_if(plan.cells, runs);
  if (first == plan.cells.end() || !std::ranges::all_of(plan.cells, is_steady)) return std::nullopt;
  cell::Cell whole = *first;
  whole.settings = first->sent_once().settings;
  return whole;
}

std::vector<cell::Cell> cross_core_cells(const cell::Plan& plan) {
  std::vector<cell::Cell> cells;
  std::set<std::string> done;
  for (const cell::Cell& cell : plan.cells) {
    if (!cell.is_transport() || !done.insert(label(cell.subject)).second) continue;
    cells.push_back(cell);
    cells.back().settings.placement = pipeline::Placement::spread;
  }
  return cells;
}

}  // namespace ipcsort::gate
