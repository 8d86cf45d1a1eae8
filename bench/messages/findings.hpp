// What figures of single messages say, decided once, as findings.hpp does for sweeps. Pure.
#pragma once

#include <string>
#include <vector>

#include "bench/messages/summary.hpp"
#include "bench/results/findings.hpp"

namespace ipcsort::messages {

struct MicroFindings {
  std::vector<std::string> names;     // of the summary's rows: "pipe:capacity=1M"
  std::vector<std::string> families;  // likewise; "" where it is not known
  // Who is fastest with the largest message and with the smallest, and in round trips of the smallest at the
  // median and at the farthest percentile that all have; between processes on two CPUs if that was measured,
  // with the same buffer again. "" without such figures. Who is not told apart has a range over its
  // repetitions that meets the best's.
  std::string throughput, latency;
};

MicroFindings micro_findings_of(const std::vector<MicroSummaryRow>& summary,
                                const results::Families& families = {});

// As micro_findings.json has it.
std::string micro_findings_json(const MicroFindings& findings);

}  // namespace ipcsort::messages
