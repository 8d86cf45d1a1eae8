// The directory of one sweep: runs.csv, meta.json, and what is made from them: summary.csv, overall.csv,
// findings.json, schema.json, report.html, charts/.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/results/run_row.hpp"
#include "bench/results/summary.hpp"
#include "sys/fd.hpp"

namespace ipcsort::results {

// A name below `root` that is not taken: time, host, and `suffix` after it. Makes nothing.
std::string new_result_path(const std::string& root, const std::string& suffix = "");

// Of meta.json and runs.csv; another one is another form.
inline constexpr int meta_schema = 1;

class ResultDirectory {
 public:
  struct Request {
    std::string path;  // the directory itself; empty: one below `root`, new or to be resumed
    std::string root = "results";
    std::string plan_hash;
    std::string cells_hash;  // of the cells alone, without how often they are measured; "" unknown
    const nlohmann::ordered_json* surroundings =
        nullptr;         // program and machine, as in meta.json; null: not compared
    bool fresh = false;  // discard what a sweep recorded there
  };

  // Finds or makes the directory and locks it. An unfinished sweep of the same plan, begun by the same program on the same
  // machine, is taken up: `rows` holds what it has recorded. Without a path that is the newest such directory below the
  // root. Throws UsageError when the path holds another plan, a sweep of other surroundings, something else, or is in
  // use by another sweep.
  explicit ResultDirectory(const Request& request);

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] const std::vector<RunRow>& rows() const noexcept { return rows_; }
  // The sweep in it was complete when opened.
  [[nodiscard]] bool finished() const noexcept { return finished_; }

  void write_meta(const nlohmann::ordered_json& meta) const;

  // One write(2). When that fails, the file is cut back to whole rows and std::system_error thrown; so it is when somebody
  // has removed, renamed or replaced the directory, in which nothing may then be written any more.
  void append(const RunRow& row);

 private:
  void open_existing(const Request& request);
  void start_runs_file();

  std::string path_;
  sys::Fd lock_;
  sys::Fd runs_;
  text::Columns<RunRow> written_ = run_columns();  // as the file has them, which may be older
  std::vector<RunRow> rows_;
  bool finished_ = false;
};

// Writes what is made from the runs: DIRECTORY/summary.csv, and overall.csv if `overall` says anything. A
// file that says the same already stays as it is, so that a directory which cannot be written can be read all
// the same. Throws std::system_error.
void write_summary(const std::string& directory, const std::vector<SummaryRow>& summary,
                   const Overall& overall);

// Those that ^C did not break off.
std::size_t finished_runs(const std::vector<RunRow>& rows) noexcept;

// Reads the runs of a finished or unfinished sweep. Throws UsageError naming what is wrong with the
// directory.
std::vector<RunRow> load_runs(const std::string& directory);

// What somebody has changed in the file, for the user: rows that are missing (a sweep that is taken up makes them again), that
// are there twice, or of a cell that the plan in `meta` has not; "" for nothing.
std::string changes_text(const std::vector<RunRow>& rows, const nlohmann::ordered_json& meta);
nlohmann::ordered_json load_meta(const std::string& directory);

// What differs between the program and the machine of two meta.json, so that rows of both do not belong into one sweep: each
// in words; empty for nothing. A fact that one of them does not have does not count.
std::vector<std::string> differing_surroundings(const nlohmann::ordered_json& before,
                                                const nlohmann::ordered_json& now);

// The newest directory below `root` that holds a sweep; nothing if there is none.
std::optional<std::string> newest_result(const std::string& root);

}  // namespace ipcsort::results
