// What the receiving side of the slots does with a header that lies, and when slots are given back.
#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <stdexcept>

#include "tests/transports/fixed_watch.hpp"
#include "transports/support/slot.hpp"

namespace ipcsort::transports {
namespace {

using conformance::FixedWatch;

constexpr std::size_t payload_size = 256;

constexpr std::size_t count = 3;

struct Memory {
  alignas(SlotHeader) std::array<std::byte, count*(sizeof(SlotHeader) + payload_size)> bytes{};
  Slots slots{bytes.data(), payload_size, count};
};

// Always at once, for both.
struct CountingSemaphores {
  int* posts;
  void wait_writable() const {}
  void post_readable() const {}
  Io wait_readable(Watch&) const { return Io::ok; }
  void post_writable() const { ++*posts; }
};

class HostileHeader : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(HostileHeader, IsAnError) {
  Memory memory;
  int posts = 0;
  SlotReceiver<CountingSemaphores> receiver(memory.slots, CountingSemaphores{&posts});
  memory.slots.current().header->bytes = GetParam();
  std::array<std::byte, 2 * payload_size> taken{};
  FixedWatch watch;
  EXPECT_THROW((void)receiver.receive(taken, watch), std::runtime_error);
  EXPECT_EQ(posts, 0);
}

INSTANTIATE_TEST_SUITE_P(Slot, HostileHeader,
                         ::testing::Values(0, payload_size + 1, std::uint64_t{1} << 31,
                                           std::uint64_t{1} << 63,
                                           std::numeric_limits<std::uint64_t>::max()));

TEST(Slot, IsGivenBackOnceItIsEmpty) {
  Memory memory;
  int posts = 0;
  SlotReceiver<CountingSemaphores> receiver(memory.slots, CountingSemaphores{&posts});
  memory.slots.current().header->bytes = payload_size;
  std::array<std::byte, payload_size - 1> most{};
  std::array<std::byte, 1> rest{};
  FixedWatch watch;
  EXPECT_EQ(receiver.receive(most, watch), Io::ok);
  EXPECT_EQ(posts, 0);
  EXPECT_EQ(receiver.receive(rest, watch), Io::ok);
  EXPECT_EQ(posts, 1);
}

// Each piece lies in a slot of its own, also when they have gone round.
TEST(Slot, IsFilledAndEmptiedInItsTurn) {
  Memory memory;
  int posts = 0;
  SlotSender<CountingSemaphores> sender(memory.slots, CountingSemaphores{&posts});
  SlotReceiver<CountingSemaphores> receiver(memory.slots, CountingSemaphores{&posts});
  FixedWatch watch;
  for (unsigned round = 0; round < 5; ++round) {
    for (unsigned slot = 0; slot < count; ++slot) {
      std::array<std::byte, payload_size> sent{};
      sent.fill(static_cast<std::byte>(count * round + slot));
      EXPECT_EQ(sender.send(std::span{sent}.first(payload_size - slot)), Io::ok);
    }
    for (unsigned slot = 0; slot < count; ++slot) {
      std::array<std::byte, payload_size> taken{};
      EXPECT_EQ(receiver.receive(std::span{taken}.first(payload_size - slot), watch), Io::ok);
      EXPECT_EQ(taken[0], static_cast<std::byte>(count * round + slot));
      EXPECT_EQ(taken[payload_size - slot - 1], taken[0]);
    }
  }
  EXPECT_EQ(posts, 5 * static_cast<int>(count));
}

TEST(Slot, AreTouchedAsFarAsTheyAreUsed) {
  alignas(SlotHeader) std::array<std::byte, 16 * 128> bytes{};
  const Slots slots(bytes.data(), 64, 16);
  SessionSpec spec;
  EXPECT_EQ(slots.used(spec).size(), bytes.size());
  spec.send_bytes_max = 640;
  EXPECT_EQ(slots.used(spec).size(), 12 * 128U);
  spec.options = {{"chunk", "10"}};
  EXPECT_EQ(slots.used(spec).size(), bytes.size());
}

TEST(Slot, SizeIsWholeCacheLines) {
  EXPECT_EQ(slot_bytes(1), 128U);
  EXPECT_EQ(slot_bytes(64), 128U);
  EXPECT_EQ(slot_bytes(65), 192U);
}

}  // namespace
}  // namespace ipcsort::transports
