// A closed confidence interval, both ends included.
#pragma once

namespace ipcsort::stats {

struct Interval {
  double low;
  double high;
};

}  // namespace ipcsort::stats
