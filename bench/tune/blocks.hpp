// Runs in blocks: each runs every member that is still in once, in random order, so that a drift of the machine
// hits all alike.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bench/stats/paired.hpp"

namespace ipcsort::tune {

class Blocks {
 public:
  Blocks(std::size_t members, std::uint64_t seed);

  // Whose run is the next.
  [[nodiscard]] std::size_t next() const { return order_[place_]; }
  // What became of that: a time, or none. True when it was the last of its block; the next block then has to be
  // begun before anything else runs.
  [[nodiscard]] bool ran(std::optional<double> time_s);
  void begin();

  // Whoever is dropped runs no more from the next block on; the reason is not empty.
  void drop(std::size_t member, std::string reason) { members_[member].dropped = std::move(reason); }

  [[nodiscard]] std::size_t size() const { return members_.size(); }
  [[nodiscard]] int complete() const { return complete_; }  // blocks
  [[nodiscard]] std::size_t left() const;                   // members still in
  [[nodiscard]] bool is_in(std::size_t member) const { return dropped(member).empty(); }
  [[nodiscard]] const std::string& dropped(std::size_t member) const { return members_[member].dropped; }
  [[nodiscard]] const stats::TimesByBlock& times_s(std::size_t member) const {
    return members_[member].times_s;
  }

 private:
  struct Member {
    stats::TimesByBlock times_s;
    std::string dropped;
  };
  std::vector<Member> members_;
  std::uint64_t seed_;
  int complete_ = 0;
  std::vector<std::size_t> order_;  // of the block that is running
  std::size_t place_ = 0;
};

}  // namespace ipcsort::tune
