// A buffer is the caller's again when send() has returned, also where the mechanism reads it in place.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/transports/fixture.hpp"

namespace ipcsort::conformance {
namespace {

constexpr std::uint32_t rounds = 20;

// Less than a mechanism's buffers, so that only its own care makes it wait for a reader, more than a page,
// and with a ragged end.
constexpr std::size_t message_bytes = 20'001;

Bytes message_of(std::uint32_t round) { return random_bytes(message_bytes, round); }

class BufferReuse : public Conformance {};
INSTANTIATE_TEST_SUITE_P(Transports, BufferReuse, ::testing::ValuesIn(variants(copies)), label_of);

TEST_P(BufferReuse, WhatIsWrittenAfterASendIsNotReceived) {
  Trial trial(transport(), options(), 1, [&](WorkerSide& worker) {
    Bytes buffer(message_bytes);
    for (std::uint32_t round = 0; round < rounds; ++round) {
      std::ranges::copy(message_of(round), buffer.begin());
      // A short header and a payload in two pieces, as one buffer and as its parts.
      worker.send(std::span{buffer}.first(16));
      std::fill_n(buffer.begin(), 16, std::byte{0xee});
      worker.send(std::span{buffer}.subspan(16));
      std::ranges::fill(buffer, std::byte{0xff});
    }
  });
  ASSERT_EQ(trial.attach(0), Io::ok);
  for (std::uint32_t round = 0; round < rounds; ++round) {
    // Long enough for the worker to spoil what it has sent.
    const Bytes sent = message_of(round);
    EXPECT_EQ(random_bytes(1'000'000, round).size(), 1'000'000U);
    ASSERT_TRUE(trial.receives(0, std::span{sent}.first(16))) << round;
    ASSERT_TRUE(trial.receives(0, std::span{sent}.subspan(16))) << round;
  }
  EXPECT_EQ(trial.supervisor().wait_end(0), 0);
}

class InPlace : public Conformance {};
INSTANTIATE_TEST_SUITE_P(Transports, InPlace, ::testing::ValuesIn(variants([](const Traits& it) {
                           return it.name == "pipe_vmsplice" || it.name == "process_vm_readv";
                         })),
                         label_of);

// Their send() is over when the last byte was taken, and not before.
TEST_P(InPlace, SendWaitsForTheReader) {
  SharedNumber sent;
  Trial trial(transport(), options(), 1, [&](WorkerSide& worker) {
    for (std::uint32_t round = 0; round < rounds; ++round) {
      worker.send(message_of(round));
      sent.add_one();
    }
  });
  ASSERT_EQ(trial.attach(0), Io::ok);
  for (std::uint32_t round = 0; round < rounds; ++round) {
    const Bytes content = message_of(round);
    ASSERT_TRUE(trial.receives(0, std::span{content}.first(message_bytes - 1))) << round;
    EXPECT_EQ(random_bytes(100'000, round).size(), 100'000U);
    EXPECT_EQ(sent.get(), round);
    ASSERT_TRUE(trial.receives(0, std::span{content}.last(1))) << round;
  }
  sent.wait_at_least(rounds);
  EXPECT_EQ(trial.supervisor().wait_end(0), 0);
}

}  // namespace
}  // namespace ipcsort::conformance
