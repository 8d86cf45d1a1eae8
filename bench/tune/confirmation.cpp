#include "bench/tune/confirmation.hpp"

#include <algorithm>
#include <stdexcept>

#include "bench/stats/sample.hpp"
#include "bench/tune/block_order.hpp"

namespace ipcsort::tune {

Confirmation::Confirmation(std::size_t contestants, const ConfirmationRule& rule, std::uint64_t seed)
    : entries_(contestants), rule_(rule), seed_(seed) {
  if (contestants < 2) throw std::invalid_argument("a confirmation without anything to compare with");
  begin_block();
}

std::optional<std::size_t> Confirmation::next() const {
  if (over_) return std::nullopt;
  return order_[place_];
}

void Confirmation::finished(double time_s) { took(time_s); }

void Confirmation::failed(const std::string& reason) {
  entries_[order_[place_]].failure = reason;
  over_ = order_[place_] == 0;
  took(std::nullopt);
}

void Confirmation::took(std::optional<double> time_s) {
  entries_[order_[place_]].times_s.push_back(time_s);
  if (++place_ < order_.size()) return;
  ++blocks_;
  over_ =
      over_ || blocks_ >= rule_.blocks_max || (blocks_ >= rule_.blocks_min && (is_futile() || is_precise()));
  begin_block();
  over_ = over_ || order_.size() < 2;
}

void Confirmation::begin_block() {
  order_.clear();
  place_ = 0;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (entries_[i].failure.empty()) order_.push_back(i);
  }
  shuffle_block(order_, seed_, blocks_);
}

bool Confirmation::is_futile() const {
  const auto ratio = to_winner(1);
  return ratio && ratio->centre <= 1;
}

bool Confirmation::is_precise() const {
  for (std::size_t i = 1; i < entries_.size(); ++i) {
    if (!entries_[i].failure.empty()) continue;
    const auto ratio = to_winner(i);
    if (!ratio || !ratio->interval) return false;
    const double half_width = (ratio->interval->high - ratio->interval->low) / (2 * ratio->centre);
    if (half_width > rule_.precision) return false;
  }
  return true;
}

std::optional<stats::Ratio> Confirmation::to_winner(std::size_t contestant) const {
  const auto& own = entries_[contestant].times_s;
  const auto& of_winner = entries_[0].times_s;
  std::vector<double> a, b;
  for (std::size_t block = 0; block < std::min(own.size(), of_winner.size()); ++block) {
    if (!own[block] || !of_winner[block]) continue;
    a.push_back(*own[block]);
    b.push_back(*of_winner[block]);
  }
  return a.empty() ? std::nullopt : std::optional(stats::paired_ratio(a, b));
}

std::optional<double> Confirmation::time_s(std::size_t contestant) const {
  std::vector<double> times;
  for (const auto& time : entries_[contestant].times_s) {
    if (time) times.push_back(*time);
  }
  return times.empty() ? std::nullopt : std::optional(stats::median(times));
}

}  // namespace ipcsort::tune
