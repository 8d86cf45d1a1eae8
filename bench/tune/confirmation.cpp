#include "bench/tune/confirmation.hpp"

#include <stdexcept>
#include <vector>

#include "bench/stats/sample.hpp"

namespace ipcsort::tune {

Confirmation::Confirmation(std::size_t sets, const ConfirmationRule& rule, std::uint64_t seed)
    : blocks_(sets, seed), rule_(rule) {
  if (sets < 2) throw std::invalid_argument("a confirmation without anything to compare with");
}

std::optional<std::size_t> Confirmation::next() const {
  return over_ ? std::nullopt : std::optional(blocks_.next());
}

void Confirmation::failed(const std::string& reason) {
  blocks_.drop(blocks_.next(), reason);
  over_ = blocks_.next() == 0;
  took(std::nullopt);
}

void Confirmation::took(std::optional<double> time_s) {
  if (!blocks_.ran(time_s)) return;
  over_ = over_ || blocks() >= rule_.blocks_max || blocks_.left() < 2 ||
          (blocks() >= rule_.blocks_min && (is_futile() || is_precise()));
  blocks_.begin();
}

bool Confirmation::is_futile() const {
  const auto ratio = to_winner(1);
  return ratio && ratio->centre <= 1;
}

bool Confirmation::is_precise() const {
  for (std::size_t set = 1; set < blocks_.size(); ++set) {
    if (!blocks_.is_in(set)) continue;
    const auto ratio = to_winner(set);
    if (!ratio || !ratio->interval) return false;
    const double half_width = (ratio->interval->high - ratio->interval->low) / (2 * ratio->centre);
    if (half_width > rule_.precision) return false;
  }
  return true;
}

std::optional<stats::Ratio> Confirmation::to_winner(std::size_t set) const {
  return stats::paired_ratio(blocks_.times_s(set), blocks_.times_s(0));
}

std::optional<double> Confirmation::time_s(std::size_t set) const {
  std::vector<double> times;
  for (const auto& time : blocks_.times_s(set)) {
    if (time) times.push_back(*time);
  }
  return times.empty() ? std::nullopt : std::optional(stats::median(times));
}

}  // namespace ipcsort::tune
