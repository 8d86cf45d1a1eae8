#include "bench/gate/verdict.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "bench/text/units.hpp"
#include "sys/exit_status.hpp"
#include "sys/text.hpp"

namespace ipcsort::gate {
namespace {

constexpr std::array urgency = {Verdict::regressed,        Verdict::failed,   Verdict::inconclusive,
                                Verdict::improved,         Verdict::new_cell, Verdict::missing,
                                Verdict::within_threshold, Verdict::unchanged};

auto rank_of(Verdict verdict) { return std::ranges::find(urgency, verdict); }

std::size_t count(const Report& report, Verdict verdict) noexcept {
  return static_cast<std::size_t>(std::ranges::count(report.cells, verdict, &CellVerdict::verdict));
}

std::string detectable_range(const Report& report) {
  std::vector<double> effects;
  for (const CellVerdict& cell : report.cells) {
    if (cell.verdict == Verdict::unchanged && cell.detectable_effect)
      effects.push_back(*cell.detectable_effect);
  }
  if (effects.empty()) return "MDE unknown";
  const auto [least, most] = std::ranges::minmax(effects);
  const std::string low = text::fixed(least * 100, 1);
  const std::string high = text::fixed(most * 100, 1);
  const std::size_t unknown = count(report, Verdict::unchanged) - effects.size();
  return "MDE " + low + (low == high ? "" : " to " + high) + " %" +
         (unknown == 0 ? "" : ", of " + std::to_string(unknown) + " unknown");
}

}  // namespace

std::string_view to_string(Verdict verdict) noexcept {
  constexpr std::array<std::string_view, verdict_count> words = {
      "regressed", "improved", "unchanged", "within-threshold", "inconclusive", "new", "missing", "failed"};
  return words.at(static_cast<std::size_t>(verdict));
}

std::vector<CellVerdict> by_urgency(std::vector<CellVerdict> cells) {
  std::ranges::stable_sort(cells, {}, [](const CellVerdict& cell) {
    return std::pair(rank_of(cell.verdict), -cell.ratio.value_or(0));
  });
  return cells;
}

std::string headline(const Report& report) {
  std::vector<std::string> parts;
  for (const Verdict verdict : urgency) {
    const std::size_t cells = count(report, verdict);
    if (cells > 0) parts.push_back(std::to_string(cells) + " " + std::string{to_string(verdict)});
  }
  if (count(report, Verdict::unchanged) > 0) parts.back() += " (" + detectable_range(report) + ")";
  return (report.interrupted ? "interrupted: " : "") +
         (parts.empty() ? "nothing was compared" : sys::join(parts, ", "));
}

std::string change_text(const CellVerdict& cell) {
  if (!cell.ratio) return "-";
  const std::string text = text::change_text(*cell.ratio - 1, 1);
  if (!cell.ratio_interval) return text;
  return text + " [" + text::fixed((cell.ratio_interval->low - 1) * 100, 1) + ", " +
         text::fixed((cell.ratio_interval->high - 1) * 100, 1) + "]";
}

std::string detectable_text(const CellVerdict& cell) {
  if (cell.detectable_effect) return text::percent_text(*cell.detectable_effect, 1);
  return cell.verdict == Verdict::unchanged ? "unknown" : "-";
}

int exit_status(const Report& report, bool strict) noexcept {
  if (count(report, Verdict::regressed) > 0) return exit_regressed;
  const std::size_t one_sided = count(report, Verdict::new_cell) + count(report, Verdict::missing);
  if (count(report, Verdict::failed) > 0 || one_sided == report.cells.size()) return exit_failed;
  return strict && count(report, Verdict::inconclusive) > 0 ? exit_inconclusive : exit_done;
}

}  // namespace ipcsort::gate
