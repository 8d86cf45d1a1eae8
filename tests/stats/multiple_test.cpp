#include "bench/stats/multiple.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <vector>

namespace ipcsort::stats {
namespace {

// The example of Benjamini and Hochberg (1995), section 3.2: at q = .05 the first four are rejected.
TEST(BenjaminiHochberg, OfThePublishedExample) {
  const std::vector p_values{0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344,
                             0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000};
  const std::vector<double> adjusted = benjamini_hochberg(p_values);
  EXPECT_EQ(std::count_if(adjusted.begin(), adjusted.end(), [](double p) { return p <= 0.05; }), 4);
  EXPECT_LE(adjusted[3], 0.05);
  EXPECT_NEAR(adjusted[0], 0.0015, 1e-12);
  EXPECT_NEAR(adjusted[3], 0.0095 * 15 / 4, 1e-12);
  EXPECT_NEAR(adjusted[5], 0.0298 * 15 / 7, 1e-12);  // the seventh is worth less than the sixth alone
  EXPECT_EQ(adjusted[14], 1);
}

TEST(BenjaminiHochberg, KeepsTheOrderGiven) {
  const std::vector<double> adjusted = benjamini_hochberg(std::vector{0.9, 0.01, 0.03});
  EXPECT_DOUBLE_EQ(adjusted[0], 0.9);
  EXPECT_DOUBLE_EQ(adjusted[1], 0.03);
  EXPECT_DOUBLE_EQ(adjusted[2], 0.045);
}

TEST(BenjaminiHochberg, EqualValuesStayWhatTheyAre) {
  for (const double p : benjamini_hochberg(std::vector<double>(351, 1 / 32.0))) EXPECT_DOUBLE_EQ(p, 1 / 32.0);
}

TEST(BenjaminiHochberg, OfNoneIsNone) { EXPECT_TRUE(benjamini_hochberg({}).empty()); }

TEST(BenjaminiHochberg, RefusesWhatIsNoProbability) {
  for (const double bad : {-0.1, 1.1, std::nan("")}) {
    EXPECT_THROW(benjamini_hochberg(std::vector{0.5, bad}), std::invalid_argument) << bad;
  }
}

}  // namespace
}  // namespace ipcsort::stats
