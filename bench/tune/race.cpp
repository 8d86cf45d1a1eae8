#include "bench/tune/race.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "bench/stats/multiple.hpp"
#include "bench/stats/signed_rank.hpp"
#include "bench/tune/block_order.hpp"

namespace ipcsort::tune {
namespace {

constexpr double confidence = 0.95;

// Looks become rarer, as each is another chance to drop the wrong one.
int look_after(int blocks) { return blocks + std::max(2, blocks / 3); }

std::string percent_text(double log_ratio) {
  return std::to_string(static_cast<long long>(std::llround(std::expm1(log_ratio) * 100))) + " %";
}

}  // namespace

Race::Race(std::vector<std::size_t> simplicity, const RaceRule& rule, std::uint64_t seed)
    : rule_(rule), seed_(seed), next_look_(rule.blocks_min) {
  if (simplicity.empty()) throw std::invalid_argument("a race without candidates");
  for (const std::size_t options : simplicity) entries_.push_back({options, {}, 0, {}});
  over_ = entries_.size() == 1;
  begin_block();
}

std::optional<std::size_t> Race::next() const {
  if (over_) return std::nullopt;
  return order_[place_];
}

void Race::finished(double time_s) { took(std::log(time_s)); }

void Race::failed(const std::string& reason) {
  Entry& entry = entries_[order_[place_]];
  entry.dropped = reason;
  if (order_[place_] == 0) over_ = true;
  took(std::nullopt);
}

void Race::late() {
  Entry& entry = entries_[order_[place_]];
  if (++entry.lates >= rule_.late_max)
    entry.dropped =
        "took several times as long as a run with the defaults, " + std::to_string(entry.lates) + " times";
  took(std::nullopt);
}

void Race::took(std::optional<double> log_time) {
  entries_[order_[place_]].log_times.push_back(log_time);
  if (++place_ == order_.size()) end_block();
}

void Race::begin_block() {
  order_.clear();
  place_ = 0;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (entries_[i].in()) order_.push_back(i);
  }
  shuffle_block(order_, seed_, blocks_);
}

void Race::end_block() {
  ++blocks_;
  if (!over_ && blocks_ >= next_look_) {
    look();
    next_look_ = look_after(blocks_);
  }
  over_ = over_ || left() == 1 || blocks_ >= rule_.blocks_max || is_decided();
  begin_block();
}

void Race::look() {
  const std::size_t first = leader();
  std::vector<std::size_t> tested;
  std::vector<double> p_values;
  for (std::size_t i = 1; i < entries_.size(); ++i) {
    if (!entries_[i].in() || i == first) continue;
    const std::vector<double> ratios = log_ratios(i, first);
    if (ratios.empty()) continue;
    tested.push_back(i);
    p_values.push_back(stats::signed_rank_upper_tail(ratios));
  }
  const std::vector<double> adjusted = stats::benjamini_hochberg(p_values);
  for (std::size_t k = 0; k < tested.size(); ++k) {
    if (adjusted[k] > rule_.level) continue;
    entries_[tested[k]].dropped = percent_text(stats::hodges_lehmann(log_ratios(tested[k], first))) +
                                  " slower than the leader over " + std::to_string(blocks_) + " blocks";
  }
}

// Whether all that is left is as good as the leader, beyond doubt.
bool Race::is_decided() const {
  if (blocks_ < rule_.blocks_min) return false;
  const std::size_t first = leader();
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (!entries_[i].in() || i == first) continue;
    const std::vector<double> ratios = log_ratios(i, first);
    if (ratios.empty()) return false;
    const auto interval = stats::signed_rank_interval(ratios, confidence);
    if (!interval) return false;
    // The default may be far behind: it is only there to be compared with.
    const bool behind = i == 0 && interval->low > std::log1p(rule_.equivalence);
    if (!behind && interval->high > std::log1p(rule_.equivalence)) return false;
  }
  return true;
}

std::vector<double> Race::log_ratios(std::size_t a, std::size_t b) const {
  std::vector<double> ratios;
  const auto& of_a = entries_[a].log_times;
  const auto& of_b = entries_[b].log_times;
  for (std::size_t block = 0; block < std::min(of_a.size(), of_b.size()); ++block) {
    if (of_a[block] && of_b[block]) ratios.push_back(*of_a[block] - *of_b[block]);
  }
  return ratios;
}

std::optional<double> Race::log_to_default(std::size_t candidate) const {
  const std::vector<double> ratios = log_ratios(candidate, 0);
  return ratios.empty() ? std::nullopt : std::optional(stats::hodges_lehmann(ratios));
}

std::size_t Race::leader() const {
  std::size_t best = 0;
  double least = 0;  // the default's ratio to itself
  for (std::size_t i = 1; i < entries_.size(); ++i) {
    if (!entries_[i].in()) continue;
    const double centre = log_to_default(i).value_or(std::numeric_limits<double>::infinity());
    if (centre < least) {
      best = i;
      least = centre;
    }
  }
  return best;
}

std::size_t Race::left() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(entries_, [](const Entry& entry) { return entry.in(); }));
}

std::size_t Race::winner() const {
  if (blocks_ == 0) return 0;
  const std::size_t first = leader();
  const double limit = log_to_default(first).value_or(0) + std::log1p(rule_.equivalence);
  std::size_t best = first;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (!entries_[i].in()) continue;
    const auto centre = log_to_default(i);
    if (centre && *centre <= limit && entries_[i].simplicity < entries_[best].simplicity) best = i;
  }
  return best;
}

std::vector<Standing> Race::standings() const {
  std::vector<Standing> list;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    Standing standing{i, 0, {}, entries_[i].dropped};
    standing.blocks = static_cast<std::size_t>(
        std::ranges::count_if(entries_[i].log_times, [](const auto& time) { return time.has_value(); }));
    if (const auto ratio = log_to_default(i)) standing.to_default = std::exp(*ratio);
    list.push_back(std::move(standing));
  }
  return list;
}

}  // namespace ipcsort::tune
