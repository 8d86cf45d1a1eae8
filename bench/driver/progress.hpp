// How far a sweep is, on standard error: a bar on a terminal, plain lines elsewhere.
#pragma once

#include <cstddef>
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

}  // namespace ipcsort::driver
