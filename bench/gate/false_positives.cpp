#include "bench/gate/false_positives.hpp"

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

Tally tally_of(std::span<const PairedTest> tests) {
  Tally tally;
  for (const PairedTest& test : tests) {
    const Verdict verdict = test.verdict({}).verdict;
    ++(verdict == Verdict::failed ? tally.failed : tally.cells);
    tally.flagged += test.flagged() ? 1U : 0U;
    tally.regressed += verdict == Verdict::regressed ? 1U : 0U;
    tally.improved += verdict == Verdict::improved ? 1U : 0U;
    tally.unchanged += verdict == Verdict::unchanged ? 1U : 0U;
    tally.within_threshold += verdict == Verdict::within_threshold ? 1U : 0U;
    tally.inconclusive += verdict == Verdict::inconclusive ? 1U : 0U;
    tally.pairs += test.pairs();
  }
  return tally;
}

std::size_t false_positives_allowed(std::size_t cells) {
  if (cells == 0) return 1;
  const boost::math::binomial_distribution<double> positives(static_cast<double>(cells),
                                                             false_positive_rate_max);
  std::size_t allowed = 1;
  while (boost::math::cdf(boost::math::complement(positives, static_cast<double>(allowed))) > surprise)
    ++allowed;
  return allowed;
}

}  // namespace ipcsort::gate
