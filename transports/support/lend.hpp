// Lending out of an arena: shared memory, one arena per worker, that both sides have mapped at the same
// address because the worker inherited the mapping. What is handed over is two numbers.
//
// A mechanism supplies the semaphores of slot.hpp, used here for the two numbers, and one pair more:
//   void wait_returned();  // sender; blocks until the receiver posts
//   void post_returned();  // receiver; once for each wait
#pragma once

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "sys/error.hpp"
#include "transports/support/slot.hpp"
#include "transports/transport.hpp"

namespace ipcsort::transports {

// The page in front of an arena.
struct LendHeader {
  // The span that was handed over last; they change hands with "readable" and "writable".
  std::atomic<std::uint64_t> offset{0};
  std::atomic<std::uint64_t> bytes{0};
  // How many spans the parent has given back, modulo 2^32, and whether the worker waits for one.
  alignas(64) std::atomic<std::uint32_t> returned{0};
  std::atomic<std::uint32_t> is_awaited{0};
};
static_assert(sizeof(LendHeader) <= lend_alignment_bytes);
static_assert(std::atomic<std::uint64_t>::is_always_lock_free,
              "a lock would not be shared between processes");

// The shared memory that lending takes for one worker: none when nobody will lend.
inline std::size_t lend_area_bytes(std::size_t lend_bytes_max) {
  // Above it the arithmetic on whole regions could overflow; no address space is as large.
  constexpr std::size_t most = std::size_t{1} << 47;
  if (lend_bytes_max > most)
    sys::throw_errno("lend", std::to_string(lend_bytes_max) + " bytes for each worker", ENOMEM);
  return lend_bytes_max == 0 ? 0 : lend_alignment_bytes + round_up_to_page(lend_bytes_max);
}

struct LendArea {
  // `area` begins on a page and is lend_area_bytes() long.
  explicit LendArea(std::span<std::byte> area) noexcept
      : header(std::construct_at(reinterpret_cast<LendHeader*>(area.data()))),
        arena(area.subspan(lend_alignment_bytes)) {}

  LendHeader* header;
  std::span<std::byte> arena;
};

template <typename Semaphores>
class ArenaLender final : public Lender {
 public:
  ArenaLender(const LendArea& area, Semaphores semaphores)
      : header_(*area.header), arena_(area.arena), semaphores_(std::move(semaphores)) {}

  std::span<std::byte> lend(std::size_t bytes) override {
    if (bytes == 0) return {};
    if (bytes > arena_.size()) {
      throw std::logic_error(std::to_string(bytes) + " bytes are to be lent; agreed are at most " +
                             std::to_string(arena_.size()));
    }
    for (;;) {
      take_back();
      if (const std::optional<std::size_t> offset = find_gap(round_up_to_page(bytes))) {
        spans_[*offset] = {bytes};
        return arena_.subspan(*offset, bytes);
      }
      if (handed_over_.empty()) {
        throw std::logic_error(std::to_string(bytes) + " bytes are to be lent; nothing will come back, and " +
                               "what the worker keeps leaves no such gap in " +
                               std::to_string(arena_.size()));
      }
      wait_for_return();
    }
  }

  Io hand_over(std::span<std::byte> filled) override {
    const std::optional<std::size_t> offset = offset_of(filled);
    semaphores_.wait_writable();
    header_.offset.store(offset.value_or(0), std::memory_order_relaxed);
    header_.bytes.store(filled.size(), std::memory_order_relaxed);
    semaphores_.post_readable();
    handed_over_.push_back(offset);
    return Io::ok;
  }

 private:
  struct Span {
    std::size_t bytes = 0;
    bool is_handed_over = false;
  };

  // First fit. Nothing has to be searched for while spans are lent one after the other and all come back.
  [[nodiscard]] std::optional<std::size_t> find_gap(std::size_t bytes) const noexcept {
    std::size_t begin = 0;
    for (const auto& [offset, span] : spans_) {
      if (offset - begin >= bytes) return begin;
      begin = offset + round_up_to_page(span.bytes);
    }
    if (arena_.size() - begin < bytes) return std::nullopt;
    return begin;
  }

  // Nothing for the empty span that is lent for 0 bytes.
  std::optional<std::size_t> offset_of(std::span<std::byte> filled) {
    if (filled.data() == nullptr) return std::nullopt;
    const std::size_t offset =
        reinterpret_cast<std::uintptr_t>(filled.data()) - reinterpret_cast<std::uintptr_t>(arena_.data());
    const auto found = spans_.find(offset);
    if (found == spans_.end() || found->second.is_handed_over || filled.size() > found->second.bytes)
      throw std::logic_error("what is handed over is not the beginning of a lent span");
    found->second.is_handed_over = true;
    return offset;
  }

  // They come back in the order in which they went.
  void take_back() {
    const std::uint32_t returned = header_.returned.load(std::memory_order_acquire);
    for (; seen_returned_ != returned && !handed_over_.empty(); ++seen_returned_) {
      if (handed_over_.front()) spans_.erase(*handed_over_.front());
      handed_over_.pop_front();
    }
  }

  // The worker says that it waits and then looks at the count; the parent counts and then looks if somebody
  // waits. In the single order of all seq_cst operations one of them comes first, so they cannot miss each
  // other. Whoever clears the word decides: a post that is on its way must be waited for.
  void wait_for_return() {
    header_.is_awaited.store(1, std::memory_order_seq_cst);
    const bool has_returned = header_.returned.load(std::memory_order_seq_cst) != seen_returned_;
    if (has_returned && header_.is_awaited.exchange(0, std::memory_order_seq_cst) != 0) return;
    semaphores_.wait_returned();
  }

  LendHeader& header_;
  std::span<std::byte> arena_;
  Semaphores semaphores_;
  std::map<std::size_t, Span> spans_;  // by offset: what is the worker's or the parent's
  std::deque<std::optional<std::size_t>> handed_over_;
  std::uint32_t seen_returned_ = 0;
};

template <typename Semaphores>
class ArenaBorrower final : public Borrower {
 public:
  ArenaBorrower(const LendArea& area, Semaphores semaphores)
      : header_(*area.header), arena_(area.arena), semaphores_(std::move(semaphores)) {}

  Io borrow(std::span<const std::byte>& bytes, Watch& watch) override {
    const Io status = semaphores_.wait_readable(watch);
    if (status != Io::ok) return status;
    // Read once, then checked: the other process could change them between two looks.
    const std::uint64_t offset = header_.offset.load(std::memory_order_relaxed);
    const std::uint64_t count = header_.bytes.load(std::memory_order_relaxed);
    if (count > arena_.size() || offset > arena_.size() - count || offset % lend_alignment_bytes != 0) {
      throw std::runtime_error("the worker handed over " + std::to_string(count) + " bytes at " +
                               std::to_string(offset) + " of an arena of " + std::to_string(arena_.size()));
    }
    semaphores_.post_writable();
    bytes = arena_.subspan(offset, count);
    return Io::ok;
  }

  void give_back(std::span<const std::byte>) noexcept override {
    header_.returned.fetch_add(1, std::memory_order_seq_cst);
    if (header_.is_awaited.exchange(0, std::memory_order_seq_cst) == 0) return;
    try {
      semaphores_.post_returned();
    } catch (const std::system_error&) {
      // Somebody removed the mechanism's objects. The worker fails in the same call and ends the run.
    }
  }

 private:
  LendHeader& header_;
  std::span<std::byte> arena_;
  Semaphores semaphores_;
};

// A sender that also lends, where an area has been set aside for it.
template <typename Base, typename Semaphores>
class LendingSender final : public Base {
 public:
  template <typename... Arguments>
  LendingSender(const std::optional<LendArea>& area, const Semaphores& semaphores, Arguments&&... arguments)
      : Base(std::forward<Arguments>(arguments)...) {
    if (area) lender_.emplace(*area, semaphores);
  }
  [[nodiscard]] Lender* lender() noexcept override { return lender_ ? &*lender_ : nullptr; }

 private:
  std::optional<ArenaLender<Semaphores>> lender_;
};

template <typename Base, typename Semaphores>
class LendingReceiver final : public Base {
 public:
  template <typename... Arguments>
  LendingReceiver(const std::optional<LendArea>& area, const Semaphores& semaphores, Arguments&&... arguments)
      : Base(std::forward<Arguments>(arguments)...) {
    if (area) borrower_.emplace(*area, semaphores);
  }
  [[nodiscard]] Borrower* borrower() noexcept override { return borrower_ ? &*borrower_ : nullptr; }

 private:
  std::optional<ArenaBorrower<Semaphores>> borrower_;
};

// Each worker has slots and, where somebody will lend, an area.
template <typename Semaphores>
class LendingSlotSession : public Session {
 public:
  std::unique_ptr<Sender> make_sender(int worker) override {
    return make<LendingSender<SlotSender<Semaphores>, Semaphores>>(worker);
  }
  Attached attach_receiver(int worker, Watch&) override {
    return {Io::ok, make<LendingReceiver<SlotReceiver<Semaphores>, Semaphores>>(worker)};
  }

 protected:
  // The next worker's; `area` is empty when nobody will lend. They lie in memory that the mechanism keeps.
  // Touches the slots, unless what goes is lent and they stay empty.
  void add(const SessionSpec& spec, const Slots& slots, const Semaphores& semaphores,
           std::span<std::byte> area) {
    Channel& channel = channels_.emplace_back(Channel{slots, {}, semaphores, {}});
    if (!area.empty()) channel.area.emplace(area);
    if (area.empty()) channel.used = slots.used(spec);
    sys::touch_shared(channel.used);
  }

 private:
  struct Channel {
    Slots slots;
    std::span<const std::byte> used;
    Semaphores semaphores;
    std::optional<LendArea> area;
  };

  template <typename Side>
  [[nodiscard]] std::unique_ptr<Side> make(int worker) const {
    const auto& [slots, used, semaphores, area] = channels_.at(static_cast<std::size_t>(worker));
    sys::touch_shared(used);
    return std::make_unique<Side>(area, semaphores, slots, semaphores);
  }

  std::vector<Channel> channels_;
};

}  // namespace ipcsort::transports
