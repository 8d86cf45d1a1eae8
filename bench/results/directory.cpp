#include "bench/results/directory.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>

#include "bench/host/fingerprint.hpp"
#include "bench/host/machine.hpp"
#include "bench/results/ownership.hpp"
#include "bench/text/json.hpp"
#include "sys/error.hpp"
#include "sys/file.hpp"
#include "sys/text.hpp"

namespace ipcsort::results {
namespace {

namespace fs = std::filesystem;
using nlohmann::literals::operator""_json_pointer;

constexpr const char* runs_name = "runs.csv";
constexpr const char* meta_name = "meta.json";
constexpr const char* repair = "the file has been changed or cut off: restore it, or name another directory";

std::string command_of(const nlohmann::ordered_json& meta) {
  if (!meta.contains("argv") || !meta["argv"].is_array()) return "an unknown command";
  std::vector<std::string> words;
  for (const auto& word : meta["argv"]) {
    if (word.is_string()) words.push_back(sys::printable(word.get<std::string>()));
  }
  return sys::join(words, " ");
}

std::string hash_of(const nlohmann::ordered_json& meta) {
  return meta.value("/plan/hash"_json_pointer, std::string{});
}

// Directories of sweeps below `root`, the newest name first: names begin with the time.
std::vector<std::string> sweeps_below(const std::string& root) {
  std::vector<std::string> found;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(root, ignored)) {
    const bool is_sweep =
        fs::exists(entry.path() / meta_name, ignored) && fs::exists(entry.path() / runs_name, ignored);
    if (is_sweep) found.push_back(entry.path().string());
  }
  std::sort(found.rbegin(), found.rend());
  return found;
}

std::optional<std::string> unfinished_below(const ResultDirectory::Request& request) {
  for (const std::string& directory : sweeps_below(request.root)) {
    try {
      const auto meta = load_meta(directory);
      if (hash_of(meta) == request.plan_hash && !meta.contains("finished_utc") &&
          (request.surroundings == nullptr || differing_surroundings(meta, *request.surroundings).empty()))
        return directory;
    } catch (const UsageError&) {
      continue;  // not readable as a sweep, so not ours to resume
    }
  }
  return std::nullopt;
}

// What `read` makes of a file's text; what is wrong with the file is the user's to change.
template <typename Read>
auto load(const std::string& directory, const char* name, Read read) {
  const std::string path = directory + "/" + name;
  try {
    return read(sys::read_file(path));
  } catch (const std::system_error& error) {
    throw UsageError(
        fmt::format("{} is not a result of a sweep: {}; name a directory that ipcsort sweep wrote", directory,
                    error.what()));
  } catch (const nlohmann::json::exception& error) {
    throw UsageError(path + " is not JSON" + text::place_in(error) + "; " + repair);
  } catch (const std::runtime_error& error) {
    throw UsageError(path + ": " + error.what());
  }
}

// The column of a figure that every run has that was ok, and this row has not; "" for none. Only an edited file lacks one.
std::string_view lacking_column(const RunRow& row) {
  if (!row.is_ok()) return "";
  if (!row.total_s) return "total_s";
  const bool is_transfer = row.cell.is_transport() || row.cell.is_calibration();
  if (!is_transfer) return "";
  if (!row.transfer_window_s) return "transfer_window_s";
  const bool moves = *row.transfer_window_s > 0 && row.payload_bytes.value_or(0) > 0 && !row.cell.lends();
  return moves && !row.transfer_bytes_per_s ? "transfer_bytes_per_s" : "";
}

// The numbers of runs, but for those that ^C broke off: they are made again under theirs. Only an edited file repeats one.
std::set<std::uint64_t> numbers_of_runs(const std::vector<RunRow>& rows) {
  std::set<std::uint64_t> seen;
  for (const RunRow& row : rows) {
    if (row.status != RunStatus::interrupted && !seen.insert(row.seq).second)
      throw std::runtime_error(fmt::format("two rows have seq {}; the file has been changed", row.seq));
  }
  return seen;
}

// Which runs somebody has taken out of the file; "" for none.
std::string missing_runs_text(const std::vector<RunRow>& rows) {
  constexpr std::size_t named_max = 5;
  std::vector<std::string> missing;
  std::uint64_t next = 0;
  for (const std::uint64_t seq : numbers_of_runs(rows)) {
    for (; next < seq; ++next) missing.push_back(std::to_string(next));
    next = seq + 1;
  }
  if (missing.empty()) return {};
  const std::size_t named = std::min(missing.size(), named_max);
  const std::string more = missing.size() > named ? fmt::format(" and {} more", missing.size() - named) : "";
  missing.resize(named);
  return fmt::format("rows are missing: seq {}{}", sys::join(missing, ", "), more);
}

// What the recorded sweep could not measure: why the plan of the very same command may be another one now.
std::string skipped_text(const std::string& path) {
  if (!fs::exists(path + "/" + runs_name)) return "";
  const std::vector<RunRow> rows = load_runs(path);
  const auto skipped =
      std::ranges::find_if(rows, [](const RunRow& row) { return row.status == RunStatus::skipped; });
  return skipped == rows.end()
             ? ""
             : fmt::format(" ({} was skipped there: {})", cell::label(skipped->cell.subject), skipped->error);
}

}  // namespace

std::string new_result_path(const std::string& root, const std::string& suffix) {
  const std::string base = root + "/" + host::utc_now_compact() + "-" + host::host_name() + suffix;
  std::string path = base;
  for (int n = 2; fs::exists(path); ++n) path = fmt::format("{}-{}", base, n);  // within one second
  return path;
}

ResultDirectory::ResultDirectory(const Request& request) : path_(request.path) {
  if (path_.empty()) {
    if (!request.fresh) path_ = unfinished_below(request).value_or("");
    if (path_.empty()) path_ = new_result_path(request.root);
  }
  if (fs::exists(path_) && !fs::is_directory(path_))
    throw UsageError("--output " + path_ + " is not a directory; name a new one");
  if (!fs::exists(path_ + "/" + meta_name))
    require_own(path_, std::array<std::string, 2>{".lock", runs_name});
  std::error_code error;
  fs::create_directories(path_, error);
  if (error) sys::throw_errno("mkdir", path_, error.value());
  const std::string lock_path = path_ + "/.lock";
  lock_ = sys::open_file(lock_path, O_RDWR | O_CREAT, 0644);
  if (::flock(lock_.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK)
      throw UsageError(fmt::format(
          "{} lies where files cannot be locked (flock: {}); give an --output on another file system", path_,
          std::generic_category().message(errno)));
    throw UsageError(path_ + " is being written by another sweep; wait for it or give another --output");
  }
  if (request.fresh && fs::exists(path_ + "/" + meta_name)) {
    static_cast<void>(load_meta(path_));  // throws unless it is a sweep's
    remove_own_page(path_);
    std::error_code ignored;
    for (const char* name :
         {runs_name, "summary.csv", "overall.csv", "findings.json", "schema.json", meta_name})
      fs::remove(path_ + "/" + name, ignored);
  }
  if (fs::exists(path_ + "/" + meta_name)) {
    open_existing(request);
  } else if (const std::string runs = path_ + "/" + runs_name;
             fs::exists(runs) && !text::header_line(run_columns()).starts_with(sys::read_file(runs))) {
    // A start that was killed before it had written meta.json leaves the header, or a part of it, and is no
    // obstacle.
    throw UsageError(path_ + " holds a runs.csv without meta.json; give another --output, or remove it");
  }
  start_runs_file();
}

void ResultDirectory::open_existing(const Request& request) {
  const auto meta = load_meta(path_);
  if (hash_of(meta) != request.plan_hash) {
    const bool same_cells = !request.cells_hash.empty() &&
                            meta.value("/plan/cells_hash"_json_pointer, std::string{}) == request.cells_hash;
    throw UsageError(fmt::format(
        "{} holds a sweep of another plan{}, made by '{}'; give another --output, or --fresh to discard it",
        path_,
        same_cells ? " (the same cells with another schedule: blocks, precision, time budget or seed)"
                   : skipped_text(path_),
        command_of(meta)));
  }
  finished_ = meta.contains("finished_utc");
  if (!finished_ && request.surroundings != nullptr) {
    const std::vector<std::string> differences = differing_surroundings(meta, *request.surroundings);
    if (!differences.empty())
      throw UsageError(
          fmt::format("{} holds an unfinished sweep that was begun otherwise ({}), and rows of both would be "
                      "reported as one; give another --output, or --fresh to discard it",
                      path_, sys::join(differences, "; ")));
  }
  if (fs::exists(path_ + "/" + runs_name)) rows_ = load_runs(path_);
}

void ResultDirectory::start_runs_file() {
  const std::string path = path_ + "/" + runs_name;
  runs_ = sys::open_file(path, O_RDWR | O_CREAT | O_APPEND, 0644);
  // A kill in the middle of a write leaves a torn last line; the next row must not be glued to it.
  const std::string text = sys::read_file(path);
  const std::size_t whole = text::complete_bytes(text);
  if (whole < text.size()) sys::check(::ftruncate(runs_.get(), static_cast<off_t>(whole)), "ftruncate", path);
  if (whole == 0) {
    const std::string header = text::header_line(run_columns());
    sys::write_all(runs_.get(), std::as_bytes(std::span{header}), path);
  } else {
    written_ = text::in_order_of(text::parse_csv(text.substr(0, text.find('\n') + 1)).front(), run_columns());
  }
}

void ResultDirectory::write_meta(const nlohmann::ordered_json& meta) const {
  sys::write_file_atomically(path_ + "/" + meta_name, text::json_text(meta));
}

void ResultDirectory::append(const RunRow& row) {
  const std::string path = path_ + "/" + runs_name;
  const std::string line = text::row_line(written_, row);
  if (!sys::still_named(runs_, path))
    sys::throw_errno("append", path + " has been removed, renamed or replaced while the sweep ran", ESTALE);
  const off_t before = sys::check(::lseek(runs_.get(), 0, SEEK_END), "lseek", path);
  const ssize_t written = ::write(runs_.get(), line.data(), line.size());
  if (written != static_cast<ssize_t>(line.size())) {
    const int error = written < 0 ? errno : ENOSPC;  // a short write to a file means that the disk is full
    [[maybe_unused]] const int cut = ::ftruncate(runs_.get(), before);
    sys::throw_errno("write", path, error);
  }
  rows_.push_back(row);
}

void write_summary(const std::string& directory, const std::vector<SummaryRow>& summary,
                   const Overall& overall) {
  sys::write_unless_the_same(directory + "/summary.csv", text::csv_text(summary_columns(), summary));
  const std::string overall_path = directory + "/overall.csv";
  if (overall.empty()) {
    fs::remove(overall_path);
  } else {
    sys::write_unless_the_same(overall_path, text::csv_text(overall_columns(), overall));
  }
}

std::vector<std::string> differing_surroundings(const nlohmann::ordered_json& before,
                                                const nlohmann::ordered_json& now) {
  const auto machine = [](const nlohmann::ordered_json& meta) {
    return meta.value("machine", nlohmann::ordered_json::object());
  };
  std::vector<std::string> differences = host::differing_facts(machine(before), machine(now));
  const auto compare = [&](const std::string& name, const nlohmann::ordered_json& old_value,
                           const nlohmann::ordered_json& new_value) {
    if (!old_value.is_null() && !new_value.is_null() && old_value != new_value)
      differences.push_back(fmt::format("{}: {} and {}", name, text::compact_json(old_value, true),
                                        text::compact_json(new_value, true)));
  };
  const auto at = [](const nlohmann::ordered_json& object, const char* name) {
    return object.is_object() ? object.value(name, nlohmann::ordered_json()) : nlohmann::ordered_json();
  };
  for (const char* name : {"kernel", "cpus_allowed", "niceness", "scheduler"})
    compare(name, at(machine(before), name), at(machine(now), name));
  for (const char* name : {"version", "git", "compiler", "flags", "build_type"})
    compare(name, at(before, name), at(now, name));
  return differences;
}

std::size_t finished_runs(const std::vector<RunRow>& rows) noexcept {
  return static_cast<std::size_t>(
      std::ranges::count_if(rows, [](const RunRow& row) { return row.status != RunStatus::interrupted; }));
}

std::vector<RunRow> load_runs(const std::string& directory) {
  return load(directory, runs_name, [](const std::string& text) {
    std::vector<RunRow> rows = text::read_rows(run_columns(), text);
    static_cast<void>(numbers_of_runs(rows));
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const RunRow& row = rows[i];
      if (const std::string_view column = lacking_column(row); !column.empty())
        throw std::runtime_error(
            fmt::format("record {}, column {}: it is empty, though the run was ok; the file has been changed",
                        i + 2, column));
      if ((row.total_s && *row.total_s <= 0) || (row.transfer_window_s && *row.transfer_window_s < 0))
        throw std::runtime_error(fmt::format("the row with seq {} has a time that no run can take", row.seq));
      // Rows are sorted into blocks by it; only an edited file can have another.
      if (row.block < 0 || row.block >= blocks_max)
        throw std::runtime_error(fmt::format("the row with seq {} has block {}; there are at most {}",
                                             row.seq, row.block, blocks_max));
    }
    return rows;
  });
}

std::string changes_text(const std::vector<RunRow>& rows, const nlohmann::ordered_json& meta) {
  std::vector<std::string> changes;
  if (std::string missing = missing_runs_text(rows); !missing.empty()) changes.push_back(std::move(missing));
  std::map<std::tuple<cell::CellId, int, int>, std::uint64_t> runs;  // by cell, block and attempt
  std::map<cell::CellId, std::vector<std::uint64_t>> cells;
  for (const RunRow& row : rows) {
    if (row.status == RunStatus::interrupted) continue;
    cells[row.cell].push_back(row.seq);
    const auto [run, is_first] = runs.emplace(std::tuple(row.cell, row.block, row.attempt), row.seq);
    if (!is_first)
      changes.push_back(
          fmt::format("seq {} and {} are the same cell in the same block", run->second, row.seq));
  }
  const auto planned = meta.value("/plan/cells"_json_pointer, cells.size());
  if (cells.size() > planned) {
    const auto rarest =
        std::ranges::min_element(cells, {}, [](const auto& cell) { return cell.second.size(); });
    changes.push_back(fmt::format("there are {} cells where {} were planned, and seq {} is of the rarest, {}",
                                  cells.size(), planned, rarest->second.front(), describe(rarest->first)));
  }
  return changes.empty() ? "" : sys::join(changes, "; ") + "; so the file has been changed";
}

nlohmann::ordered_json load_meta(const std::string& directory) {
  auto meta = load(directory, meta_name, text::parse_json);
  if (!meta.is_object() || !meta.contains("/plan/hash"_json_pointer))
    throw UsageError(directory + "/" + meta_name + " does not describe a sweep: it has no plan");
  using Json = nlohmann::ordered_json;
  const auto require = [&](const char* place, bool (Json::*is)() const noexcept) {
    const Json::json_pointer at(place);
    if (meta.contains(at) && !(meta[at].*is)())
      throw UsageError(
          fmt::format("{}/{} has no such {} as a sweep writes; {}", directory, meta_name, place + 1, repair));
  };
  for (const char* text : {"/plan/hash", "/plan/cells_hash", "/version", "/started_utc", "/build_type"})
    require(text, &Json::is_string);
  for (const char* count : {"/plan/cells", "/plan/rows"}) require(count, &Json::is_number_unsigned);
  require("/plan/precision", &Json::is_number);
  require("/machine", &Json::is_object);
  return meta;
}

std::optional<std::string> newest_result(const std::string& root) {
  const std::vector<std::string> sweeps = sweeps_below(root);
  return sweeps.empty() ? std::nullopt : std::optional(sweeps.front());
}

}  // namespace ipcsort::results
