#include "bench/stats/normal.hpp"

#include <boost/math/distributions/normal.hpp>

#include "bench/stats/precondition.hpp"

namespace ipcsort::stats {

double normal_quantile(double probability) {
  require_inside_0_1(probability);
  return boost::math::quantile(boost::math::normal(), probability);
}

double normal_upper_tail(double z) {
  return boost::math::cdf(boost::math::complement(boost::math::normal(), z));
}

}  // namespace ipcsort::stats
