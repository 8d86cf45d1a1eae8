// What a set of options is worth: the winner of a race, measured anew beside what it is compared with. Pure,
// as the race is.
//
// Every block runs every set once, in random order. Set 0 is the winner, 1 the default; the others are the
// winner with one option put back each. A ratio is over the blocks in which both have a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "bench/tune/blocks.hpp"

namespace ipcsort::tune {

struct ConfirmationRule {
  int blocks_min = 8;
  int blocks_max = 16;
  double precision = 0.03;  // enough: every 95 % interval reaches no farther than this from its centre
};

class Confirmation {
 public:
  // Throws std::invalid_argument for fewer than two sets.
  Confirmation(std::size_t sets, const ConfirmationRule& rule, std::uint64_t seed);

  // Which runs next; nothing when enough is known, or the winner has failed. That the default turns out no
  // slower ends it as well: giving up early makes no false gain more likely, as stopping at a gain would.
  [[nodiscard]] std::optional<std::size_t> next() const;
  void finished(double time_s) { took(time_s); }
  void failed(const std::string& reason);  // the set runs no more

  [[nodiscard]] int blocks() const noexcept { return blocks_.complete(); }
  // Why that set has failed; "" if it has not.
  [[nodiscard]] const std::string& failure(std::size_t set) const { return blocks_.dropped(set); }
  // How many times as long `set` takes as the winner; nothing without a block of both.
  [[nodiscard]] std::optional<stats::Ratio> to_winner(std::size_t set) const;
  // The median of its times, nothing without one.
  [[nodiscard]] std::optional<double> time_s(std::size_t set) const;

 private:
  void took(std::optional<double> time_s);
  [[nodiscard]] bool is_precise() const;
  [[nodiscard]] bool is_futile() const;

  Blocks blocks_;
  ConfirmationRule rule_;
  bool over_ = false;
};

}  // namespace ipcsort::tune
