// How a time follows from what is varied: straight lines, and the two laws that a series of cells is described
// by, which throw std::invalid_argument if a time or an amount is not finite and above 0.
#pragma once

#include <optional>
#include <span>

namespace ipcsort::stats {

struct Observation {
  double amount = 0;  // what is varied: numbers, files, workers
  double time = 0;    // in any unit
};

// The straight line through what is observed, by least squares, every time counting alike.
struct StraightLine {
  double slope = 0;  // 0 where all amounts are the same
  double at_nought = 0;
  double time_mean = 0;
};
StraightLine least_squares(std::span<const Observation> series);
double slope_through_origin(
    std::span<const Observation> series);  // likewise, of the best line through (0, 0)

// The exponent b of time ~ amount^b: the slope of the least-squares line through the logarithms. 1 is growth
// in proportion, 0 none. nullopt for fewer than two different amounts.
std::optional<double> growth_exponent(std::span<const Observation> series);

// The serial share s of Amdahl's law, time(w) / time(1) = s + (1 - s) / w, by least squares over the numbers
// of workers above 1: the part of one worker's time that more workers do not shorten. Above 1 they lengthen
// it, below 0 they shorten it more than in proportion. nullopt without a time of one worker, or with fewer
// than two different numbers of workers above 1, which any share would fit. G. M. Amdahl, "Validity of the
// single processor approach to achieving large scale computing capabilities", AFIPS 1967.
std::optional<double> amdahl_serial_share(std::span<const Observation> series);

}  // namespace ipcsort::stats
