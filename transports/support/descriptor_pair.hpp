// What the mechanisms share that have a pair of connected descriptors per worker, made before the fork.
#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <utility>
#include <vector>

#include "sys/error.hpp"
#include "sys/fd.hpp"
#include "transports/transport.hpp"

namespace ipcsort::transports {

// From the worker's end to the parent's.
struct DescriptorPair {
  sys::Fd parent;
  sys::Fd worker;
};

// socketpair(2) of `type`.
inline DescriptorPair make_socket_pair(int type) {
  int fds[2];
  sys::check(::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, fds), "socketpair");
  return {sys::Fd{fds[0]}, sys::Fd{fds[1]}};
}

// Owns the pairs until each end has found its place.
class PairSession : public Session {
 public:
  // `make()` makes a pair.
  template <typename Make>
  PairSession(int workers, Make make) {
    for (int worker = 0; worker < workers; ++worker) pairs_.push_back(make());
  }
  [[nodiscard]] std::vector<int> sender_descriptors(int worker) const override {
    return {pairs_.at(static_cast<std::size_t>(worker)).worker.get()};
  }
  [[nodiscard]] std::vector<int> receiver_descriptors(int worker) const override {
    return {pairs_.at(static_cast<std::size_t>(worker)).parent.get()};
  }

 protected:
  sys::Fd take_sender_end(int worker) { return std::move(of(worker).worker); }
  // Closes the sender's end in this process: while anybody holds it open there is no end of file.
  sys::Fd take_receiver_end(int worker) {
    of(worker).worker.reset();
    return std::move(of(worker).parent);
  }

 private:
  DescriptorPair& of(int worker) { return pairs_.at(static_cast<std::size_t>(worker)); }

  std::vector<DescriptorPair> pairs_;
};

}  // namespace ipcsort::transports
