// The arena that most lenders lend from: what it gives out again, and headers that lie.
#include <gtest/gtest.h>

#include <limits>
#include <stdexcept>

#include "sys/mapping.hpp"
#include "tests/transports/fixed_watch.hpp"
#include "transports/support/lend.hpp"

namespace ipcsort::transports {
namespace {

using conformance::FixedWatch;

constexpr std::size_t page = lend_alignment_bytes;

// Both sides in one thread: nobody has to wait for anything.
struct FreeSemaphores {
  void wait_writable() const {}
  void post_readable() const {}
  Io wait_readable(Watch&) const { return Io::ok; }
  void post_writable() const {}
  void wait_returned() const { throw std::runtime_error("would wait for ever"); }
  void post_returned() const {}
};

struct Arena {
  static constexpr std::size_t size = 3 * page;

  sys::Mapping memory = sys::Mapping::shared_memory(lend_area_bytes(size));
  LendArea area{memory.bytes()};
  ArenaLender<FreeSemaphores> lender{area, {}};
  ArenaBorrower<FreeSemaphores> borrower{area, {}};
  FixedWatch watch;

  std::span<const std::byte> pass(std::span<std::byte> span) {
    EXPECT_EQ(lender.hand_over(span), Io::ok);
    std::span<const std::byte> bytes;
    EXPECT_EQ(borrower.borrow(bytes, watch), Io::ok);
    return bytes;
  }
};

TEST(Arena, SpansAreBorrowedWhereTheyWereLent) {
  Arena arena;
  const auto lent = arena.lender.lend(page + 1);
  const auto borrowed = arena.pass(lent.first(5));
  EXPECT_EQ(borrowed.data(), lent.data());
  EXPECT_EQ(borrowed.size(), 5U);
}

TEST(Arena, WhatTheWorkerKeepsDoesNotStandInTheWay) {
  Arena arena;
  const auto kept = arena.lender.lend(page);
  for (int time = 0; time < 10; ++time) {
    const auto lent = arena.lender.lend(2 * page);
    EXPECT_GE(lent.data(), kept.data() + page);
    arena.borrower.give_back(arena.pass(lent));
  }
}

TEST(Arena, AGapInTheMiddleIsUsed) {
  Arena arena;
  const auto first = arena.lender.lend(page);
  const auto second = arena.lender.lend(page);
  const auto third = arena.lender.lend(page);
  arena.borrower.give_back(arena.pass(second));
  EXPECT_EQ(arena.lender.lend(page).data(), second.data());
  arena.borrower.give_back(arena.pass(first));
  arena.borrower.give_back(arena.pass(third));
  EXPECT_EQ(arena.lender.lend(page).data(), first.data());
}

TEST(Arena, WhatCanNeverFitIsRefused) {
  Arena arena;
  EXPECT_THROW((void)arena.lender.lend(Arena::size + 1), std::logic_error);
  EXPECT_THROW((void)arena.lender.lend(std::numeric_limits<std::size_t>::max()), std::logic_error);
  (void)arena.lender.lend(2 * page);
  EXPECT_THROW((void)arena.lender.lend(2 * page), std::logic_error);
}

TEST(Arena, OnlyLentSpansAreHandedOverAndOnlyOnce) {
  Arena arena;
  const auto lent = arena.lender.lend(2 * page);
  EXPECT_THROW((void)arena.lender.hand_over(lent.subspan(page)), std::logic_error);
  EXPECT_THROW((void)arena.lender.hand_over(arena.memory.bytes().last(page)), std::logic_error);
  (void)arena.pass(lent);
  EXPECT_THROW((void)arena.lender.hand_over(lent), std::logic_error);
}

struct Announced {
  std::uint64_t offset;
  std::uint64_t bytes;
};

class HostileSpan : public ::testing::TestWithParam<Announced> {};

TEST_P(HostileSpan, IsAnError) {
  Arena arena;
  arena.area.header->offset = GetParam().offset;
  arena.area.header->bytes = GetParam().bytes;
  std::span<const std::byte> bytes;
  EXPECT_THROW((void)arena.borrower.borrow(bytes, arena.watch), std::runtime_error);
}

constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();

INSTANTIATE_TEST_SUITE_P(Arena, HostileSpan,
                         ::testing::Values(Announced{0, Arena::size + 1}, Announced{page, Arena::size},
                                           Announced{Arena::size + page, 0}, Announced{1, 1},
                                           Announced{most - page + 1, page}, Announced{page, most - page + 1},
                                           Announced{0, most}, Announced{std::uint64_t{1} << 63, 1}));

}  // namespace
}  // namespace ipcsort::transports
