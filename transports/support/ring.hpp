// A byte ring in shared memory for one writer and one reader: Lamport's queue ("Specifying Concurrent Program
// Modules", 1983), in which each side alone moves one position. As in folly's ProducerConsumerQueue and
// rigtorp's SPSCQueue the positions lie in cache lines of their own, and each side keeps a copy of the
// other's, which it renews only when the copy says that there is nothing to do.
//
// Positions count bytes and never wrap (2^64 of them last for centuries); the offset in the ring is the
// position modulo the capacity, a power of two.
//
// A lost wake-up. The side that goes to sleep stores "I sleep" and then loads the position it waits for; the
// other stores the position and then loads "does it sleep?". Each could load before its own store is visible
// (the one reordering that even x86 does) and miss the other: one sleeps, nobody wakes it. So these four are
// seq_cst: in their single order one of the stores is first, and the other side's load sees it.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <stdexcept>
#include <string>

#include "sys/error.hpp"
#include "sys/futex.hpp"
#include "transports/support/spin.hpp"
#include "transports/transport.hpp"

namespace ipcsort::transports {

struct RingControl {
  alignas(64) std::atomic<std::uint64_t> tail{0};  // bytes ever written
  alignas(64) std::atomic<std::uint64_t> head{0};  // bytes ever read
  alignas(64) std::atomic<std::uint32_t> reader_sleeps{0};
  alignas(64) std::atomic<std::uint32_t> writer_sleeps{0};
};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free,
              "a lock would not be shared between processes");

enum class RingWait { futex, spin, eventfd };  // in the order in which memfd_ring lists them

// What one side sleeps on and the other rings. `eventfd` is -1 unless it is the way to wait.
class RingBell {
 public:
  RingBell(std::atomic<std::uint32_t>& sleeps, RingWait wait, int eventfd) noexcept
      : sleeps_(&sleeps), wait_(wait), eventfd_(eventfd) {}

  // Until `ready()`, which goes on saying true once it has, or throws. Without a watch nobody ends this wait
  // but a kill.
  template <typename Ready>
  Io wait(Ready ready, Watch* watch) {
    if (wait_ == RingWait::spin) return wait_awake(ready, watch);
    if (spin_(ready)) return Io::ok;
    for (;;) {
      sleeps_->store(1, std::memory_order_seq_cst);
      if (!ready()) sleep();
      sleeps_->store(0, std::memory_order_relaxed);
      if (ready()) return Io::ok;
      const Io status = watch != nullptr ? watch->check() : Io::ok;
      // What was published before the end still counts.
      if (status != Io::ok) return ready() ? Io::ok : status;
    }
  }

  // Stores a position and wakes the other side if it sleeps. A side that never sleeps need not be looked for,
  // and then the store need not wait for those before it to be visible.
  void publish(std::atomic<std::uint64_t>& position, std::uint64_t value) {
    if (wait_ == RingWait::spin) {
      position.store(value, std::memory_order_release);
    } else {
      position.store(value, std::memory_order_seq_cst);
      ring();
    }
  }

 private:
  void ring() {
    if (sleeps_->load(std::memory_order_seq_cst) == 0) return;
    sleeps_->store(0, std::memory_order_relaxed);
    if (wait_ == RingWait::futex) {
      sys::futex_wake_all(*sleeps_);
      return;
    }
    // It can fail to count only when the counter is full or about to be, and then nobody sleeps.
    const std::uint64_t one = 1;
    if (::write(eventfd_, &one, sizeof one) < 0 && errno != EINTR && errno != EAGAIN)
      sys::throw_errno("write", "eventfd");
  }

  template <typename Ready>
  static Io wait_awake(Ready ready, Watch* watch) {
    constexpr unsigned turns_per_check = 1024;
    for (unsigned turn = 1;; ++turn) {
      spin_pause();
      if (ready()) return Io::ok;
      if (watch == nullptr || turn % turns_per_check != 0) continue;
      const Io status = watch->check();
      if (status != Io::ok) return ready() ? Io::ok : status;
    }
  }
  // Also returns for a signal, or for a ring that came too late for the last wait.
  void sleep() {
    if (wait_ == RingWait::futex) {
      sys::futex_wait(*sleeps_, 1);
      return;
    }
    std::uint64_t rings = 0;
    if (::read(eventfd_, &rings, sizeof rings) < 0 && errno != EINTR) sys::throw_errno("read", "eventfd");
  }

  std::atomic<std::uint32_t>* sleeps_;
  RingWait wait_;
  int eventfd_;
  AdaptiveSpin spin_;
};

struct Ring {
  RingControl* control = nullptr;
  std::span<std::byte> bytes;  // a power of two

  // What is moved between two publications: small enough that the sides work at the same time, and that the
  // one finds in the cache what the other has just put there.
  [[nodiscard]] std::size_t granule_bytes() const noexcept {
    return std::clamp<std::size_t>(bytes.size() / 4, 1, std::size_t{64} << 10);
  }
  // How far the writer is ahead of the reader. Both positions are in memory that the other side can write.
  [[nodiscard]] std::size_t distance(std::uint64_t tail, std::uint64_t head) const {
    if (tail - head > bytes.size()) {
      throw std::runtime_error("the ring's writer is said to be at " + std::to_string(tail) +
                               " and its reader at " + std::to_string(head) + "; " +
                               std::to_string(bytes.size()) + " bytes is the most between them");
    }
    return tail - head;
  }
  void copy_in(std::uint64_t position, std::span<const std::byte> from) const noexcept {
    const std::size_t offset = position & (bytes.size() - 1);
    const std::size_t first = std::min(from.size(), bytes.size() - offset);
    std::memcpy(bytes.data() + offset, from.data(), first);
    if (first < from.size()) std::memcpy(bytes.data(), from.data() + first, from.size() - first);
  }
  void copy_out(std::uint64_t position, std::span<std::byte> to) const noexcept {
    const std::size_t offset = position & (bytes.size() - 1);
    const std::size_t first = std::min(to.size(), bytes.size() - offset);
    std::memcpy(to.data(), bytes.data() + offset, first);
    if (first < to.size()) std::memcpy(to.data() + first, bytes.data(), to.size() - first);
  }
};

class RingSender final : public Sender {
 public:
  RingSender(const Ring& ring, const RingBell& readable, const RingBell& writable) noexcept
      : ring_(ring), readable_(readable), writable_(writable) {}
  [[nodiscard]] std::size_t step_bytes_max() const noexcept override { return ring_.bytes.size(); }

 protected:
  // Always all of them, so that a step is a step whatever the two sides' pace.
  Moved write_some(std::span<const std::byte> bytes) override {
    std::span<const std::byte> left = bytes;
    while (!left.empty()) {
      const std::size_t wanted = std::min(left.size(), ring_.granule_bytes());
      if (free_bytes() < wanted && !look()) (void)writable_.wait([&] { return look(); }, nullptr);
      const std::size_t count = std::min(wanted, free_bytes());
      ring_.copy_in(tail_, left.first(count));
      left = left.subspan(count);
      tail_ += count;
      readable_.publish(ring_.control->tail, tail_);
    }
    return {Io::ok, bytes.size()};
  }

 private:
  [[nodiscard]] std::size_t free_bytes() const noexcept { return ring_.bytes.size() - (tail_ - head_); }
  // Whether there is room.
  bool look() {
    const std::uint64_t head = ring_.control->head.load(std::memory_order_seq_cst);
    (void)ring_.distance(tail_, head);
    head_ = head;
    return free_bytes() > 0;
  }

  Ring ring_;
  RingBell readable_;
  RingBell writable_;
  std::uint64_t tail_ = 0;
  std::uint64_t head_ = 0;  // the reader's, when we last looked
};

class RingReceiver final : public Receiver {
 public:
  RingReceiver(const Ring& ring, const RingBell& readable, const RingBell& writable) noexcept
      : ring_(ring), readable_(readable), writable_(writable) {}

 protected:
  Moved read_some(std::span<std::byte> bytes, Watch& watch) override {
    if (tail_ == head_ && !look()) {
      const Io status = readable_.wait([&] { return look(); }, &watch);
      if (status != Io::ok) return {status, 0};
    }
    const std::size_t count =
        std::min({bytes.size(), static_cast<std::size_t>(tail_ - head_), ring_.granule_bytes()});
    ring_.copy_out(head_, bytes.first(count));
    head_ += count;
    writable_.publish(ring_.control->head, head_);
    return {Io::ok, count};
  }

 private:
  // Whether there is something to read.
  bool look() {
    const std::uint64_t tail = ring_.control->tail.load(std::memory_order_seq_cst);
    const bool is_more = ring_.distance(tail, head_) > 0;
    tail_ = tail;
    return is_more;
  }

  Ring ring_;
  RingBell readable_;
  RingBell writable_;
  std::uint64_t head_ = 0;
  std::uint64_t tail_ = 0;  // the writer's, when we last looked
};

}  // namespace ipcsort::transports
