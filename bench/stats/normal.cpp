#include "bench/stats/normal.hpp"

#include <boost/math/special_functions/erf.hpp>
#include <numbers>

#include "bench/stats/precondition.hpp"

namespace ipcsort::stats {

double normal_quantile(double probability) {
  require_inside_0_1(probability);
  return -std::numbers::sqrt2 * boost::math::erfc_inv(2 * probability);
}

}  // namespace ipcsort::stats
