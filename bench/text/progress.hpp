// How far the work is, on standard error: a bar on a terminal, plain lines elsewhere.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "bench/text/style.hpp"
#include "sys/clock.hpp"

namespace ipcsort::text {

// How far a sweep is, and the run that comes next.
struct SweepProgress {
  std::size_t done = 0, total = 0;            // rows
  std::string block;                          // "block 3/6"
  std::size_t cell = 0, cells = 0;            // of the block, from 1
  std::size_t failed = 0;                     // runs so far
  double left_s = -1;                         // estimate for the rest; negative: unknown
  std::string name;                           // "pipe:capacity=1M"
  std::string condition;                      // "4 files, 1M numbers, 2 workers, barrier"
  std::optional<double> median_s;             // of the cell's counted runs so far
  std::optional<double> relative_half_width;  // of the 95 % interval of that
  double left_most_s = -1;                    // if all goes on that may: more blocks of unsettled cells
  double spent_s = 0;                         // on the rows so far
};

// That in one line no wider than `columns`: what is missed least is left out first. With `with_bar` a bar
// leads.
std::string running_text(const SweepProgress& running, std::size_t columns, bool with_bar);

class Progress {
 public:
  enum class Style {
    bar,
    lines,
    quiet,
    every_run  // a line for each run, nothing else that moves
  };
  // A bar when standard error is a terminal. `quiet` goes over `verbose`.
  static Style detect(bool quiet, bool verbose = false);

  explicit Progress(Style style);
  ~Progress();  // leaves the line of the bar
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Before the runs: data being made. Bytes so far and expected.
  void generating(std::string_view what, double share_done);
  void running(const SweepProgress& running);
  // Other work is `share_done` complete; `text` says all about it.
  void state(double share_done, std::string_view text);
  // A line that stays, also between updates of the bar; written in every style but quiet.
  void note(std::string_view text);
  // Likewise about a run; one that went well is told of only where every run is.
  void ran(std::string_view text, bool went_well);

 private:
  [[nodiscard]] bool is_due();
  void show(const std::string& text);
  void clear_bar();

  Style style_;
  bool bar_shown_ = false;
  sys::Nanoseconds begun_at_;
  sys::Nanoseconds last_shown_at_;  // begins with the start, so that what is over at once shows nothing
};

}  // namespace ipcsort::text
