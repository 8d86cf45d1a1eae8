// What the loop has seen, counted for each transport.
#pragma once

#include <span>
#include <string>
#include <vector>

namespace ipcsort::kill_loop {

struct Tally {
  std::string transport;
  int kills = 0;
  int ok_after_sent = 0;  // the worker had delivered everything when it was struck
  int hangs = 0;
  int leaks = 0;
  int wrong = 0;                   // a row that says something else than what happened
  std::vector<double> noticed_ms;  // from the kill until the supervisor knew
  std::vector<double> row_ms;      // from the kill until the row was there

  Tally& operator+=(const Tally& other);
  [[nodiscard]] bool clean() const noexcept { return hangs == 0 && leaks == 0 && wrong == 0; }
};

// A line for each, and one for all together.
std::string table(std::span<const Tally> tallies);
std::string csv(std::span<const Tally> tallies);

}  // namespace ipcsort::kill_loop
