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

auto rank_of(Verdict verdict) { return std::find(urgency.begin(), urgency.end(), verdict); }

std::size_t count(const Report& report, Verdict verdict) noexcept {
  return static_cast<std::size_t>(
      std::count_if(report.cells.begin(), report.cells.end(),
                    [verdict](const CellVerdict& cell) { return cell.verdict == verdict; }));
}

std::string percent_number(double share) { return text::fixed(share * 100, 1); }

std::string detectable_range(const Report& report) {
  std::vector<double> effects;
  for (const CellVerdict& cell : report.cells) {
    if (cell.verdict == Verdict::unchanged && cell.detectable_effect)
      effects.push_back(*cell.detectable_effect);
  }
  if (effects.empty()) return "MDE unknown";
  const auto [least, most] = std::minmax_element(effects.begin(), effects.end());
  const std::string low = percent_number(*least);
  const std::string high = percent_number(*most);
  const std::size_t unknown = count(report, Verdict::unchanged) - effects.size();
  return "MDE " + low + (low == high ? "" : " to " + high) + " %" +
         (unknown == 0 ? "" : ", of " + std::to_string(unknown) + " unknown");
}

}  // namespace

std::string_view to_string(Verdict verdict) noexcept {
  switch (verdict) {
    case Verdict::regressed: return "regressed";
    case Verdict::improved: return "improved";
    case Verdict::unchanged: return "unchanged";
    case Verdict::within_threshold: return "within-threshold";
    case Verdict::inconclusive: return "inconclusive";
    case Verdict::new_cell: return "new";
    case Verdict::missing: return "missing";
    case Verdict::failed: return "failed";
  }
  return "unknown";
}

std::vector<CellVerdict> by_urgency(std::vector<CellVerdict> cells) {
  std::stable_sort(cells.begin(), cells.end(), [](const CellVerdict& a, const CellVerdict& b) {
    const auto key = [](const CellVerdict& cell) {
      return std::pair(rank_of(cell.verdict), -cell.ratio.value_or(0));
    };
    return key(a) < key(b);
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
  const double change = *cell.ratio - 1;
  const std::string text = (change >= 0 ? "+" : "") + percent_number(change) + " %";
  if (!cell.ratio_interval) return text;
  return text + " [" + percent_number(cell.ratio_interval->low - 1) + ", " +
         percent_number(cell.ratio_interval->high - 1) + "]";
}

std::string detectable_text(const CellVerdict& cell) {
  if (cell.detectable_effect) return percent_number(*cell.detectable_effect) + " %";
  return cell.verdict == Verdict::unchanged ? "unknown" : "-";
}

int exit_status(const Report& report, bool strict) noexcept {
  if (count(report, Verdict::regressed) > 0) return exit_regressed;
  const std::size_t one_sided = count(report, Verdict::new_cell) + count(report, Verdict::missing);
  if (count(report, Verdict::failed) > 0 || one_sided == report.cells.size()) return exit_failed;
  return strict && count(report, Verdict::inconclusive) > 0 ? exit_inconclusive : exit_done;
}

}  // namespace ipcsort::gate
