// Transports compared message by message: in each block every one makes an exchange (exchange.hpp), in random order, so that a
// drifting machine hits all alike and they can be compared in pairs. The two processes are on two CPUs, where there are
// two: left to the kernel, one exchange finds them on one CPU and the next on two.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "bench/pipeline/run.hpp"
#include "bench/stats/paired.hpp"

namespace ipcsort::messages {

struct Contest {
  std::vector<pipeline::Subject> subjects;  // each can send and receive
  std::vector<std::size_t> message_bytes;
  double budget_s = 60;  // for all; one block is made in any case
  int blocks_max = 30;
};

struct Contestant {
  stats::TimesByBlock message_s;  // one way, by block
  std::string error;              // not empty: it failed, and takes part no more
};

struct ContestResult {
  std::vector<std::vector<Contestant>> sizes;  // of each size the subjects, both in the order of the contest
  bool interrupted = false;
};

// `stop` is asked before each exchange; `on_exchange` is told which share of the budget is spent, and on whom.
ContestResult hold(const Contest& contest, const std::function<bool()>& stop,
                   const std::function<void(double share_spent, const std::string& what)>& on_exchange);

// Why a message of so many bytes is not one step of the transport; "" if it is.
std::string why_cut(const pipeline::Subject& subject, std::size_t message_bytes);

}  // namespace ipcsort::messages
