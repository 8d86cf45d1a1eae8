// What a mechanism sets up for its life is there before the first byte goes (docs/decisions/set-up.md).
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <limits>

#include "sys/object_log.hpp"
#include "tests/sanitized.hpp"
#include "tests/transports/fixture.hpp"

namespace ipcsort::conformance {
namespace {

std::uint32_t faults_so_far() {
  rusage use{};
  ::getrusage(RUSAGE_THREAD, &use);
  return static_cast<std::uint32_t>(use.ru_minflt);
}

// Buffers large enough that their first touch cannot go unseen.
Options with_large_buffers(const Traits& traits, Options options) {
  for (const OptionTraits& option : traits.options) {
    if (traits.framing == Framing::region && option.values.is_size())
      options[std::string{option.name}] = "1M";
  }
  return options;
}

TEST_P(Conformance, ATransferTouchesNothingForTheFirstTime) {
  if (test::is_sanitized) GTEST_SKIP() << "a sanitizer has memory of its own to touch";
  // A buffer of 1 MiB has 256 pages; what is allowed is for the pages of the program and its stacks.
  constexpr std::uint32_t faults_max = 100;
  const Bytes small = random_bytes(100, 60);
  const Bytes large = random_bytes(8 << 20, 61);
  SharedNumber of_worker;
  Trial trial(transport(), with_large_buffers(traits(), options()), 1, [&](WorkerSide& worker) {
    const Bytes own =
        large;  // pages that it shared with its parent would be copied when they are first pinned
    worker.send(small);
    const std::uint32_t before = faults_so_far();
    worker.send(own);
    of_worker.set(1 + faults_so_far() - before);
  });
  ASSERT_EQ(trial.attach(0), Io::ok);
  EXPECT_TRUE(trial.receives(0, small));
  Bytes received(large.size(), std::byte{0x5a});
  const std::uint32_t before = faults_so_far();
  ASSERT_EQ(trial.receive(0, received), Io::ok);
  const std::uint32_t of_parent = faults_so_far() - before;
  EXPECT_TRUE(same(received, large));
  EXPECT_EQ(trial.supervisor().wait_end(0), 0);
  EXPECT_LE(of_parent + of_worker.get() - 1, faults_max) << of_parent << " of them the parent's";
}

// Of a large buffer only what a run will come to need: touching the rest would cost a small run more than all its transfer.
TEST(SetUp, WhatIsNeverSentIsNotTouched) {
  if (test::is_sanitized) GTEST_SKIP() << "a sanitizer has memory of its own to touch";
  const Transport& transport = *builtin_transports().find("memfd_ring");
  const auto faults_of_opening = [&](std::size_t send_bytes_max) {
    sys::ObjectLog objects;
    SessionSpec spec;
    spec.options = {{"capacity", "4M"}};
    spec.objects = &objects;
    spec.send_bytes_max = send_bytes_max;
    const std::uint32_t before = faults_so_far();
    const auto session = transport.open(spec);
    return faults_so_far() - before;
  };
  static_cast<void>(faults_of_opening(1));  // pages of the program itself
  const std::uint32_t all = faults_of_opening(std::numeric_limits<std::size_t>::max());
  const std::uint32_t some = faults_of_opening(100'000);
  if (all < 100) GTEST_SKIP() << "shared memory comes in huge pages here";
  EXPECT_LT(some, all / 4) << "of " << all;
}

}  // namespace
}  // namespace ipcsort::conformance
