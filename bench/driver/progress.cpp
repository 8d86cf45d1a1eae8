#include "bench/driver/progress.hpp"

#include <unistd.h>

#include <array>
#include <cstdio>

#include "bench/driver/wording.hpp"

namespace ipcsort::driver {
namespace {

constexpr sys::Nanoseconds bar_interval_ns = sys::second_ns / 10;
constexpr sys::Nanoseconds line_interval_ns = 10 * sys::second_ns;
constexpr std::size_t bar_width = 20;

// Straight to the descriptor: nothing is left in a stdio buffer for a forked child to write again.
void put(std::string_view text) {
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
}

std::string bar_text(double share) {
  const auto filled = static_cast<std::size_t>(share * static_cast<double>(bar_width));
  std::string text = "[";
  text.append(filled, '#').append(bar_width - filled, '.');
  return text + "]";
}

}  // namespace

Progress::Style Progress::detect(bool quiet) {
  if (quiet) return Style::quiet;
  return ::isatty(STDERR_FILENO) == 1 ? Style::bar : Style::lines;
}

Progress::Progress(Style style) : style_(style), last_shown_at_(sys::now_ns()) {}

Progress::~Progress() { clear_bar(); }

void Progress::clear_bar() {
  if (bar_shown_) put("\r\x1b[K");
  bar_shown_ = false;
}

void Progress::show(const std::string& text) {
  const sys::Nanoseconds now = sys::now_ns();
  const sys::Nanoseconds interval = style_ == Style::bar ? bar_interval_ns : line_interval_ns;
  if (style_ == Style::quiet || now - last_shown_at_ < interval) return;
  last_shown_at_ = now;
  if (style_ == Style::bar) {
    put("\r\x1b[K" + text);
    bar_shown_ = true;
  } else {
    put(text + "\n");
  }
}

void Progress::generating(std::string_view what, double share_done) {
  std::array<char, 8> percent{};
  std::snprintf(percent.data(), percent.size(), "%3.0f %%", share_done * 100);
  show(bar_text(share_done) + " " + percent.data() + "  making " + std::string{what});
}

void Progress::running(std::size_t done, std::size_t total, std::string_view what, double left_s) {
  const double share = total == 0 ? 1 : static_cast<double>(done) / static_cast<double>(total);
  const std::string left = left_s < 0 ? "" : ", " + duration_text(left_s) + " left";
  state(share,
        "run " + std::to_string(done + 1) + "/" + std::to_string(total) + left + "  " + std::string{what});
}

void Progress::state(double share_done, std::string_view text) {
  show(bar_text(share_done) + " " + std::string{text});
}

void Progress::note(std::string_view text) {
  if (style_ == Style::quiet) return;
  clear_bar();
  put(std::string{text} + "\n");
}

}  // namespace ipcsort::driver
