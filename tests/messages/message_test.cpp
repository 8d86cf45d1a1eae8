// What a message is, and that nothing else passes for it.
#include <gtest/gtest.h>

#include <set>

#include "bench/messages/message.hpp"

namespace ipcsort::messages {
namespace {

constexpr std::size_t sizes[] = {1, 2, 7, 8, 9, 63, 64, 65, 4096, 100'001};

TEST(Message, HasTheChecksumOfItsNumber) {
  for (const std::size_t bytes : sizes) {
    const Expectation expectation(bytes);
    for (const MemoryState state : {MemoryState::hot, MemoryState::stream, MemoryState::cold}) {
      if (state == MemoryState::stream && bytes < 64) continue;  // long to fill
      MessageMemory memory(bytes, state);
      for (const std::uint64_t number : {0ULL, 1ULL, 255ULL, 256ULL, 1ULL << 40U, ~0ULL}) {
        const auto message = memory.next();
        ASSERT_EQ(message.size(), bytes);
        set_number(message, number);
        memory.settle(message);
        EXPECT_EQ(checksum(message), expectation.checksum_of(number)) << bytes << " bytes, " << number;
      }
    }
  }
}

TEST(Message, EveryByteCounts) {
  for (const std::size_t bytes : sizes) {
    MessageMemory memory(bytes, MemoryState::hot);
    const auto message = memory.next();
    const std::uint64_t whole = checksum(message);
    for (std::size_t at = 0; at<bytes; at += bytes> 4096 ? 997 : 1) {
      message[at] ^= std::byte{0x10};
      ASSERT_NE(checksum(message), whole) << "byte " << at << " of " << bytes;
      message[at] ^= std::byte{0x10};
    }
  }
}

TEST(Message, ANumberMoreOrLessIsAnotherMessage) {
  for (const std::size_t bytes : sizes) {
    const Expectation expectation(bytes);
    std::set<std::uint64_t> checksums;
    for (std::uint64_t number = 0; number < 256; ++number) checksums.insert(expectation.checksum_of(number));
    EXPECT_EQ(checksums.size(), 256U) << bytes;
  }
}

TEST(MessageMemory, HotAndColdStayWhereTheyAreAndStreamWalksRound) {
  constexpr std::size_t bytes = 1U << 20U;
  for (const MemoryState state : {MemoryState::hot, MemoryState::cold}) {
    MessageMemory memory(bytes, state);
    const std::byte* first = memory.next().data();
    EXPECT_EQ(memory.next().data(), first);
  }
  MessageMemory memory(bytes, MemoryState::stream);
  const std::byte* first = memory.next().data();
  std::size_t places = 1;
  for (const std::byte* next = memory.next().data(); next != first; next = memory.next().data()) {
    ASSERT_EQ(next, first + places * bytes);
    ++places;
  }
  EXPECT_GE(places, 64U);  // twice a last-level cache of 32 MiB at least
}

}  // namespace
}  // namespace ipcsort::messages
