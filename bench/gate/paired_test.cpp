#include "bench/gate/paired_test.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <string_view>
#include <utility>

#include "bench/stats/sample.hpp"
#include "bench/stats/signed_rank.hpp"
#include "bench/text/csv.hpp"
#include "bench/text/units.hpp"
#include "sys/text.hpp"

namespace ipcsort::gate {
namespace {

using Figure = std::optional<double> Figures::*;

struct NamedFigure {
  std::string_view name;
  Figure figure;
};
constexpr std::array exact_figures = {NamedFigure{"bytes moved", &Figures::payload_bytes},
                                      NamedFigure{"steps", &Figures::steps}};
constexpr std::array remarked_figures = {NamedFigure{"page faults", &Figures::faults},
                                         NamedFigure{"peak memory", &Figures::memory_bytes}};

// 10 pairs, all of which agree, reach it: 2 * 2^-10 < 0.002.
constexpr double remark_confidence = 0.998;

std::vector<double> log_ratios(std::span<const Pair> pairs, Figure figure) {
  std::vector<double> ratios;
  for (const Pair& pair : pairs) {
    const double before = (pair.baseline.*figure).value_or(0);
    const double after = (pair.candidate.*figure).value_or(0);
    if (before > 0 && after > 0) ratios.push_back(std::log(after / before));
  }
  return ratios;
}

std::optional<double> constant_of(std::span<const Pair> pairs, Figures Pair::*side, Figure figure) {
  const std::optional<double> first = pairs.front().*side.*figure;
  const bool constant =
      std::ranges::all_of(pairs, [&](const Pair& pair) { return pair.*side.*figure == first; });
  return constant ? first : std::nullopt;
}

struct ExactChange {
  std::vector<std::string> texts;  // "steps 16 -> 32"
  bool more = false;               // of something
};

ExactChange exact_change(std::span<const Pair> pairs) {
  ExactChange change;
  if (pairs.size() < exact_pairs_min) return change;
  for (const auto& [name, figure] : exact_figures) {
    const auto before = constant_of(pairs, &Pair::baseline, figure);
    const auto after = constant_of(pairs, &Pair::candidate, figure);
    if (!before || !after || *before == *after) continue;
    change.texts.push_back(std::string{name} + " " + text::field::write(before) + " -> " +
                           text::field::write(after));
    change.more = change.more || *after > *before;
  }
  return change;
}

// "page faults +12 %" where that is sure and not small.
std::vector<std::string> remarks(std::span<const Pair> pairs) {
  std::vector<std::string> texts;
  for (const auto& [name, figure] : remarked_figures) {
    const std::vector<double> ratios = log_ratios(pairs, figure);
    if (ratios.empty()) continue;
    const auto interval = stats::signed_rank_interval(ratios, remark_confidence);
    const double centre = stats::hodges_lehmann(ratios);
    if (!interval || (interval->low <= 0 && interval->high >= 0)) continue;
    if (std::abs(centre) < std::log1p(stats::GateRule{}.effect_min)) continue;
    texts.push_back(std::string{name} + " " + text::change_text(std::expm1(centre)));
  }
  return texts;
}

// By outcome.
constexpr std::array<Verdict, 6> verdicts = {Verdict::inconclusive,     Verdict::regressed,
                                             Verdict::improved,         Verdict::unchanged,
                                             Verdict::within_threshold, Verdict::inconclusive};

double median_time(std::span<const Pair> pairs, Figures Pair::*side) {
  std::vector<double> times;
  for (const Pair& pair : pairs) times.push_back((pair.*side).time_s);
  return stats::median(times);
}

}  // namespace

void PairedTest::add(const Pair& pair) {
  test_.add(std::log(pair.candidate.time_s / pair.baseline.time_s));
  pairs_.push_back(pair);
}

void PairedTest::fail(const std::string& reason) { failure_ = reason; }

bool PairedTest::decided() const noexcept {
  return !failure_.empty() || test_.outcome() != stats::Outcome::pending;
}

CellVerdict PairedTest::verdict(const std::string& why_undecided) const {
  CellVerdict verdict;
  verdict.cell = cell_;
  verdict.metric = metric_;
  verdict.pairs = pairs_.size();
  if (!failure_.empty()) {
    verdict.verdict = Verdict::failed;
    verdict.reason = failure_;
    return verdict;
  }
  verdict.verdict = verdicts.at(static_cast<std::size_t>(test_.outcome()));
  // The last stage is what counts; when it has only just begun, there is nothing of it yet.
  const std::span<const Pair> stage = std::span(pairs_).subspan(test_.screened());
  if (const auto ratio = test_.ratio(); ratio && !stage.empty()) {
    verdict.ratio = ratio->centre;
    verdict.ratio_interval = ratio->interval;
    verdict.detectable_effect = ratio->detectable_effect();
    verdict.baseline_s = median_time(stage, &Pair::baseline);
    verdict.candidate_s = median_time(stage, &Pair::candidate);
  }
  ExactChange change = exact_change(pairs_);
  if (change.more && verdict.verdict != Verdict::improved) verdict.verdict = Verdict::regressed;
  std::vector<std::string> reasons = std::move(change.texts);
  if (verdict.verdict == Verdict::inconclusive) {
    reasons.push_back(decided() ? "too noisy: no decision after " + std::to_string(pairs_.size()) + " pairs"
                                : why_undecided);
  }
  for (std::string& remark : remarks(pairs_)) reasons.push_back(std::move(remark));
  verdict.reason = sys::join(reasons, "; ");
  return verdict;
}

}  // namespace ipcsort::gate
