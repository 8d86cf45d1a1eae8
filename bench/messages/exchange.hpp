// One measurement of one transport: two processes exchange messages, all of which are really read and
// checked.
//
// What is timed
//   Throughput: from the moment at which the first byte of a batch could be sent (the sender stands before
//   its first send() and looks at the clock) until the receiver has read the last byte of the batch. A batch
//   is many messages, so that neither the clock nor the start count; when memory is cold it is one, so that
//   every message finds the caches flushed. Round trip: from before a message is sent until its answer has
//   been read, each trip by itself (two looks at the clock, some 50 ns, are in it). The other side reads the
//   message before it answers. Reading is part of it: a transport that leaves the bytes in another core's
//   cache pays for fetching them. Outside: forking, opening, attaching, filling memory, flushing caches, one
//   batch or some trips to warm up. What a mechanism keeps for itself (pipe buffers, rings) is not flushed.
//
// Who ends a hang
//   Everything happens in a process of its own, which forks the other side. This process waits for it and
//   ends it when no message has been exchanged for `stall_limit_ns`. The other side dies with its parent, and
//   its death ends its parent.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "bench/messages/options.hpp"
#include "sys/clock.hpp"
#include "sys/object_log.hpp"

namespace ipcsort::messages {

// The CPUs that `same` and `cross` use; `second` is of another core than `first` where there is one, since
// two hyperthreads share the caches that an exchange goes through.
struct Cpus {
  int first = 0;
  std::optional<int> second;  // nothing: this process may use one CPU only
};
Cpus usable_pair();

struct Condition {
  pipeline::Subject subject;
  std::size_t message_bytes = 1;
  MemoryState memory = MemoryState::hot;
  Pinning pinning = Pinning::free;
  Cpus cpus;  // for pinnings other than free; cross needs both
  // Longer than any batch or trip takes, and than making ready to begin.
  sys::Nanoseconds stall_limit_ns = 20 * sys::second_ns;
};

// Of round trips. A quantile that so few trips cannot tell is absent: it takes 10 trips for p90, 100 for p99,
// and so on to 10000 for p99.99.
struct Latency {
  double p50_s = 0;
  std::optional<double> p90_s, p99_s, p999_s, p9999_s;
};

struct Exchanged {
  std::string error{};  // not empty: what went wrong, and nothing else is meant
  double seconds = 0;
  Latency latency{};  // of round trips only
};

// Sends `messages` one way. Throws std::system_error when not even a process can be made.
Exchanged exchange_one_way(const Condition& condition, std::uint64_t messages, sys::ObjectLog& objects);

// Makes `trips` round trips; `seconds` is their sum.
Exchanged exchange_both_ways(const Condition& condition, std::uint64_t trips, sys::ObjectLog& objects);

}  // namespace ipcsort::messages
