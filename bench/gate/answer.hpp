// What `ipcsort run --format json` has answered, as far as a comparison needs it. Pure.
//
// The fields are columns of runs.csv: status, error, total_s, transfer_window_s, the four CPU times,
// payload_bytes, steps, faults_minor, the two peaks of memory, repeats, disturbed.
#pragma once

#include <string>

#include "bench/gate/pairs.hpp"
#include "bench/pipeline/settings.hpp"

namespace ipcsort::gate {

struct Answer {
  RunAnswer run;
  double total_s = 0;  // of one repetition; 0 unless the run is ok
};

// `metric` is the time that becomes Figures::time_s. A run that is not ok, and an output that is no JSON
// object, are failed runs. Throws NotComparable (program.hpp) naming the field that an answer lacks: the
// program is of another version.
Answer read_answer(const std::string& output, pipeline::Metric metric);

}  // namespace ipcsort::gate
