// What `ipcsort run --format json` has printed, as far as a comparison needs it. Pure.
//
// The fields are columns of runs.csv: status, error, total_s, transfer_window_s, the four CPU times,
// payload_bytes, steps, faults_minor, the two peaks of memory, repeats, disturbed.
#pragma once

#include <string>

#include "bench/gate/pairs.hpp"
#include "bench/pipeline/settings.hpp"

namespace ipcsort::gate {

// `metric` is the time that becomes Figures::time_s. A run that is not ok, and an output that is no JSON
// object, are failed runs. Throws NotComparable (program.hpp) naming the field that the output lacks: the
// program is of another version.
ReportedRun read_reported_run(const std::string& output, pipeline::Metric metric);

}  // namespace ipcsort::gate
