// The ring's own: every way to wrap around, positions that lie, and both sides at once in one process, where
// ThreadSanitizer sees them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <stdexcept>
#include <thread>

#include "sys/error.hpp"
#include "sys/text.hpp"
#include "tests/transports/fixed_watch.hpp"
#include "tests/transports/fixture.hpp"
#include "transports/support/ring.hpp"

namespace ipcsort::conformance {
namespace {

using transports::Ring;
using transports::RingBell;
using transports::RingControl;
using transports::RingReceiver;
using transports::RingSender;
using transports::RingWait;

// Both sides in one thread: right as long as nobody has to wait.
struct SmallRing {
  static constexpr std::size_t capacity = 8;

  RingControl control;
  std::array<std::byte, capacity> memory{};
  Ring ring{&control, memory};
  RingBell readable{control.reader_sleeps, RingWait::futex, -1};
  RingBell writable{control.writer_sleeps, RingWait::futex, -1};
  RingSender sender{ring, readable, writable};
  RingReceiver receiver{ring, readable, writable};
  FixedWatch watch;

  void pass(std::span<const std::byte> bytes) {
    ASSERT_EQ(sender.send(bytes), Io::ok);
    Bytes received(bytes.size());
    ASSERT_EQ(receiver.receive(received, watch), Io::ok);
    EXPECT_TRUE(same(received, bytes));
  }
};

TEST(Ring, WrapsAroundAtEveryOffset) {
  const Bytes content = random_bytes(SmallRing::capacity, 50);
  for (std::size_t offset = 0; offset < SmallRing::capacity; ++offset) {
    for (std::size_t size = 1; size <= SmallRing::capacity; ++size) {
      SCOPED_TRACE(std::to_string(size) + " bytes at " + std::to_string(offset));
      SmallRing small;
      small.pass(std::span{content}.first(offset));
      small.pass(std::span{content}.first(size));
      small.pass(content);
    }
  }
}

class HostilePosition : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(HostilePosition, OfTheWriterIsAnError) {
  SmallRing small;
  small.control.tail = GetParam();
  Bytes bytes(1);
  EXPECT_THROW((void)small.receiver.receive(bytes, small.watch), std::runtime_error);
}

TEST_P(HostilePosition, OfTheReaderIsAnError) {
  SmallRing small;
  const Bytes content = random_bytes(SmallRing::capacity, 51);
  ASSERT_EQ(small.sender.send(content), Io::ok);
  small.control.head = SmallRing::capacity + GetParam();
  EXPECT_THROW((void)small.sender.send(content), std::runtime_error);
}

INSTANTIATE_TEST_SUITE_P(Ring, HostilePosition,
                         ::testing::Values(SmallRing::capacity + 1, std::uint64_t{1} << 31,
                                           std::uint64_t{1} << 63,
                                           std::numeric_limits<std::uint64_t>::max() - SmallRing::capacity));

class RingWays : public Conformance {
 protected:
  [[nodiscard]] static Options with_capacity(const char* capacity) {
    Options chosen = options();
    chosen["capacity"] = capacity;
    return chosen;
  }
};
INSTANTIATE_TEST_SUITE_P(Transports, RingWays, ::testing::ValuesIn(variants([](const Traits& it) {
                           return it.name == "memfd_ring";
                         })),
                         label_of);

TEST_P(RingWays, CapacityIsAPowerOfTwoOrRefused) {
  sys::ObjectLog objects;
  try {
    (void)transport().open({1, with_capacity("5000"), &objects});
    ADD_FAILURE() << "taken";
  } catch (const UsageError& refused) {
    EXPECT_THAT(refused.what(), ::testing::HasSubstr("use 4096 or 8192"));
  }
}

// So small that each side waits for the other all the time.
TEST_P(RingWays, TwoThreadsOfOneProcess) {
  for (const char* capacity : {"1", "64", "1024"}) {
    SCOPED_TRACE(capacity);
    // Each turn may cost a time slice where the processors are taken and waiting is spinning.
    const std::size_t turns = GetParam().label.ends_with("_spin") ? 200 : 5'000;
    const std::size_t total = turns * static_cast<std::size_t>(*sys::parse_bytes(capacity));
    const Bytes content = random_bytes(total, 52);
    sys::ObjectLog objects;
    const std::unique_ptr<Session> session = transport().open({1, with_capacity(capacity), &objects});
    const std::unique_ptr<Sender> sender = attach_sender(*session, 0, traits(), with_capacity(capacity));
    FixedWatch watch;
    const Attached attached = session->attach_receiver(0, watch);
    Bytes received(total);
    {
      const std::jthread writer([&] {
        std::span<const std::byte> left{content};
        for (std::size_t size = 1; !left.empty(); size = size % 5'000 * 2 + 1) {
          const std::size_t count = std::min(size, left.size());
          EXPECT_EQ(sender->send(left.first(count)), Io::ok);
          left = left.subspan(count);
        }
      });
      std::span<std::byte> left{received};
      for (std::size_t size = 1; !left.empty(); size = size % 7'000 * 3 + 1) {
        const std::size_t count = std::min(size, left.size());
        EXPECT_EQ(attached.receiver->receive(left.first(count), watch), Io::ok);
        left = left.subspan(count);
      }
    }
    EXPECT_TRUE(same(received, content));
  }
}

TEST_P(RingWays, MoreWorkersThanProcessors) {
  const int workers = static_cast<int>(std::min(2 * std::thread::hardware_concurrency() + 2, 16U));
  const Bytes content = random_bytes(40'000, 53);
  Trial trial(transport(), with_capacity("4096"), workers, [&](WorkerSide& worker) { worker.send(content); });
  for (int worker = 0; worker < workers; ++worker) ASSERT_EQ(trial.attach(worker), Io::ok);
  {
    std::vector<std::jthread> threads;
    for (int worker = 0; worker < workers; ++worker)
      threads.emplace_back([&, worker] { EXPECT_TRUE(trial.receives(worker, content)) << worker; });
  }
  for (int worker = 0; worker < workers; ++worker) EXPECT_EQ(trial.supervisor().wait_end(worker), 0);
}

}  // namespace
}  // namespace ipcsort::conformance
