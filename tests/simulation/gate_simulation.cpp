// How often the gate's rule, and two rules in common use, cry wolf and miss a slow-down, on simulated
// machines.
#include <boost/program_options.hpp>
#include <cstdio>
#include <exception>
#include <iostream>
#include <string>

#include "tests/simulation/rules.hpp"

namespace ipcsort::simulation {
namespace {

struct Wish {
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

void print_table(const Wish& wish) {
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

}  // namespace
}  // namespace ipcsort::simulation

int main(int argc, char** argv) {
  namespace po = boost::program_options;
  constexpr std::size_t cells_max = 1'000'000;  // about a quarter of an hour
  ipcsort::simulation::Wish wish;
  po::options_description options("gate_simulation: false alarms and detection on simulated machines");
  options.add_options()("help", "this text")("cells", po::value(&wish.cells)->default_value(2000),
                                             "simulated cells for each figure")(
      "seed", po::value(&wish.seed)->default_value(1), "the same seed gives the same table");
  try {
    po::variables_map given;
    po::store(po::parse_command_line(argc, argv, options), given);
    po::notify(given);
    if (given.count("help") != 0) {
      std::cout << options;
      return 0;
    }
    if (wish.cells < 1 || wish.cells > cells_max) {
      throw po::error("--cells must be from 1 to " + std::to_string(cells_max));
    }
  } catch (const std::exception& error) {
    std::cerr << "gate_simulation: " << error.what() << '\n';
    return 2;
  }
  ipcsort::simulation::print_table(wish);
}
