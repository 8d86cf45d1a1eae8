// Every transport by itself: throughput and round trips over message sizes. What is timed: exchange.hpp.
#pragma once

#include <string>
#include <vector>

#include "bench/messages/options.hpp"
#include "sys/object_log.hpp"

namespace ipcsort::messages {

// Makes benchmarks of what is selected and possible here; returns why something is not, a sentence each.
// `objects` must outlive the benchmarks.
//   throughput/transport:pipe/bytes:4096/memory:hot/placement:cross/manual_time    an iteration is a message
//   latency/transport:pipe/options:capacity=1M/bytes:4096/...                      an iteration is a round trip
std::vector<std::string> register_transports(const Selection& selection, sys::ObjectLog& objects);

}  // namespace ipcsort::messages
