// What the slot's receiving side does with a header that lies.
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

struct Memory {
  alignas(SlotHeader) std::array<std::byte, sizeof(SlotHeader) + payload_size> bytes{};
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
  const Slot slot(memory.bytes.data(), payload_size);
  int posts = 0;
  SlotReceiver<CountingSemaphores> receiver(slot, CountingSemaphores{&posts});
  slot.header->bytes = GetParam();
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
  const Slot slot(memory.bytes.data(), payload_size);
  int posts = 0;
  SlotReceiver<CountingSemaphores> receiver(slot, CountingSemaphores{&posts});
  slot.header->bytes = payload_size;
  std::array<std::byte, payload_size - 1> most{};
  std::array<std::byte, 1> rest{};
  FixedWatch watch;
  EXPECT_EQ(receiver.receive(most, watch), Io::ok);
  EXPECT_EQ(posts, 0);
  EXPECT_EQ(receiver.receive(rest, watch), Io::ok);
  EXPECT_EQ(posts, 1);
}

TEST(Slot, SizeIsWholeCacheLines) {
  EXPECT_EQ(slot_bytes(1), 128U);
  EXPECT_EQ(slot_bytes(64), 128U);
  EXPECT_EQ(slot_bytes(65), 192U);
}

}  // namespace
}  // namespace ipcsort::transports
