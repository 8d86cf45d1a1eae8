// What the transports over XSI message queues share: a message in memory, and the credits that keep each
// worker to its part of a queue that several use.
//
// A full queue blocks whoever sends next. On a queue of several workers the one whose receiver is not called
// for a while would fill it, and another, whose receiver waits, could not send: a deadlock. So each worker
// may have only so many messages in the queue that all of them together fit. It takes a credit before
// msgsnd(2) and its receiver gives it back after msgrcv(2); then msgsnd never blocks. The credits are a
// semaphore in memory that both map, which costs a system call only when somebody must sleep; an XSI
// semaphore, or a returned message, would cost two for each message.
#pragma once

#include <semaphore.h>
#include <sys/msg.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <deque>
#include <new>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "sys/error.hpp"
#include "sys/mapping.hpp"
#include "transports/support/wait.hpp"
#include "transports/support/xsi.hpp"

namespace ipcsort::transports {

// A worker's part of a queue: so many messages of at most so many bytes.
struct QueueShare {
  std::size_t message_bytes = 0;
  unsigned messages = 0;
};

// An equal part for each worker, in messages of at most `kernel.msgmax` bytes. Two at least, so that the
// worker can fill one while its receiver empties the other.
inline QueueShare share_of(const XsiQueue& queue, int workers) {
  constexpr std::size_t least_messages = 2;
  constexpr std::size_t least_bytes = 64;
  // No semaphore counts further than SEMVMX (32767); credits of all workers together stay below.
  constexpr std::size_t most_messages = 32'000;
  msginfo limits{};
  msqid_ds state{};
  sys::check(::msgctl(0, IPC_INFO, reinterpret_cast<msqid_ds*>(&limits)), "msgctl", "IPC_INFO");
  sys::check(::msgctl(queue.id(), IPC_STAT, &state), "msgctl", "IPC_STAT");
  const auto sharers = static_cast<std::size_t>(workers);
  const std::size_t share_bytes = state.msg_qbytes / sharers;
  const std::size_t message_bytes =
      std::min(static_cast<std::size_t>(limits.msgmax), share_bytes / least_messages);
  const std::size_t most_each = most_messages / sharers;
  if (message_bytes < least_bytes || most_each < least_messages) {
    sys::throw_errno("msgget",
                     "a queue of " + std::to_string(state.msg_qbytes) + " bytes and messages of at most " +
                         std::to_string(limits.msgmax) + " are too little for " + std::to_string(workers) +
                         " workers; raise kernel.msgmnb and kernel.msgmax, or take fewer workers",
                     ENOSPC);
  }
  return {message_bytes, static_cast<unsigned>(std::min(share_bytes / message_bytes, most_each))};
}

// Never sem_destroy'd: it frees nothing in glibc, and a killed worker may still count as a waiter. They go
// with the memory.
class MessageCredits {
 public:
  MessageCredits(int workers, unsigned messages_each)
      : memory_(sys::Mapping::shared_memory(static_cast<std::size_t>(workers) * sizeof(Account))) {
    for (int worker = 0; worker < workers; ++worker) {
      auto* account = new (memory_.data() + static_cast<std::size_t>(worker) * sizeof(Account)) Account;
      sys::check(::sem_init(&account->credits, 1, messages_each), "sem_init");
    }
  }
  // The worker's side; blocks. False when there is nobody any more who would give one back.
  bool take(int worker) const {
    Account& account = of(worker);
    sys::check(retry_interrupted([&] { return ::sem_wait(&account.credits); }), "sem_wait");
    if (!account.closed.load()) return true;
    ::sem_post(&account.credits);  // for whoever asks again
    return false;
  }
  void give_back(int worker) const { sys::check(::sem_post(&of(worker).credits), "sem_post"); }
  void close(int worker) const noexcept {
    of(worker).closed.store(true);
    ::sem_post(&of(worker).credits);
  }

 private:
  struct alignas(64) Account {
    sem_t credits{};
    std::atomic<bool> closed{false};
  };
  [[nodiscard]] Account& of(int worker) const noexcept {
    return *reinterpret_cast<Account*>(memory_.data() + static_cast<std::size_t>(worker) * sizeof(Account));
  }
  sys::Mapping memory_;
};

// The queues of a run whose workers share them. A queue holds kernel.msgmnb bytes, 16 KiB unless raised;
// divided among very many workers that would leave each messages of a few bytes, and nearly all of the time
// would go into system calls. So there is one queue for every few workers.
class SharedQueues {
 public:
  static constexpr int sharers_max = 4;

  SharedQueues(int workers, sys::ObjectLog& objects, int sharers = sharers_max)
      : sharers_(sharers), share_(make_queues(workers, objects)), credits_(workers, share_.messages) {}
  [[nodiscard]] XsiQueue& of(int worker) { return queues_.at(static_cast<std::size_t>(worker / sharers_)); }
  [[nodiscard]] const XsiQueue& of(int worker) const {
    return queues_.at(static_cast<std::size_t>(worker / sharers_));
  }
  [[nodiscard]] const QueueShare& share() const noexcept { return share_; }
  [[nodiscard]] const MessageCredits& credits() const noexcept { return credits_; }

 private:
  QueueShare make_queues(int workers, sys::ObjectLog& objects) {
    for (int worker = 0; worker < workers; worker += sharers_) queues_.emplace_back(objects);
    return share_of(queues_.front(), std::min(workers, sharers_));
  }

  int sharers_;
  std::deque<XsiQueue> queues_;
  QueueShare share_;
  MessageCredits credits_;
};

// The two system calls want the type right before the text, so every byte is copied once more on both sides.
class XsiMessage {
 public:
  explicit XsiMessage(std::size_t bytes_max) : buffer_(sizeof(long) + bytes_max) {}

  // Worker `worker`'s messages have the type worker + 1; 0 would mean "any" to msgrcv.
  [[nodiscard]] int send(int queue, int worker, std::span<const std::byte> bytes) {
    const long type = worker + 1;
    std::memcpy(buffer_.data(), &type, sizeof type);
    std::memcpy(buffer_.data() + sizeof type, bytes.data(), bytes.size());
    return retry_interrupted([&] { return ::msgsnd(queue, buffer_.data(), bytes.size(), 0); });
  }
  // As msgrcv, for the messages of one worker.
  [[nodiscard]] ssize_t receive(int queue, int worker, int flags) {
    return ::msgrcv(queue, buffer_.data(), buffer_.size() - sizeof(long), worker + 1, flags);
  }
  // Copies a message of `length` bytes, as receive() returned it, to where `due` bytes are expected.
  void copy_to(std::span<std::byte> due, std::size_t length) const {
    std::memcpy(due.data(), buffer_.data() + sizeof(long),
                checked_length(static_cast<ssize_t>(length), due.size()));
  }

 private:
  std::vector<std::byte> buffer_;
};

[[noreturn]] inline void throw_queue_error(const char* call, int queue, int error) {
  if (error == E2BIG) {
    throw std::runtime_error("the worker sent a message on queue " + std::to_string(queue) +
                             " that is longer than agreed on");
  }
  throw_xsi_error(call, "queue", queue, error);
}

}  // namespace ipcsort::transports
