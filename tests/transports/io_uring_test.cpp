// Memory is the receiver's again when receive() has returned, whatever was under way.
#include <gtest/gtest.h>

#include "tests/transports/fixed_watch.hpp"
#include "tests/transports/fixture.hpp"

namespace ipcsort::conformance {
namespace {

std::vector<Variant> uring_variants() {
  std::vector<Variant> all = variants([](const Traits& it) { return it.name == "io_uring"; });
  const Transport* transport = builtin_transports().find("io_uring");
  all.push_back({transport, {{"over", "pipe"}, {"buffers", "registered"}}, "io_uring_registered_over_pipe"});
  all.push_back({transport, {{"chunk", "4K"}}, "io_uring_little_chunks"});
  return all;
}

class IoUring : public Conformance {};
INSTANTIATE_TEST_SUITE_P(Transports, IoUring, ::testing::ValuesIn(uring_variants()), label_of);

// The deadline passes while reads wait in the ring. What comes later stays where it is until it is asked for.
TEST_P(IoUring, NothingIsWrittenAfterTheDeadline) {
  constexpr std::size_t early = 10'000;
  constexpr std::size_t late = 40'000;  // within the kernel's buffers
  const Bytes content = random_bytes(early + late, 1);
  SharedNumber go;
  Trial trial(transport(), options(), 1,
              [&](WorkerSide& worker) {
                worker.send(std::span{content}.first(early));
                go.wait_set();
                worker.send(std::span{content}.last(late));
              },
              {.timeout_ns = 200'000'000, .tells_of_ends = false});
  Bytes bytes(100'000, std::byte{0});
  ASSERT_EQ(trial.attach_and_receive(0, bytes), Io::timed_out);
  EXPECT_TRUE(same(std::span{bytes}.first(early), std::span{content}.first(early)));
  const Bytes then = bytes;
  go.set(1);
  ASSERT_EQ(trial.supervisor().wait_end(0), 0);
  EXPECT_TRUE(same(bytes, then));
  FixedWatch patient(Io::ok, trial.supervisor().watch(0).worker_pid());
  Bytes rest(late);
  EXPECT_EQ(trial.receive(0, rest, &patient), Io::ok);
  EXPECT_TRUE(same(rest, std::span{content}.last(late)));
}

// Batches that are cut short again and again: the pieces of no batch overtake one another.
TEST_P(IoUring, PiecesKeepTheirOrder) {
  const Bytes content = random_bytes(3'000'001, 2);
  Trial trial(transport(), options(), 1,
              [&](WorkerSide& worker) {
                std::span<const std::byte> left{content};
                for (std::size_t size = 1; !left.empty(); size = (size * 7 + 3) % 300'000 + 1) {
                  const std::size_t count = std::min(size, left.size());
                  worker.send(left.first(count));
                  left = left.subspan(count);
                }
              },
              {.storm = true});
  ASSERT_EQ(trial.attach(0), Io::ok);
  EXPECT_TRUE(trial.receives(0, content));
  EXPECT_EQ(trial.supervisor().wait_end(0), 0);
}

}  // namespace
}  // namespace ipcsort::conformance
