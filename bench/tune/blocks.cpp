#include "bench/tune/blocks.hpp"

#include <algorithm>

#include "bench/sweep/schedule.hpp"
#include "sys/random.hpp"

namespace ipcsort::tune {

Blocks::Blocks(std::size_t members, std::uint64_t seed) : members_(members), seed_(seed) { begin(); }

bool Blocks::ran(std::optional<double> time_s) {
  members_[next()].times_s.push_back(time_s);
  if (++place_ < order_.size()) return false;
  ++complete_;
  return true;
}

void Blocks::begin() {
  order_.clear();
  place_ = 0;
  for (std::size_t member = 0; member < members_.size(); ++member) {
    if (is_in(member)) order_.push_back(member);
  }
  std::mt19937_64 random = sweep::generator_of(seed_, complete_);
  sys::shuffle(order_, random);
}

std::size_t Blocks::left() const {
  return static_cast<std::size_t>(std::ranges::count(members_, "", &Member::dropped));
}

}  // namespace ipcsort::tune
