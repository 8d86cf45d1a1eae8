// How far a sweep is, on standard error: a bar on a terminal, plain lines elsewhere.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

#include "sys/clock.hpp"

namespace ipcsort::driver {

class Progress {
 public:
  enum class Style { bar, lines, quiet };
  static Style detect(bool quiet);  // bar when standard error is a terminal

  explicit Progress(Style style);
  ~Progress();  // leaves the line of the bar
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Before the runs: data being made. Bytes so far and expected.
  void generating(std::string_view what, double share_done);
  // Work is `share_done` complete; `what` runs next and `left_s` is the estimate for the rest (negative:
  // unknown).
  void running(std::size_t done, std::size_t total, std::string_view what, double left_s);
  // Other work is `share_done` complete; `text` says all about it.
  void state(double share_done, std::string_view text);
  // A line that stays, also between updates of the bar; written in every style but quiet.
  void note(std::string_view text);

 private:
  void show(const std::string& text);
  void clear_bar();

  Style style_;
  bool bar_shown_ = false;
  sys::Nanoseconds last_shown_at_;  // begins with the start, so that what is over at once shows nothing
};

// The rest of a sweep from what its cells have cost so far: a cell that has run costs what it took last, one
// that has not, the mean of those that have.
class CostEstimate {
 public:
  void ran(std::size_t cell, sys::Nanoseconds took);
  [[nodiscard]] double cost_s(std::size_t cell) const;
  [[nodiscard]] bool known() const noexcept { return !costs_s_.empty(); }

 private:
  std::map<std::size_t, double> costs_s_;
};

}  // namespace ipcsort::driver
