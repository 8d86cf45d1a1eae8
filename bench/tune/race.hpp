// Which of several candidates is the fastest, with as few runs as that takes. Pure: what runs next is a
// function of the times so far.
//
// A block runs every candidate that is still in the race once, in random order, so that a drift of the
// machine hits all alike; candidates are compared block by block. After certain numbers of blocks (looks)
// those go that are slower than the leader: by the signed ranks of their log ratios to it, with the false
// discovery rate over all that are tested in one look held down. A rank test on six or more blocks is not
// moved by one outlier, however far out. What is far slower in every block goes after three. What is hardly
// faster than candidate 0, the default, goes as well: it would not be chosen. The default itself is never
// dropped: what wins is measured against it.
//
// This is racing as O. Maron and A. W. Moore, "Hoeffding Races" (NIPS 1993), and M. Birattari et al., "A
// Racing Algorithm for Configuring Metaheuristics" (GECCO 2002), have it, on pairs instead of Friedman's
// ranks.
//
// The leader was chosen because it looked good, so its own times are too good (the winner's curse): what a
// race finds must be measured again before anybody says what it is worth (confirmation.hpp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bench/tune/blocks.hpp"

namespace ipcsort::tune {

struct RaceRule {
  int blocks_min = 6;         // before the first look; signed ranks of fewer show nothing at `level`
  int blocks_max = 20;        // after which what is left counts as equal
  double level = 0.05;        // of false discoveries among what one look drops
  double equivalence = 0.05;  // nearer to the leader than this is as good, and a smaller gain is none
  int hopeless_blocks = 3;    // after which those go that were slower than the leader in each ...
  double hopeless = 0.25;     // ... by more than this
  int late_max = 2;           // runs over the time limit that end a candidate
};

// What became of a candidate.
struct RaceResult {
  std::size_t blocks = 0;            // in which it has a time
  std::optional<double> to_default;  // its time over the default's; none without a block of both
  std::string dropped;               // why it is out; "" while it is in
};

class Race {
 public:
  // `simplicity[i]`: how many options of candidate i are off their defaults; of equals the least wins.
  // Candidate 0 is the default. Throws std::invalid_argument without one.
  Race(std::vector<std::size_t> simplicity, const RaceRule& rule, std::uint64_t seed);

  // Who runs next; nothing when the race is over.
  [[nodiscard]] std::optional<std::size_t> next() const;

  // What became of that run.
  void finished(double time_s) { took(time_s); }
  void failed(const std::string& reason);  // out of the race; if it is the default, the race is over
  void late();                             // it took longer than it was given

  [[nodiscard]] int blocks() const noexcept { return blocks_.complete(); }
  [[nodiscard]] std::size_t left() const { return blocks_.left(); }  // candidates still in
  [[nodiscard]] bool default_failed() const { return !blocks_.is_in(0); }

  // Of those still in, the one that was fastest so far. The default before the first complete block.
  [[nodiscard]] std::size_t leader() const;
  // Of those still in, the one to confirm: the simplest of those that are as good as the leader, the default
  // above all. The default before the first complete block.
  [[nodiscard]] std::size_t winner() const;

  [[nodiscard]] RaceResult result(std::size_t candidate) const;

 private:
  void took(std::optional<double> time_s);
  void look();
  void drop_slower(std::size_t candidate);
  void drop_hopeless();
  [[nodiscard]] bool is_decided() const;
  [[nodiscard]] std::vector<double> log_ratios(std::size_t a, std::size_t b) const;
  [[nodiscard]] std::optional<double> log_to_default(std::size_t candidate) const;

  std::vector<std::size_t> simplicity_;
  std::vector<int> lates_;  // how often each candidate was late
  Blocks blocks_;
  RaceRule rule_;
  int next_look_;
  bool over_;
};

}  // namespace ipcsort::tune
