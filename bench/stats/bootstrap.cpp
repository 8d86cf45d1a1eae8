#include "bench/stats/bootstrap.hpp"

#include <cmath>
#include <random>
#include <stdexcept>

#include "bench/stats/precondition.hpp"
#include "bench/stats/sample.hpp"
#include "bench/stats/signed_rank.hpp"

namespace ipcsort::stats {
namespace {

// std::uniform_int_distribution may differ between libraries; this may not. The bias of the remainder is
// below 2^-50 for any number of blocks that fits in memory.
void draw(std::vector<std::size_t>& drawn, std::mt19937_64& random) {
  for (std::size_t& block : drawn) block = random() % drawn.size();
}

std::vector<double> values_at(std::span<const double> by_block, std::span<const std::size_t> drawn) {
  std::vector<double> values;
  values.reserve(drawn.size());
  for (const std::size_t block : drawn) values.push_back(by_block[block]);
  return values;
}

std::size_t common_blocks(const LogRatiosByCell& cells) {
  if (cells.empty()) throw std::invalid_argument("a mean of the ratios of no cell");
  for (const auto& cell : cells) {
    if (cell.size() != cells.front().size()) throw std::invalid_argument("cells have different blocks");
  }
  return cells.front().size();
}

}  // namespace

Interval block_bootstrap(std::size_t blocks, const BlockStatistic& statistic, const Resampling& how) {
  if (blocks == 0) throw std::invalid_argument("a bootstrap of no blocks");
  require_inside_0_1(how.confidence);
  std::mt19937_64 random(how.seed);
  std::vector<std::size_t> drawn(blocks);
  std::vector<double> values;
  values.reserve(how.resamples);
  for (std::size_t i = 0; i < how.resamples; ++i) {
    draw(drawn, random);
    values.push_back(statistic(drawn));
  }
  const double tail = (1 - how.confidence) / 2;
  return {quantile(values, tail), quantile(values, 1 - tail)};
}

Interval quantile_interval(std::span<const double> by_block, double p, const Resampling& how) {
  return block_bootstrap(
      by_block.size(),
      [&](std::span<const std::size_t> drawn) { return quantile(values_at(by_block, drawn), p); }, how);
}

double geometric_mean_of_ratios(const LogRatiosByCell& cells) {
  common_blocks(cells);
  std::vector<double> centres;
  for (const auto& cell : cells) centres.push_back(hodges_lehmann(cell));
  return std::exp(mean(centres));
}

Interval geometric_mean_interval(const LogRatiosByCell& cells, const Resampling& how) {
  return block_bootstrap(
      common_blocks(cells),
      [&](std::span<const std::size_t> drawn) {
        LogRatiosByCell resampled;
        for (const auto& cell : cells) resampled.push_back(values_at(cell, drawn));
        return geometric_mean_of_ratios(resampled);
      },
      how);
}

}  // namespace ipcsort::stats
