#include "bench/results/run_row.hpp"

#include <algorithm>
#include <vector>

namespace ipcsort::results {
namespace {

double seconds(sys::Nanoseconds time) { return static_cast<double>(time) / 1e9; }

std::optional<double> rate(double bytes, sys::Nanoseconds time) {
  if (time <= 0 || bytes <= 0) return std::nullopt;
  return bytes / seconds(time);
}

std::optional<double> share(const std::optional<double>& part, const std::optional<double>& whole) {
  if (!part || !whole || *whole <= 0) return std::nullopt;
  return *part / *whole;
}

std::string key_of(std::initializer_list<std::string> parts) {
  std::string key;
  for (const std::string& part : parts) key += part + '\n';
  return key;
}

}  // namespace

std::span<const text::Column<RunRow>> run_columns() {
  using R = RunRow;
  static const std::vector<text::Column<RunRow>> columns = {
      text::column("seq", "", "number of the run within the sweep, in the order they were made", &R::seq),
      text::column("block", "", "which repetition of the whole grid", &R::block),
      text::column("pos", "", "place within the block", &R::pos),
      text::column("warm", "", "1: warm-up, not counted in any summary", &R::warm),
      text::column("attempt", "", "1, and one more each time a disturbed run was made again", &R::attempt),
      text::column(
          "disturbed", "",
          "1: others used the CPUs meanwhile; it is counted only if no later attempt was undisturbed",
          &R::disturbed),
      text::column("started_utc", "", "when the run began, ISO 8601", &R::started_utc),
      text::column("status", "", "ok, error, timeout, peer_died, skipped or interrupted", &R::status),
      text::column("error", "", "why it is not ok: worker, call, errno", &R::error),
      text::column("repeats", "", "runs made one after the other, of which the row is the mean", &R::repeats),
      text::column("kind", "", "transport, reference or calibration", &R::kind),
      text::column("transport", "", "name of the transport, or of the reference or calibration",
                   &R::transport),
      text::column("options", "",
                   "options of the transport that differ from its defaults, name=value, blank-separated",
                   &R::options),
      text::column("handover", "",
                   "copy: the payload is sent and received; lend: the worker sorts in memory that the parent "
                   "merges from",
                   &R::handover),
      text::column("files", "", "number of input files", &R::files),
      text::column("numbers", "", "numbers in all files together", &R::numbers),
      text::column("workers", "", "worker processes (threads for the reference of that name)", &R::workers),
      text::column("distribution", "", "of the generated numbers, or input for the user's own files",
                   &R::distribution),
      text::column("data_seed", "", "seed of the generated numbers", &R::data_seed),
      text::column("sorter", "", "vqsort, std or qsort", &R::sorter),
      text::column("parser", "", "simd, from_chars or fscanf", &R::parser),
      text::column("drain", "",
                   "threads: the parent receives from all workers at once; sequential: one after the other",
                   &R::drain),
      text::column("transfer", "",
                   "overlap: each worker sends when it has sorted; barrier: all send at once when all have",
                   &R::transfer),
      text::column(
          "merge", "",
          "multiway: one sorted array; streaming: likewise, merged while runs arrive; concat: sorted runs "
          "end to end",
          &R::merge),
      text::column("pages", "", "huge: arrays ask for transparent huge pages; base: they do not", &R::pages),
      text::column(
          "placement", "",
          "free: the kernel decides; spread: parent and workers each on one CPU; pairs: a worker and its "
          "receiver on one CPU; one: all on one CPU",
          &R::placement),
      text::column(
          "memory", "",
          "fresh: page faults of the parent's arrays are measured; ready: they happen before the start",
          &R::memory),
      text::column("total_s", "s", "first fork until merged; setting up and verifying are not in it",
                   &R::total_s),
      text::column("setup_s", "s", "opening the transport before the fork and attaching the parent to it",
                   &R::setup_s),
      text::column("merge_s", "s", "last byte received until merged", &R::merge_s),
      text::column("verify_s", "s", "checking the result, after the total", &R::verify_s),
      text::column("spawn_s_max", "s", "first fork until a worker is attached, slowest worker",
                   &R::spawn_s_max),
      text::column("read_s_max", "s", "in read(2), slowest worker; 0 for fscanf, which reads while it parses",
                   &R::read_s_max),
      text::column("parse_s_max", "s", "parsing, slowest worker", &R::parse_s_max),
      text::column("sort_s_max", "s", "sorting, slowest worker", &R::sort_s_max),
      text::column("wait_s_max", "s", "ready but held at the barrier, longest", &R::wait_s_max),
      text::column("transfer_s_max", "s", "ready to send until the parent has the last byte, slowest worker",
                   &R::transfer_s_max),
      text::column("spawn_s_mean", "s", "as spawn_s_max, mean over workers", &R::spawn_s_mean),
      text::column("read_s_mean", "s", "as read_s_max, mean over workers", &R::read_s_mean),
      text::column("parse_s_mean", "s", "as parse_s_max, mean over workers", &R::parse_s_mean),
      text::column("sort_s_mean", "s", "as sort_s_max, mean over workers", &R::sort_s_mean),
      text::column("wait_s_mean", "s", "as wait_s_max, mean over workers", &R::wait_s_mean),
      text::column("transfer_s_mean", "s", "as transfer_s_max, mean over workers", &R::transfer_s_mean),
      text::column("path_spawn_s", "s",
                   "the phases of the worker that finished last; with merge_s they add up to total_s",
                   &R::path_spawn_s),
      text::column("path_read_s", "s", "likewise", &R::path_read_s),
      text::column("path_parse_s", "s", "likewise", &R::path_parse_s),
      text::column("path_sort_s", "s", "likewise", &R::path_sort_s),
      text::column("path_wait_s", "s", "likewise", &R::path_wait_s),
      text::column("path_transfer_s", "s", "likewise", &R::path_transfer_s),
      text::column("path_other_s", "s", "what none of the other phases accounts for", &R::path_other_s),
      text::column("payload_bytes", "B", "sorted numbers moved, all workers together", &R::payload_bytes),
      text::column("steps", "", "writes, messages or buffer fillings that moved them", &R::steps),
      text::column("transfer_window_s", "s", "first worker could send until the last byte was received",
                   &R::transfer_window_s),
      text::column("transfer_bytes_per_s", "B/s",
                   "payload_bytes over transfer_window_s; empty for what was lent: nothing moved",
                   &R::transfer_bytes_per_s),
      text::column("one_copy_bytes_per_s", "B/s",
                   "memcpy of as many bytes to fresh memory, same block and condition",
                   &R::one_copy_bytes_per_s),
      text::column("two_copies_bytes_per_s", "B/s", "likewise, copied twice through a buffer in cache",
                   &R::two_copies_bytes_per_s),
      text::column("share_of_one_copy", "", "transfer_bytes_per_s over one_copy_bytes_per_s",
                   &R::share_of_one_copy),
      text::column("share_of_two_copies", "", "transfer_bytes_per_s over two_copies_bytes_per_s",
                   &R::share_of_two_copies),
      text::column("parent_user_s", "s", "CPU time of the parent in user mode, until merged",
                   &R::parent_user_s),
      text::column("parent_system_s", "s", "likewise in the kernel", &R::parent_system_s),
      text::column("workers_user_s", "s", "CPU time of all workers in user mode", &R::workers_user_s),
      text::column("workers_system_s", "s", "likewise in the kernel", &R::workers_system_s),
      text::column("switches_voluntary", "", "context switches because somebody waited, parent and workers",
                   &R::switches_voluntary),
      text::column("switches_involuntary", "", "context switches because the time slice was over",
                   &R::switches_involuntary),
      text::column("faults_minor", "", "page faults without I/O, parent and workers", &R::faults_minor),
      text::column("faults_major", "", "page faults with I/O", &R::faults_major),
      text::column("parent_rss_bytes_max", "B", "peak resident memory of the parent, until merged",
                   &R::parent_rss_bytes_max),
      text::column("worker_rss_bytes_max", "B", "peak resident memory of the largest worker",
                   &R::worker_rss_bytes_max),
      text::column("cpus", "", "CPUs that parent and workers were seen on", &R::cpus),
      text::column("migrations", "", "times a worker or the parent's main thread was moved to another CPU",
                   &R::migrations),
      text::column("load_1m", "", "load average of the last minute when the run began", &R::load_1m),
      text::column("steal_s", "s", "time the hypervisor gave to others during the run, all CPUs",
                   &R::steal_s),
      text::column("foreign_cpu_s", "s", "CPU time that processes other than these used during the run",
                   &R::foreign_cpu_s),
      text::column("cost_s", "s", "what the row cost: all repeats with set-up and verification", &R::cost_s),
  };
  return columns;
}

std::string condition_key(const RunRow& row) {
  return key_of({std::to_string(row.files), std::to_string(row.numbers), std::to_string(row.workers),
                 row.distribution, std::to_string(row.data_seed), row.sorter, row.parser, row.drain,
                 row.transfer, row.merge, row.pages, row.placement, row.memory});
}

std::string cell_key(const RunRow& row) {
  return key_of({row.kind, row.transport, row.options, row.handover}) + condition_key(row);
}

std::optional<double> compared_time_s(const RunRow& row) {
  const bool clean = row.transfer == "barrier" && row.handover == "copy" && row.transfer_window_s;
  return clean ? row.transfer_window_s : row.total_s;
}

RunRow row_for(const cell::Cell& cell, const Slot& slot, const cell::DataSource& data) {
  RunRow row;
  row.seq = slot.seq;
  row.block = slot.block;
  row.pos = slot.pos;
  row.warm = slot.warm;
  row.attempt = slot.attempt;
  row.kind = kind_name(cell.subject.kind);
  row.transport = name_of(cell.subject);
  row.options = cell::options_text(cell.subject.options);
  row.files = cell.files;
  row.numbers = cell.numbers;
  row.workers = cell.workers;
  row.distribution = data.inputs.empty() ? std::string{datagen::to_string(data.distribution)} : "input";
  row.data_seed = data.inputs.empty() ? data.seed : 0;
  row.handover = to_string(cell.settings.handover);
  row.sorter = to_string(cell.settings.sorter);
  row.parser = to_string(cell.settings.parser);
  row.drain = to_string(cell.settings.drain);
  row.transfer = to_string(cell.settings.transfer);
  row.merge = to_string(cell.settings.merge);
  row.pages = pipeline::to_string(cell.settings.pages);
  row.placement = to_string(cell.settings.placement);
  row.memory = to_string(cell.settings.memory);
  row.repeats = cell.repeats;
  return row;
}

RunRow row_for(const cell::Cell& cell, const Slot& slot, const cell::DataSource& data,
               const pipeline::RunResult& result, const host::Surroundings& surroundings,
               const Ceilings& ceilings) {
  RunRow row = row_for(cell, slot, data);
  row.status = to_string(result.status);
  row.error = result.error;
  row.started_utc = surroundings.started_utc;
  row.load_1m = surroundings.load_1m;
  row.steal_s = surroundings.steal_s;
  row.foreign_cpu_s = surroundings.foreign_cpu_s;
  row.cost_s = surroundings.cost_s;
  row.disturbed = surroundings.disturbed;
  // The figures of a run that failed are not results.
  if (result.status != pipeline::Status::ok) return row;

  const pipeline::RunFigures& f = result.figures;
  row.total_s = seconds(f.total_ns);
  row.setup_s = seconds(f.setup_ns);
  row.merge_s = seconds(f.merge_ns);
  row.verify_s = seconds(f.verify_ns);
  row.spawn_s_max = seconds(f.max.spawn_ns);
  row.read_s_max = seconds(f.max.read_ns);
  row.parse_s_max = seconds(f.max.parse_ns);
  row.sort_s_max = seconds(f.max.sort_ns);
  row.wait_s_max = seconds(f.max.wait_ns);
  row.transfer_s_max = seconds(f.max.transfer_ns);
  row.spawn_s_mean = seconds(f.mean.spawn_ns);
  row.read_s_mean = seconds(f.mean.read_ns);
  row.parse_s_mean = seconds(f.mean.parse_ns);
  row.sort_s_mean = seconds(f.mean.sort_ns);
  row.wait_s_mean = seconds(f.mean.wait_ns);
  row.transfer_s_mean = seconds(f.mean.transfer_ns);
  row.path_spawn_s = seconds(f.path.spawn_ns);
  row.path_read_s = seconds(f.path.read_ns);
  row.path_parse_s = seconds(f.path.parse_ns);
  row.path_sort_s = seconds(f.path.sort_ns);
  row.path_wait_s = seconds(f.path.wait_ns);
  row.path_transfer_s = seconds(f.path.transfer_ns);
  row.path_other_s = seconds(f.path.other_ns);
  row.payload_bytes = static_cast<double>(f.payload_bytes);
  row.cpus = f.cpus;

  const bool moves_bytes = row.kind == "transport" || row.kind == "calibration";
  if (moves_bytes) {
    row.transfer_window_s = seconds(f.transfer_window_ns);
    // What was lent has not been moved, so there is no rate to compare with that of a copy.
    if (cell.settings.handover == pipeline::Handover::copy)
      row.transfer_bytes_per_s = rate(static_cast<double>(f.payload_bytes), f.transfer_window_ns);
  }
  if (row.kind == "transport") {
    row.steps = static_cast<double>(f.steps);
    row.one_copy_bytes_per_s = ceilings.one_copy_bytes_per_s;
    row.two_copies_bytes_per_s = ceilings.two_copies_bytes_per_s;
    row.share_of_one_copy = share(row.transfer_bytes_per_s, ceilings.one_copy_bytes_per_s);
    row.share_of_two_copies = share(row.transfer_bytes_per_s, ceilings.two_copies_bytes_per_s);
  }

  // In a run without worker processes the parent's figures hold everything; its threads are then taken out of
  // them.
  const bool own_workers = row.kind == "transport";
  const auto less = [&](std::int64_t whole, std::int64_t part) { return own_workers ? whole : whole - part; };
  row.parent_user_s = seconds(less(f.parent.user_ns, f.workers.user_ns));
  row.parent_system_s = seconds(less(f.parent.system_ns, f.workers.system_ns));
  row.workers_user_s = seconds(f.workers.user_ns);
  row.workers_system_s = seconds(f.workers.system_ns);
  const auto both = [&](std::int64_t parent, std::int64_t workers) {
    return static_cast<double>(own_workers ? parent + workers : parent);
  };
  row.switches_voluntary = both(f.parent.switches_voluntary, f.workers.switches_voluntary);
  row.switches_involuntary = both(f.parent.switches_involuntary, f.workers.switches_involuntary);
  row.faults_minor = both(f.parent.faults_minor, f.workers.faults_minor);
  row.faults_major = both(f.parent.faults_major, f.workers.faults_major);
  if (f.migrations) row.migrations = static_cast<double>(*f.migrations);
  row.parent_rss_bytes_max = static_cast<double>(f.parent.rss_bytes_max);
  if (own_workers) row.worker_rss_bytes_max = static_cast<double>(f.workers.rss_bytes_max);
  return row;
}

std::map<std::string, std::size_t> cells_by_key(const cell::Plan& plan) {
  std::map<std::string, std::size_t> numbers;
  for (std::size_t cell = 0; cell < plan.cells.size(); ++cell)
    numbers.emplace(cell_key(row_for(plan.cells[cell], {}, plan.data)), cell);
  return numbers;
}

std::string subject_of(const RunRow& row) {
  std::string name = row.transport + (row.options.empty() ? "" : ":" + row.options);
  std::ranges::replace(name, ' ', ':');
  return name;
}

}  // namespace ipcsort::results
