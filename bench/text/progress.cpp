#include "bench/text/progress.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "bench/text/units.hpp"
#include "sys/text.hpp"

namespace ipcsort::text {
namespace {

constexpr sys::Nanoseconds bar_interval_ns = sys::second_ns / 10;
// Of lines: often at first, when somebody still looks, then so that the log of a night stays readable.
constexpr sys::Nanoseconds line_interval_ns = 10 * sys::second_ns;
constexpr sys::Nanoseconds late_line_interval_ns = 60 * sys::second_ns;
constexpr std::size_t progress_width = 10;

// Straight to the descriptor: nothing is left in a stdio buffer for a forked child to write again.
void put(std::string_view text) {
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
}

std::string bar_text(double share) {
  const auto filled =
      static_cast<std::size_t>(std::clamp(share, 0.0, 1.0) * static_cast<double>(progress_width));
  std::string text = "[";
  text.append(filled, '#').append(progress_width - filled, '.');
  return text + "]";
}

// The window may have changed since the last line. One column stays free: in the last one some terminals
// wrap.
std::size_t columns_now() {
  const Look look = look_of(STDERR_FILENO);
  return look.is_limited() ? look.columns - 1 : look.columns;
}

// Part of a line; the one with the highest `spare` is left out first, one without any never.
struct Piece {
  std::string text;
  int spare = 0;
};

std::string joined(const std::vector<Piece>& pieces) {
  std::vector<std::string> texts;
  for (const Piece& piece : pieces) texts.push_back(piece.text);
  return sys::join(texts, "  ");
}

std::string fit(std::vector<Piece> pieces, std::size_t columns) {
  std::erase_if(pieces, [](const Piece& piece) { return piece.text.empty(); });
  while (joined(pieces).size() > columns) {
    const auto sparest = std::ranges::max_element(pieces, {}, &Piece::spare);
    if (sparest->spare == 0) break;
    pieces.erase(sparest);
  }
  return shortened(joined(pieces), columns);
}

// By time where that is known: the number of rows grows as long as cells are not settled.
double share_of(const SweepProgress& it) {
  const double left_s = std::max(it.left_s, it.left_most_s);
  if (left_s >= 0 && it.spent_s > 0) return it.spent_s / (it.spent_s + left_s);
  return it.total == 0 ? 1 : static_cast<double>(it.done) / static_cast<double>(it.total);
}

std::string left_text(const SweepProgress& it) {
  if (it.left_s < 0) return "";
  const std::string least = duration_text(it.left_s);
  const std::string most = duration_text(it.left_most_s);
  return (it.left_most_s > it.left_s && most != least ? least + " to " + most : least) + " left";
}

}  // namespace

std::string running_text(const SweepProgress& it, std::size_t columns, bool with_bar) {
  const double share = share_of(it);
  const std::string estimate = it.median_s ? seconds_text(*it.median_s) : "";
  const std::string known_to =
      it.relative_half_width ? fmt::format("+-{:.1f} %", *it.relative_half_width * 100) : "";
  return fit({{with_bar ? bar_text(share) : "", 3},
              {fmt::format("run {}/{}", it.done + 1, it.total), 4},
              {it.block},
              {fmt::format("cell {}/{}", it.cell, it.cells), 2},
              {it.failed > 0 ? fmt::format("{} failed", it.failed) : ""},
              {left_text(it)},
              {it.name},
              {it.condition, 6},
              {estimate, 1},
              {known_to, 5}},
             columns);
}

Progress::Style Progress::detect(bool quiet, bool verbose) {
  if (quiet) return Style::quiet;
  if (verbose) return Style::every_run;
  const char* terminal =
      std::getenv("TERM");  // a bar is drawn with escape sequences, which not every terminal knows
  const bool can_erase = terminal != nullptr && std::string_view(terminal) != "dumb";
  return ::isatty(STDERR_FILENO) == 1 && can_erase ? Style::bar : Style::lines;
}

Progress::Progress(Style style) : style_(style), begun_at_(sys::now_ns()), last_shown_at_(begun_at_) {}

Progress::~Progress() { clear_bar(); }

void Progress::clear_bar() {
  if (bar_shown_) put("\r\x1b[K");
  bar_shown_ = false;
}

// Whether it is time for the next text; asked before one is made.
bool Progress::is_due() {
  if (style_ == Style::quiet || style_ == Style::every_run) return false;
  const sys::Nanoseconds now = sys::now_ns();
  const sys::Nanoseconds interval = style_ == Style::bar                      ? bar_interval_ns
                                    : now - begun_at_ < late_line_interval_ns ? line_interval_ns
                                                                              : late_line_interval_ns;
  if (now - last_shown_at_ < interval) return false;
  last_shown_at_ = now;
  return true;
}

void Progress::show(const std::string& text) {
  if (style_ == Style::bar) {
    put("\r\x1b[K" + text);
    bar_shown_ = true;
  } else {
    put(text + "\n");
  }
}

void Progress::generating(std::string_view what, double share_done) {
  state(share_done, percent_text(share_done) + "  making " + std::string{what});
}

void Progress::running(const SweepProgress& running) {
  if (is_due()) show(running_text(running, columns_now(), style_ == Style::bar));
}

void Progress::state(double share_done, std::string_view text) {
  if (!is_due()) return;
  const std::string bar = style_ == Style::bar ? bar_text(share_done) + " " : "";
  show(bar + shortened(std::string{text}, columns_now() - bar.size()));
}

void Progress::note(std::string_view text) {
  if (style_ == Style::quiet) return;
  clear_bar();
  put(fitted(std::string{text} + "\n", look_of(STDERR_FILENO)));
}

void Progress::ran(std::string_view text, bool went_well) {
  if (style_ == Style::every_run || !went_well) note(text);
}

}  // namespace ipcsort::text
