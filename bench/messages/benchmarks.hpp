// What becomes a benchmark of the program behind `ipcsort micro`.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bench/messages/options.hpp"
#include "sys/object_log.hpp"

namespace ipcsort::messages {

// Every transport by itself: throughput and round trips over message sizes, of what is selected and possible
// here (what is timed: exchange.hpp); returns why something is not, a sentence each. `objects` must outlive
// the benchmarks.
//   throughput/transport:pipe/bytes:4096/memory:hot/placement:cross/manual_time    an iteration is a message
//   latency/transport:pipe/options:capacity=1M/bytes:4096/...                      an iteration is a round trip
std::vector<std::string> register_transports(const Selection& selection, sys::ObjectLog& objects);

// The kernels of the pipeline by themselves: parse, sort, merge and copy. The first two work on `numbers`
// numbers, merge merges four runs of as many, with one thread and with as many as there are CPUs.
void register_kernels(std::uint64_t numbers);

}  // namespace ipcsort::messages
