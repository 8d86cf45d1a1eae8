#include "transports/duplex.hpp"

#include <unistd.h>

#include <stdexcept>
#include <string>

namespace ipcsort {

Duplex::Duplex(const Transport& transport, const Options& options, sys::ObjectLog& objects)
    : transport_(transport), options_(options), objects_(objects), parent_watch_(::getpid()) {
  if (transport.traits().payload_copies == 0)
    throw std::logic_error(std::string{transport.traits().name} + " cannot send");
  const SessionSpec spec{1, options, &objects};
  to_parent_ = transport.open(spec);
  to_worker_ = transport.open(spec);
}

std::vector<int> Duplex::worker_descriptors() const {
  std::vector<int> descriptors = to_parent_->sender_descriptors(0);
  // Two more, because their numbers must not belong to something else by the time they are used: the parent's
  // end of the way back, which attach_receiver closes itself, and the object log, where it may strike out a
  // name.
  descriptors.push_back(objects_.fd());
  for (const auto& more : {to_worker_->receiver_descriptors(0), to_worker_->sender_descriptors(0)})
    descriptors.insert(descriptors.end(), more.begin(), more.end());
  return descriptors;
}

// The way to the parent first on both sides, so that neither waits for the other's second step.
Io Duplex::attach_worker(Channel& channel) {
  channel.sender = attach_sender(*to_parent_, 0, transport_.traits(), options_);
  Attached attached = to_worker_->attach_receiver(0, parent_watch_);
  channel.receiver = std::move(attached.receiver);
  return attached.status;
}

Io Duplex::attach_parent(Watch& watch, Channel& channel) {
  Attached attached = to_parent_->attach_receiver(0, watch);
  if (attached.status != Io::ok) return attached.status;
  channel.receiver = std::move(attached.receiver);
  channel.sender = attach_sender(*to_worker_, 0, transport_.traits(), options_);
  return Io::ok;
}

}  // namespace ipcsort
