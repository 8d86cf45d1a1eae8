// What a set of options is worth: the winner of a race, measured anew beside what it is compared with. Pure,
// as the race is.
//
// Every block runs every contestant once, in random order. Contestant 0 is the winner, 1 the default; the
// others are the winner with one option put back each. A ratio is over the blocks in which both have a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bench/stats/paired.hpp"

namespace ipcsort::tune {

struct ConfirmationRule {
  int blocks_min = 8;
  int blocks_max = 24;
  double precision = 0.02;  // enough: every 95 % interval reaches no farther than this from its centre
};

class Confirmation {
 public:
  // Throws std::invalid_argument for fewer than two contestants.
  Confirmation(std::size_t contestants, const ConfirmationRule& rule, std::uint64_t seed);

  // Who runs next; nothing when enough is known, or the winner has failed. That the default turns out no
  // slower ends it as well: giving up early makes no false gain more likely, as stopping at a gain would.
  [[nodiscard]] std::optional<std::size_t> next() const;
  void finished(double time_s);
  void failed(const std::string& reason);  // the contestant runs no more

  [[nodiscard]] int blocks() const noexcept { return blocks_; }  // complete ones
  // Why that contestant has failed; "" if it has not.
  [[nodiscard]] const std::string& failure(std::size_t contestant) const {
    return entries_[contestant].failure;
  }
  // How many times as long `contestant` takes as the winner; nothing without a block of both.
  [[nodiscard]] std::optional<stats::Ratio> to_winner(std::size_t contestant) const;
  // The median of its times, nothing without one.
  [[nodiscard]] std::optional<double> time_s(std::size_t contestant) const;

 private:
  struct Entry {
    std::vector<std::optional<double>> times_s;  // by block
    std::string failure;
  };
  void took(std::optional<double> time_s);
  void begin_block();
  [[nodiscard]] bool is_precise() const;
  [[nodiscard]] bool is_futile() const;

  std::vector<Entry> entries_;
  ConfirmationRule rule_;
  std::uint64_t seed_;
  int blocks_ = 0;
  bool over_ = false;
  std::vector<std::size_t> order_;
  std::size_t place_ = 0;
};

}  // namespace ipcsort::tune
