#include "bench/results/run_row.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "sys/error.hpp"

namespace ipcsort::results {
namespace {

using cell::CellId;
using text::column;
using text::Columns;
using text::Role;
using text::text_column;

double seconds(sys::Nanoseconds time) { return static_cast<double>(time) / 1e9; }

std::optional<double> rate(double bytes, sys::Nanoseconds time) {
  if (time <= 0 || bytes <= 0) return std::nullopt;
  return bytes / seconds(time);
}

std::optional<double> share(const std::optional<double>& part, const std::optional<double>& whole) {
  if (!part || !whole || *whole <= 0) return std::nullopt;
  return *part / *whole;
}

// ---- columns ----

constexpr std::array<std::string_view, 7> purpose_names = {"",          "all",    "best",  "order",
                                                           "precision", "anchor", "shared"};
constexpr std::array<std::string_view, 6> run_status_names = {"ok",        "error",       "timeout",
                                                              "peer_died", "interrupted", "skipped"};

Columns<CellId> subject_columns() {
  const Columns<CellId> columns = {
      text_column<CellId>(
          "kind", "transport, reference or calibration",
          [](const CellId& id) { return kind_name(id.subject.kind); },
          // `transport`, which is read next, says which reference or calibration.
          [](CellId& id, std::string_view text) { id.subject.name = text; }),
      text_column<CellId>(
          "transport", "name of the transport, or of the reference or calibration",
          [](const CellId& id) { return id.subject.name; },
          [](CellId& id, std::string_view text) {
            id.subject.kind = cell::subject_kind(id.subject.name, text);
            id.subject.name = text;
          }),
      text_column<CellId>(
          "options", "options of the transport that differ from its defaults, name=value, blank-separated",
          [](const CellId& id) { return cell::options_text(id.subject.options); },
          [](CellId& id, std::string_view text) { id.subject.options = cell::read_options(text); })};
  return text::of_role(Role::condition, columns);
}

Columns<CellId> amount_columns() {
  const auto read_distribution = [](CellId& id, std::string_view text) {
    id.data.distribution.reset();
    if (text != distribution_text(id.data)) id.data.distribution = datagen::from_string(text);
  };
  const Columns<CellId> columns = {
      column("files", "", "number of input files", &CellId::files),
      column("numbers", "", "numbers in all files together", &CellId::numbers),
      column("workers", "", "worker processes (threads for the reference of that name)", &CellId::workers),
      text::of_role(Role::setting,
                    text_column<CellId>(
                        "distribution", "of the generated numbers, or input for the user's own files",
                        [](const CellId& id) { return distribution_text(id.data); }, read_distribution)),
      column<CellId>("data_seed", "", "seed of the generated numbers", &CellId::data, &cell::DataId::seed)};
  return text::of_role(Role::condition, columns);
}

Columns<CellId> setting_columns(bool in_condition) {
  Columns<CellId> columns;
  for (const pipeline::SettingRow& setting : pipeline::settings()) {
    if (setting.is_in_condition != in_condition) continue;
    columns.push_back(text::since(
        setting.since,
        text_column<CellId>(
            setting.name, setting.meaning,
            [&setting](const CellId& id) { return setting.word_of(id.settings); },
            [&setting](CellId& id, std::string_view text) { setting.set_word(id.settings, text); })));
    if (std::ranges::all_of(setting.words,
                            [](std::string_view word) { return sys::parse_count(word).has_value(); }))
      columns.back().type = "integer";
  }
  return text::of_role(Role::setting, std::move(columns));
}

using R = RunRow;

Columns<R> slot_columns() {
  return {
      column<R>("seq", "", "number of the run within the sweep, in the order they were made", &R::seq),
      column<R>("block", "", "which repetition of the whole grid", &R::block),
      column<R>("pos", "", "place within the block", &R::pos),
      column<R>("warm", "", "1: warm-up, not counted in any summary", &R::warm),
      column<R>("attempt", "", "1, and one more each time a disturbed run was made again", &R::attempt),
      text::since("0.2.0", text_column<R>(
                               "made_for",
                               "what the run is made for. all: every cell is run in this block; best, order, "
                               "precision: whether it is the "
                               "best of its condition, whether it is before or behind the one next to it, "
                               "how long it takes was still "
                               "open; anchor: shows whether the machine has drifted; shared: made for "
                               "another cell, it measured this one as "
                               "well",
                               [](const R& row) { return to_string(row.made_for); },
                               [](R& row, std::string_view text) {
                                 row.made_for = static_cast<Purpose>(
                                     pipeline::index_of_word("made_for", purpose_names, text));
                               })),
      column<R>("disturbed", "",
                "1: others used the CPUs meanwhile, or all of the run stood still for half a second; it is "
                "counted only if "
                "no later attempt was undisturbed",
                &R::disturbed),
      column<R>("started_utc", "", "when the run began, ISO 8601", &R::started_utc),
      text_column<R>(
          "status", "ok, error, timeout, peer_died, skipped or interrupted",
          [](const R& row) { return to_string(row.status); },
          [](R& row, std::string_view text) {
            row.status = static_cast<RunStatus>(pipeline::index_of_word("status", run_status_names, text));
          }),
      text::of_role(Role::judgement, column("error", "", "why it is not ok: worker, call, errno", &R::error)),
      column("repeats", "", "runs made one after the other, of which the row is the mean", &R::repeats)};
}

Columns<R> figure_columns() {
  return {
      column<R>("path_other_s", "s", "what none of the other phases accounts for", &R::path_other_s),
      column<R>("payload_bytes", "B", "sorted numbers moved, all workers together", &R::payload_bytes),
      column<R>("steps", "", "writes, messages or buffer fillings that moved them", &R::steps),
      column<R>(
          "transfer_window_s", "s",
          "first worker could send until the last byte was received; with transfer steady the median of all "
          "rounds but the first",
          &R::transfer_window_s),
      column<R>("transfer_bytes_per_s", "B/s",
                "payload_bytes over transfer_window_s; empty for what was lent: nothing moved",
                &R::transfer_bytes_per_s),
      column<R>("one_copy_bytes_per_s", "B/s",
                "memcpy of as many bytes to fresh memory, same block and condition",
                &R::one_copy_bytes_per_s),
      column<R>("two_copies_bytes_per_s", "B/s", "likewise, copied twice through a buffer in cache",
                &R::two_copies_bytes_per_s),
      column<R>("share_of_one_copy", "", "transfer_bytes_per_s over one_copy_bytes_per_s",
                &R::share_of_one_copy),
      column<R>("share_of_two_copies", "", "transfer_bytes_per_s over two_copies_bytes_per_s",
                &R::share_of_two_copies),
      column<R>("parent_user_s", "s", "CPU time of the parent in user mode, until merged", &R::parent_user_s),
      column<R>("parent_system_s", "s", "CPU time of the parent in the kernel, until merged",
                &R::parent_system_s),
      column<R>("workers_user_s", "s", "CPU time of all workers in user mode", &R::workers_user_s),
      column<R>("workers_system_s", "s", "CPU time of all workers in the kernel", &R::workers_system_s),
      column<R>("switches_voluntary", "", "context switches because somebody waited, parent and workers",
                &R::switches_voluntary),
      column<R>("switches_involuntary", "", "context switches because the time slice was over",
                &R::switches_involuntary),
      column<R>("faults_minor", "", "page faults without I/O, parent and workers", &R::faults_minor),
      column<R>("faults_major", "", "page faults with I/O", &R::faults_major),
      column<R>("parent_rss_bytes_max", "B", "peak resident memory of the parent, until merged",
                &R::parent_rss_bytes_max),
      column<R>("worker_rss_bytes_max", "B", "peak resident memory of the largest worker",
                &R::worker_rss_bytes_max),
      column<R>("cpus", "", "CPUs that parent and workers were seen on", &R::cpus),
      column<R>("migrations", "", "times a worker or the parent's main thread was moved to another CPU",
                &R::migrations)};
}

Columns<R> round_columns() {
  Columns<R> columns = {
      column<R>("first_window_s", "s",
                "with transfer steady: of the first round, into memory never used before",
                &R::first_window_s),
      column<R>("window_spread", "",
                "with transfer steady: interquartile range of the other rounds, over their median",
                &R::window_spread),
      column<R>("faults_first", "",
                "with transfer steady: minor page faults of parent and workers in the first round",
                &R::faults_first),
      column<R>("faults_steady", "", "likewise, in one of the other rounds on average", &R::faults_steady)};
  for (text::Column<R>& each : columns) each.since = "0.2.0";
  return columns;
}

Columns<R> surroundings_columns() {
  return {
      column<R>("load_1m", "", "load average of the last minute when the run began", &R::load_1m),
      column<R>("steal_s", "s", "time the hypervisor gave to others during the run, all CPUs", &R::steal_s),
      column<R>("foreign_cpu_s", "s", "CPU time that processes other than these used during the run",
                &R::foreign_cpu_s),
      column<R>("cost_s", "s", "what the row cost: all repeats with set-up and verification", &R::cost_s)};
}

// ---- from a result to a row ----

PhaseTimes phase_times(const pipeline::Phases& phases) {
  return {seconds(phases.spawn_ns), seconds(phases.read_ns), seconds(phases.parse_ns),
          seconds(phases.sort_ns),  seconds(phases.wait_ns), seconds(phases.transfer_ns)};
}

void set_transfer(const pipeline::RunFigures& figures, RunRow& row) {
  row.payload_bytes = static_cast<double>(figures.payload_bytes);
  const bool is_transport = row.cell.is_transport();
  if (is_transport || row.cell.is_calibration()) {
    row.transfer_window_s = seconds(figures.transfer_window_ns);
    // What was lent has not been moved, so there is no rate to compare with that of a copy.
    if (row.cell.settings.handover == pipeline::Handover::copy)
      row.transfer_bytes_per_s = rate(*row.payload_bytes, figures.transfer_window_ns);
  }
  if (figures.first_window_ns > 0) {
    row.first_window_s = seconds(figures.first_window_ns);
    row.window_spread = figures.window_spread;
    row.faults_first = figures.faults_first;
    row.faults_steady = figures.faults_steady;
  }
  if (!is_transport) return;
  row.steps = static_cast<double>(figures.steps);
  row.share_of_one_copy = share(row.transfer_bytes_per_s, row.one_copy_bytes_per_s);
  row.share_of_two_copies = share(row.transfer_bytes_per_s, row.two_copies_bytes_per_s);
}

void set_resources(const pipeline::RunFigures& figures, RunRow& row) {
  const sys::CpuUse& parent = figures.parent;
  const sys::CpuUse& workers = figures.workers;
  // In a run without worker processes the parent's figures hold everything; its threads are then taken out of
  // them.
  const bool own_workers = row.cell.is_transport();
  std::int64_t user_ns = parent.user_ns;
  std::int64_t system_ns = parent.system_ns;
  if (!own_workers) {
    user_ns -= workers.user_ns;
    system_ns -= workers.system_ns;
    // How much of a time was in the kernel is estimated for a process and each thread apart, by where the ticks fell
    // (cputime_adjust() in kernel/sched/cputime.c): only the sum of both is exact, and what one lacks the other has.
    if (user_ns < 0) system_ns += std::exchange(user_ns, 0);
    if (system_ns < 0) user_ns = std::max<std::int64_t>(0, user_ns + std::exchange(system_ns, 0));
  }
  row.parent_user_s = seconds(user_ns);
  row.parent_system_s = seconds(system_ns);
  row.workers_user_s = seconds(workers.user_ns);
  row.workers_system_s = seconds(workers.system_ns);
  const auto both = [&](std::int64_t sys::CpuUse::*count) {
    return static_cast<double>(own_workers ? parent.*count + workers.*count : parent.*count);
  };
  row.switches_voluntary = both(&sys::CpuUse::switches_voluntary);
  row.switches_involuntary = both(&sys::CpuUse::switches_involuntary);
  row.faults_minor = both(&sys::CpuUse::faults_minor);
  row.faults_major = both(&sys::CpuUse::faults_major);
  row.cpus = figures.cpus;
  if (figures.migrations) row.migrations = static_cast<double>(*figures.migrations);
  row.parent_rss_bytes_max = static_cast<double>(parent.rss_bytes_max);
  if (own_workers) row.worker_rss_bytes_max = static_cast<double>(workers.rss_bytes_max);
}

}  // namespace

std::string_view to_string(Purpose purpose) noexcept {
  return purpose_names[static_cast<std::size_t>(purpose)];
}

std::string_view to_string(RunStatus status) noexcept {
  return run_status_names[static_cast<std::size_t>(status)];
}

const Columns<CellId>& cell_columns() {
  static const Columns<CellId> columns =
      text::joined({subject_columns(), setting_columns(false), amount_columns(), setting_columns(true)});
  return columns;
}

const Columns<RunRow>& run_columns() {
  static const Columns<RunRow> columns = text::joined({
      text::of_role(Role::condition, slot_columns()),
      text::columns_of_part(&R::cell, cell_columns()),
      {column<R>("total_s", "s", "first fork until merged; setting up and verifying are not in it",
                 &R::total_s),
       column<R>("setup_s", "s", "opening the transport before the fork and attaching the parent to it",
                 &R::setup_s),
       column<R>("merge_s", "s", "last byte received until merged", &R::merge_s),
       column<R>("verify_s", "s", "checking the result, after the total", &R::verify_s)},
      phase_columns<R>("", "_max", "slowest worker", &R::max),
      phase_columns<R>("", "_mean", "mean over workers", &R::mean),
      phase_columns<R>("path_", "",
                       "the worker that finished last: with merge_s these phases add up to total_s",
                       &R::path),
      figure_columns(),
      round_columns(),
      surroundings_columns(),
  });
  return columns;
}

std::map<CellId, std::size_t> cell_numbers(const cell::Plan& plan) {
  std::map<CellId, std::size_t> numbers;
  for (std::size_t cell = 0; cell < plan.cells.size(); ++cell) numbers.emplace(plan.cells[cell], cell);
  return numbers;
}

std::optional<double> compared_time_s(const RunRow& row) {
  const bool by_transfer = row.cell.compared_by() == cell::ComparedBy::transfer && row.transfer_window_s;
  return by_transfer ? row.transfer_window_s : row.total_s;
}

std::optional<double> ranked_time_s(const RunRow& row) {
  return row.cell.settings.has_barrier() && row.transfer_window_s ? row.transfer_window_s : row.total_s;
}

std::string impossible_figure(const RunRow& row) {
  for (const text::Column<RunRow>& column : run_columns()) {
    const std::string value = column.get(row);
    if (column.role == Role::measurement && value.starts_with('-')) return column.name + " is " + value;
  }
  for (const text::Column<RunRow>& column : run_columns()) {
    const std::string_view name = column.name;
    const bool is_part = name == "merge_s" || name.ends_with("_s_max") || name.ends_with("_s_mean") ||
                         name.starts_with("path_");
    std::optional<double> value;
    if (is_part) text::field::read(column.get(row), value);
    if (value && row.total_s && *value > *row.total_s)
      return fmt::format("{} is {}, more than all of the run, {}", name, *value, *row.total_s);
  }
  return {};
}

RunRow row_for(const cell::Cell& cell, const Slot& slot) {
  RunRow row;
  static_cast<Slot&>(row) = slot;
  row.cell = cell;
  row.repeats = cell.repeats;
  return row;
}

RunRow row_for(const cell::Cell& cell, const Slot& slot, const pipeline::RunResult& result,
               const host::Surroundings& surroundings, const Ceilings& ceilings) {
  RunRow row = row_for(cell, slot);
  row.status = static_cast<RunStatus>(result.status);
  row.error = result.error;
  static_cast<host::Surroundings&>(row) = surroundings;
  // The figures of a run that failed are not results.
  if (result.status != pipeline::Status::ok) return row;

  if (row.cell.is_transport()) static_cast<Ceilings&>(row) = ceilings;
  const pipeline::RunFigures& figures = result.figures;
  row.total_s = seconds(figures.total_ns);
  row.setup_s = seconds(figures.setup_ns);
  row.merge_s = seconds(figures.merge_ns);
  row.verify_s = seconds(figures.verify_ns);
  row.max = phase_times(figures.max);
  row.mean = phase_times(figures.mean);
  row.path = phase_times(figures.path);
  row.path_other_s = seconds(figures.path.other_ns);
  set_transfer(figures, row);
  set_resources(figures, row);
  if (const std::string impossible = impossible_figure(row); !impossible.empty()) {
    static_cast<RowFigures&>(row) = {};
    row.status = RunStatus::error;
    row.error = "a figure that cannot be, please report it: " + impossible;
  }
  return row;
}

}  // namespace ipcsort::results
