// Both ways between a parent and one worker, with any transport that copies: two sessions, one each way. What
// a round trip is measured with.
//
//   Duplex duplex(transport, options, objects);   // in the parent, before the fork
//   worker:  close all but duplex.worker_descriptors(), then attach_worker(channel)
//   parent:  attach_parent(watch, channel)
//
// The parent sends here, and a sender may block for ever: when the worker dies in the middle of a message
// that is longer than what the mechanism buffers, only a kill ends the parent. So whoever uses this must be a
// process that a deadline or the worker's death can end, as the process of a run is.
#pragma once

#include <sys/types.h>

#include <memory>
#include <vector>

#include "transports/transport.hpp"

namespace ipcsort {

// Has nothing to say, ever: for a process whose waits are ended from outside.
class SilentWatch final : public Watch {
 public:
  explicit SilentWatch(pid_t other_side) noexcept : other_side_(other_side) {}
  Io check() noexcept override { return Io::ok; }
  [[nodiscard]] pid_t worker_pid() const noexcept override { return other_side_; }

 private:
  pid_t other_side_;
};

class Duplex {
 public:
  // One side's two ends.
  struct Channel {
    std::unique_ptr<Sender> sender;
    std::unique_ptr<Receiver> receiver;
  };

  // Throws what Transport::open throws; std::logic_error for a transport that only lends.
  Duplex(const Transport& transport, const Options& options, sys::ObjectLog& objects);

  [[nodiscard]] std::vector<int> worker_descriptors() const;
  // In the worker, once. Its receive() waits for the parent without end: it dies with it (PR_SET_PDEATHSIG).
  [[nodiscard]] Io attach_worker(Channel& channel);
  // In the parent, once; waits for the worker as long as `watch` says.
  [[nodiscard]] Io attach_parent(Watch& watch, Channel& channel);
  // What the worker's receive() takes.
  [[nodiscard]] Watch& parent_watch() noexcept { return parent_watch_; }

 private:
  const Transport& transport_;
  Options options_;
  sys::ObjectLog& objects_;
  SilentWatch parent_watch_;  // see attach_worker
  std::unique_ptr<Session> to_parent_;
  std::unique_ptr<Session> to_worker_;
};

}  // namespace ipcsort
