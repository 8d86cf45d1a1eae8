#include "bench/tune/race.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "bench/stats/multiple.hpp"
#include "bench/stats/signed_rank.hpp"
#include "bench/text/units.hpp"

namespace ipcsort::tune {
namespace {

// Looks become rarer, as each is another chance to drop the wrong one.
int look_after(int blocks) { return blocks + std::max(2, blocks / 3); }

}  // namespace

Race::Race(std::vector<std::size_t> simplicity, const RaceRule& rule, std::uint64_t seed)
    : simplicity_(std::move(simplicity)),
      lates_(simplicity_.size()),
      blocks_(simplicity_.size(), seed),
      rule_(rule),
      next_look_(rule.blocks_min),
      over_(simplicity_.size() == 1) {
  if (simplicity_.empty()) throw std::invalid_argument("a race without candidates");
}

std::optional<std::size_t> Race::next() const { return over_ ? std::nullopt : std::optional(blocks_.next()); }

void Race::failed(const std::string& reason) {
  blocks_.drop(blocks_.next(), reason);
  if (blocks_.next() == 0) over_ = true;
  took(std::nullopt);
}

void Race::late() {
  if (const int lates = ++lates_[blocks_.next()]; lates >= rule_.late_max) {
    blocks_.drop(blocks_.next(), "took several times as long as a run with the defaults, " +
                                     std::to_string(lates) + " times");
  }
  took(std::nullopt);
}

void Race::took(std::optional<double> time_s) {
  if (!blocks_.ran(time_s)) return;
  if (!over_ && blocks() >= rule_.hopeless_blocks) drop_hopeless();
  if (!over_ && blocks() >= next_look_) {
    look();
    next_look_ = look_after(blocks());
  }
  over_ = over_ || left() == 1 || blocks() >= rule_.blocks_max || is_decided();
  blocks_.begin();
}

void Race::drop_slower(std::size_t candidate) {
  const double behind = std::expm1(stats::hodges_lehmann(log_ratios(candidate, leader())));
  blocks_.drop(candidate, text::percent_text(behind) + " slower than the leader over " +
                              std::to_string(blocks()) + " blocks");
}

void Race::drop_hopeless() {
  const std::size_t first = leader();
  for (std::size_t i = 1; i < blocks_.size(); ++i) {
    if (!blocks_.is_in(i) || i == first) continue;
    const std::vector<double> ratios = log_ratios(i, first);
    if (static_cast<int>(ratios.size()) >= rule_.hopeless_blocks &&
        std::ranges::min(ratios) > std::log1p(rule_.hopeless))
      drop_slower(i);
  }
}

void Race::look() {
  const std::size_t first = leader();
  std::vector<std::size_t> tested;
  std::vector<double> p_values;
  for (std::size_t i = 1; i < blocks_.size(); ++i) {
    if (!blocks_.is_in(i) || i == first) continue;
    const std::vector<double> ratios = log_ratios(i, first);
    if (ratios.empty()) continue;
    tested.push_back(i);
    p_values.push_back(stats::signed_rank_upper_tail(ratios));
  }
  const std::vector<double> adjusted = stats::benjamini_hochberg(p_values);
  for (std::size_t k = 0; k < tested.size(); ++k) {
    if (adjusted[k] <= rule_.level) drop_slower(tested[k]);
  }
  for (std::size_t i = 1; i < blocks_.size(); ++i) {
    const auto interval = blocks_.is_in(i)
                              ? stats::signed_rank_interval(log_ratios(i, 0), stats::ratio_confidence)
                              : std::nullopt;
    if (interval && interval->low >= -std::log1p(rule_.equivalence)) {
      blocks_.drop(i, "faster than the defaults by " + text::percent_text(rule_.equivalence) +
                          " at most, over " + std::to_string(blocks()) + " blocks");
    }
  }
}

// Whether all that is left is as good as the leader, beyond doubt.
bool Race::is_decided() const {
  if (blocks() < rule_.blocks_min) return false;
  const std::size_t first = leader();
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    if (!blocks_.is_in(i) || i == first) continue;
    const std::vector<double> ratios = log_ratios(i, first);
    if (ratios.empty()) return false;
    const auto interval = stats::signed_rank_interval(ratios, stats::ratio_confidence);
    if (!interval) return false;
    // The default may be far behind: it is only there to be compared with.
    const bool behind = i == 0 && interval->low > std::log1p(rule_.equivalence);
    if (!behind && interval->high > std::log1p(rule_.equivalence)) return false;
  }
  return true;
}

std::vector<double> Race::log_ratios(std::size_t a, std::size_t b) const {
  return stats::paired_log_ratios(blocks_.times_s(a), blocks_.times_s(b));
}

std::optional<double> Race::log_to_default(std::size_t candidate) const {
  const std::vector<double> ratios = log_ratios(candidate, 0);
  return ratios.empty() ? std::nullopt : std::optional(stats::hodges_lehmann(ratios));
}

std::size_t Race::leader() const {
  std::size_t best = 0;
  double least = 0;  // the default's ratio to itself
  for (std::size_t i = 1; i < blocks_.size(); ++i) {
    const auto centre = blocks_.is_in(i) ? log_to_default(i) : std::nullopt;
    if (!centre || *centre >= least) continue;
    best = i;
    least = *centre;
  }
  return best;
}

std::size_t Race::winner() const {
  if (blocks() == 0) return 0;
  std::size_t best = leader();
  const double limit = log_to_default(best).value_or(0) + std::log1p(rule_.equivalence);
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    const auto centre = blocks_.is_in(i) ? log_to_default(i) : std::nullopt;
    if (centre && *centre <= limit && simplicity_[i] < simplicity_[best]) best = i;
  }
  return best;
}

RaceResult Race::result(std::size_t candidate) const {
  const auto timed =
      std::ranges::count_if(blocks_.times_s(candidate), [](const auto& time) { return time.has_value(); });
  RaceResult result{static_cast<std::size_t>(timed), {}, blocks_.dropped(candidate)};
  if (const auto ratio = log_to_default(candidate)) result.to_default = std::exp(*ratio);
  return result;
}

}  // namespace ipcsort::tune
