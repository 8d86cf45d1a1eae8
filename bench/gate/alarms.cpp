#include "bench/gate/alarms.hpp"

#include <algorithm>
#include <boost/math/distributions/binomial.hpp>
#include <cmath>

namespace ipcsort::gate {
namespace {

constexpr double surprise = 0.01;

}  // namespace

Tally& Tally::operator+=(const Tally& other) noexcept {
  for (const auto count :
       {&Tally::cells, &Tally::failed, &Tally::flagged, &Tally::regressed, &Tally::improved,
        &Tally::unchanged, &Tally::within_threshold, &Tally::inconclusive, &Tally::pairs}) {
    this->*count += other.*count;
  }
  return *this;
}

Tally tally_of(std::span<const Trial> trials) {
  Tally tally;
  for (const Trial& trial : trials) {
    const Verdict verdict = trial.verdict({}).verdict;
    ++(verdict == Verdict::failed ? tally.failed : tally.cells);
    tally.flagged += trial.flagged() ? 1U : 0U;
    tally.regressed += verdict == Verdict::regressed ? 1U : 0U;
    tally.improved += verdict == Verdict::improved ? 1U : 0U;
    tally.unchanged += verdict == Verdict::unchanged ? 1U : 0U;
    tally.within_threshold += verdict == Verdict::within_threshold ? 1U : 0U;
    tally.inconclusive += verdict == Verdict::inconclusive ? 1U : 0U;
    tally.pairs += trial.pairs();
  }
  return tally;
}

std::size_t alarms_allowed(std::size_t cells) {
  if (cells == 0) return 1;
  const boost::math::binomial_distribution<double> alarms(static_cast<double>(cells), alarm_rate_max);
  std::size_t allowed = 1;
  while (boost::math::cdf(boost::math::complement(alarms, static_cast<double>(allowed))) > surprise)
    ++allowed;
  return allowed;
}

}  // namespace ipcsort::gate
