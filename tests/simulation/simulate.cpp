// On simulated machines: how often the gate's rule, and two rules in common use, cry wolf and miss a slow-down; how often a
// sweep that leaves out what was shown to be slower names a wrong best, and what that saves.
#include <boost/program_options.hpp>
#include <cstdio>
#include <exception>
#include <iostream>
#include <string>

#include "tests/simulation/race.hpp"
#include "tests/simulation/rules.hpp"

namespace ipcsort::simulation {
namespace {

struct Wish {
  std::string what;
  std::size_t cells = 0;
  std::uint64_t seed = 0;
};

double per(double scale, std::size_t part, const Tally& tally) {
  return scale * static_cast<double>(part) / static_cast<double>(tally.cells);
}

void print_row(const Profile& profile, const NamedRule& rule, const Wish& wish) {
  const Tally same = simulate(profile, rule.decide, 0, wish.cells, wish.seed);
  const Tally by_5 = simulate(profile, rule.decide, 0.05, wish.cells, wish.seed);
  const Tally by_10 = simulate(profile, rule.decide, 0.10, wish.cells, wish.seed);
  std::printf("| %-8s | %-38s | %8.3f | %8.3f | %6.2f | %6.2f | %6.1f | %6.1f | %6.2f | %6.2f | %6.2f |\n",
              std::string(profile.name).c_str(), std::string(rule.name).c_str(),
              per(1000, same.regressed, same), per(1000, same.improved, same), per(100, by_5.regressed, by_5),
              per(100, by_10.regressed, by_10), per(1, same.pairs, same), per(1, by_5.pairs, by_5),
              per(100, same.inconclusive, same), per(100, by_5.inconclusive, by_5),
              per(100, same.within_threshold, same));
  std::fflush(stdout);
}

void print_gate(const Wish& wish) {
  std::printf(
      "%zu cells for each figure, seed %llu; regressed and improved are false alarms per 1000 A/A cells;\n"
      "pairs are means; the rest is in %% of the cells.\n\n",
      wish.cells, static_cast<unsigned long long>(wish.seed));
  std::printf(
      "| profile  | rule                                   | regressed| improved | +5 %%   | +10 %%  "
      "| pairs  | at +5 %% | inconcl. | at +5 %% | within |\n"
      "|---|---|---|---|---|---|---|---|---|---|---|\n");
  for (const Profile& profile : profiles) {
    for (const NamedRule& rule : rules) print_row(profile, rule, wish);
  }
}

void print_race(const Wish& wish) {
  std::printf(
      "%zu conditions of 19 transports for each figure, seed %llu, in %% of them; wrong: a best that is none "
      "was named; few: at "
      "most 3 are\ntied, the best among them; runs of a condition are means.\n\n"
      "| profile  | transports | what is slower | named  | wrong | few    | open   | runs   |\n"
      "|---|---|---|---|---|---|---|---|\n",
      wish.cells, static_cast<unsigned long long>(wish.seed));
  for (const Profile& profile : profiles) {
    for (const Field& field : fields) {
      for (const bool leaves_out : {true, false}) {
        const RaceTally tally = race(profile, field, {.leaves_out = leaves_out}, wish.cells, wish.seed);
        const auto percent = [&](std::size_t part) {
          return 100 * static_cast<double>(part) / static_cast<double>(tally.conditions);
        };
        std::printf("| %-8s | %-10s | %-14s | %6.1f | %5.1f | %6.1f | %6.1f | %6.0f |\n",
                    std::string(profile.name).c_str(), std::string(field.name).c_str(),
                    leaves_out ? "is left out" : "runs on", percent(tally.named), percent(tally.wrong),
                    percent(tally.few), percent(tally.open),
                    static_cast<double>(tally.runs) / static_cast<double>(tally.conditions));
        std::fflush(stdout);
      }
    }
  }
}

}  // namespace
}  // namespace ipcsort::simulation

int main(int argc, char** argv) {
  namespace po = boost::program_options;
  constexpr std::size_t cells_max = 1'000'000;  // about a quarter of an hour
  ipcsort::simulation::Wish wish;
  po::options_description options("simulate gate|race: what the rules promise, on simulated machines");
  options.add_options()("help", "this text")("what", po::value(&wish.what)->default_value("gate"),
                                             "gate or race")(
      "cells", po::value(&wish.cells)->default_value(2000),
      "simulated cells, or conditions, for each figure")("seed", po::value(&wish.seed)->default_value(1),
                                                         "the same seed gives the same table");
  try {
    po::variables_map given;
    po::positional_options_description operands;
    operands.add("what", 1);
    po::store(po::command_line_parser(argc, argv).options(options).positional(operands).run(), given);
    po::notify(given);
    if (given.count("help") != 0) {
      std::cout << options;
      return 0;
    }
    if (wish.cells < 1 || wish.cells > cells_max) {
      throw po::error("--cells must be from 1 to " + std::to_string(cells_max));
    }
    if (wish.what != "gate" && wish.what != "race") throw po::error("what is simulated is gate or race");
  } catch (const std::exception& error) {
    std::cerr << "simulate: " << error.what() << '\n';
    return 2;
  }
  wish.what == "gate" ? ipcsort::simulation::print_gate(wish) : ipcsort::simulation::print_race(wish);
}
