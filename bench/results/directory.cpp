#include "bench/results/directory.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "bench/host/machine.hpp"
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

std::optional<std::string> unfinished_below(const std::string& root, const std::string& plan_hash) {
  for (const std::string& directory : sweeps_below(root)) {
    try {
      const auto meta = load_meta(directory);
      if (hash_of(meta) == plan_hash && !meta.contains("finished_utc")) return directory;
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
    throw UsageError(path + " is not readable as JSON: " + error.what());
  } catch (const std::runtime_error& error) {
    throw UsageError(path + ": " + error.what());
  }
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
    if (!request.fresh) path_ = unfinished_below(request.root, request.plan_hash).value_or("");
    if (path_.empty()) path_ = new_result_path(request.root);
  }
  if (fs::exists(path_) && !fs::is_directory(path_))
    throw UsageError("--output " + path_ + " is not a directory; name a new one");
  std::error_code error;
  fs::create_directories(path_, error);
  if (error) sys::throw_errno("mkdir", path_, error.value());
  const std::string lock_path = path_ + "/.lock";
  lock_ = sys::open_file(lock_path, O_RDWR | O_CREAT, 0644);
  if (::flock(lock_.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) sys::throw_errno("flock", lock_path);
    throw UsageError(path_ + " is being written by another sweep; wait for it or give another --output");
  }
  if (request.fresh) {
    std::error_code ignored;
    for (const char* name : {runs_name, "summary.csv", "overall.csv", "findings.json", "schema.json",
                             meta_name, "report.html", "charts"})
      fs::remove_all(path_ + "/" + name, ignored);
  }
  if (fs::exists(path_ + "/" + meta_name)) {
    open_existing(request);
  } else if (const std::string runs = path_ + "/" + runs_name;
             fs::exists(runs) && !text::header_line(run_columns()).starts_with(sys::read_file(runs))) {
    // A start that was killed before it had written meta.json leaves the header, or a part of it, and is no
    // obstacle.
    throw UsageError(path_ +
                     " holds a runs.csv without meta.json; give another --output, or --fresh to discard it");
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
        same_cells ? " (the same cells with another schedule: blocks, precision, time budget or seed)" : "",
        command_of(meta)));
  }
  finished_ = meta.contains("finished_utc");
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
  }
}

void ResultDirectory::write_meta(const nlohmann::ordered_json& meta) const {
  sys::write_file_atomically(path_ + "/" + meta_name, text::json_text(meta));
}

void ResultDirectory::append(const RunRow& row) {
  const std::string path = path_ + "/" + runs_name;
  const std::string line = text::row_line(run_columns(), row);
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

std::vector<RunRow> load_runs(const std::string& directory) {
  return load(directory, runs_name, [](const std::string& text) {
    std::vector<RunRow> rows = text::read_rows(run_columns(), text);
    for (const RunRow& row : rows) {
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

nlohmann::ordered_json load_meta(const std::string& directory) {
  auto meta = load(directory, meta_name, text::parse_json);
  if (!meta.is_object() || !meta.contains("/plan/hash"_json_pointer))
    throw UsageError(directory + "/" + meta_name + " does not describe a sweep: it has no plan");
  return meta;
}

std::optional<std::string> newest_result(const std::string& root) {
  const std::vector<std::string> sweeps = sweeps_below(root);
  return sweeps.empty() ? std::nullopt : std::optional(sweeps.front());
}

}  // namespace ipcsort::results
