#include "bench/gate/false_positives.hpp"

#include <algorithm>
#include <boost/math/distributions/binomial.hpp>

namespace ipcsort::gate {
namespace {

constexpr double surprise = 0.01;

}  // namespace

void Tally::add(const PairedTest& test) {
  const Verdict verdict = test.verdict({}).verdict;
  ++verdicts.at(static_cast<std::size_t>(verdict));
  cells += verdict == Verdict::failed ? 0U : 1U;
  flagged += test.flagged() ? 1U : 0U;
  pairs += test.pairs();
}

std::size_t false_positives_allowed(std::size_t cells) {
  using namespace boost::math::policies;
  const boost::math::binomial_distribution<double, policy<discrete_quantile<integer_round_up>>> positives(
      static_cast<double>(cells), false_positive_rate_max);
  const double most = boost::math::quantile(boost::math::complement(positives, surprise));
  return std::max(std::size_t{1}, static_cast<std::size_t>(most));
}

}  // namespace ipcsort::gate
