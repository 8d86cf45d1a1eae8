// Memory that is lent: what the worker builds there is what the parent reads, for as long as it wants to.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include <numeric>
#include <thread>

#include "tests/transports/fixture.hpp"

namespace ipcsort::conformance {
namespace {

class Lending : public Conformance {};
INSTANTIATE_TEST_SUITE_P(Transports, Lending, ::testing::ValuesIn(variants(lends)), label_of);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Lending);

constexpr std::size_t page = lend_alignment_bytes;

std::size_t sum_rounded(const std::vector<std::size_t>& sizes) {
  return std::accumulate(sizes.begin(), sizes.end(), std::size_t{0},
                         [](std::size_t sum, std::size_t size) { return sum + round_up_to_page(size); });
}

TEST_P(Lending, ThereIsALenderOnlyWhenItWasAskedFor) {
  Trial trial(transport(), options(), 1,
              [&](WorkerSide& worker) { worker.end(worker.attach().lender() == nullptr ? 0 : 1); });
  ASSERT_EQ(trial.attach(0), Io::ok);
  EXPECT_EQ(trial.receiver(0).borrower(), nullptr);
  EXPECT_EQ(trial.supervisor().wait_end(0), 0);
}

TEST_P(Lending, SpansArriveAsTheyWereBuilt) {
  const std::vector<std::size_t> sizes = {0, 1, page - 1, page, page + 1, 1'000'000, 0, 3};
  const Bytes content = random_bytes(1'000'000, 31);
  Trial trial(
      transport(), options(), 1,
      [&](WorkerSide& worker) {
        std::vector<std::span<std::byte>> lent;
        for (const std::size_t size : sizes) {  // all are out before the first is handed over
          lent.push_back(worker.lender().lend(size));
          if (lent.back().size() != size) worker.end(1);
          if (reinterpret_cast<std::uintptr_t>(lent.back().data()) % page != 0) worker.end(2);
          std::copy_n(content.begin(), size, lent.back().begin());
        }
        for (const auto span : lent) {
          if (worker.lender().hand_over(span) != Io::ok) worker.end(3);
        }
      },
      {}, sum_rounded(sizes));
  ASSERT_EQ(trial.attach(0), Io::ok);
  for (const std::size_t size : sizes) {
    ASSERT_TRUE(trial.borrows(0, std::span{content}.first(size))) << size;
  }
  EXPECT_EQ(trial.supervisor().wait_end(0), 0);
}

TEST_P(Lending, OnlyWhatIsFilledIsHandedOver) {
  const Bytes content = random_bytes(100'000, 32);
  const std::vector<std::size_t> filled = {99'999, 0, 1, 4096, 4097};
  Trial trial(
      transport(), options(), 1,
      [&](WorkerSide& worker) {
        for (const std::size_t size : filled)
          worker.lend_and_hand_over(content.size(), std::span{content}.first(size));
      },
      {}, filled.size() * round_up_to_page(content.size()));
  ASSERT_EQ(trial.attach(0), Io::ok);
  for (const std::size_t size : filled) ASSERT_TRUE(trial.borrows(0, std::span{content}.first(size)));
  EXPECT_EQ(trial.supervisor().wait_end(0), 0);
}

TEST_P(Lending, SpansArriveInTheOrderOfTheHandOver) {
  const Bytes content = random_bytes(30'000, 33);
  Trial trial(
      transport(), options(), 1,
      [&](WorkerSide& worker) {
        std::vector<std::span<std::byte>> lent;
        for (std::size_t i = 0; i < 3; ++i) {
          lent.push_back(worker.lender().lend(10'000));
          std::copy_n(content.begin() + static_cast<std::ptrdiff_t>(10'000 * i), 10'000, lent.back().begin());
        }
        for (const std::size_t i : {2U, 0U, 1U}) {
          if (worker.lender().hand_over(lent[i]) != Io::ok) worker.end(3);
        }
      },
      {}, 3 * round_up_to_page(10'000));
  ASSERT_EQ(trial.attach(0), Io::ok);
  for (const std::size_t i : {2U, 0U, 1U})
    EXPECT_TRUE(trial.borrows(0, std::span{content}.subspan(10'000 * i, 10'000)));
  EXPECT_EQ(trial.supervisor().wait_end(0), 0);
}

TEST_P(Lending, SeveralWorkersAtOnce) {
  constexpr int many = 6;
  std::vector<Bytes> sent;
  for (std::size_t w = 0; w < many; ++w) sent.push_back(random_bytes(500'000 + 77'777 * w, 40 + w));
  const auto of = [&](int worker) -> const Bytes& { return sent.at(static_cast<std::size_t>(worker)); };
  Trial trial(
      transport(), options(), many,
      [&](WorkerSide& worker) {
        const Bytes& own = of(worker.number());
        worker.lend_and_hand_over(own.size(), own);
        worker.lend_and_hand_over(own.size(), std::span{own}.first(1000));
      },
      {}, 2 * round_up_to_page(1'000'000));
  for (int worker = 0; worker < many; ++worker) ASSERT_EQ(trial.attach(worker), Io::ok);
  std::vector<std::thread> threads;
  for (int worker = 0; worker < many; ++worker) {
    threads.emplace_back([&, worker] {
      EXPECT_TRUE(trial.borrows(worker, of(worker))) << worker;
      EXPECT_TRUE(trial.borrows(worker, std::span{of(worker)}.first(1000))) << worker;
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (int worker = 0; worker < many; ++worker) EXPECT_EQ(trial.supervisor().wait_end(worker), 0);
}

// The room is for one span, so that each must have come back before the next can be lent.
TEST_P(Lending, MemoryGivenBackIsLentAgain) {
  const Bytes content = random_bytes(70'000, 34);
  constexpr std::size_t times = 200;
  Trial trial(
      transport(), options(), 1,
      [&](WorkerSide& worker) {
        for (std::size_t time = 0; time < times; ++time)
          worker.lend_and_hand_over(60'000, std::span{content}.subspan(time, 60'000));
      },
      {}, round_up_to_page(60'000));
  ASSERT_EQ(trial.attach(0), Io::ok);
  for (std::size_t time = 0; time < times; ++time) {
    std::span<const std::byte> bytes;
    ASSERT_EQ(trial.borrow(0, bytes), Io::ok);
    ASSERT_TRUE(same(bytes, std::span{content}.subspan(time, 60'000))) << time;
    trial.receiver(0).borrower()->give_back(bytes);
  }
  EXPECT_EQ(trial.supervisor().wait_end(0), 0);
}

TEST_P(Lending, MoreThanWasAgreedIsRefused) {
  Trial trial(
      transport(), options(), 1,
      [&](WorkerSide& worker) {
        try {
          (void)worker.lender().lend(2 * page + 1);
          worker.end(1);
        } catch (const std::logic_error&) {
          worker.end(0);
        }
      },
      {}, 2 * page);
  ASSERT_EQ(trial.attach(0), Io::ok);
  EXPECT_EQ(trial.supervisor().wait_end(0), 0);
}

// The parent reads when the worker has long gone, and its death no longer matters.
TEST_P(Lending, SpansOutliveTheirWorker) {
  const Bytes content = random_bytes(300'000, 35);
  Trial trial(
      transport(), options(), 1,
      [&](WorkerSide& worker) {
        worker.lend_and_hand_over(content.size(), content);
        worker.die();
      },
      {}, round_up_to_page(content.size()));
  ASSERT_EQ(trial.attach(0), Io::ok);
  std::span<const std::byte> bytes;
  ASSERT_EQ(trial.borrow(0, bytes), Io::ok);
  ASSERT_TRUE(WIFSIGNALED(trial.supervisor().wait_end(0).value_or(0)));
  EXPECT_TRUE(same(bytes, content));
  std::span<const std::byte> more;
  EXPECT_THAT(trial.borrow(0, more), ::testing::AnyOf(Io::closed, Io::peer_died));
}

TEST_P(Lending, WorkerKilledBeforeItHandsOver) {
  SharedNumber end;
  Trial trial(
      transport(), options(), 2,
      [&](WorkerSide& worker) {
        const std::span<std::byte> lent = worker.lender().lend(page);
        std::fill(lent.begin(), lent.end(), std::byte{1});
        if (worker.number() == 1) end.wait_set();
        worker.die();
      },
      {}, page);
  ASSERT_EQ(trial.attach(0), Io::ok);
  std::span<const std::byte> bytes;
  EXPECT_THAT(trial.borrow(0, bytes), ::testing::AnyOf(Io::closed, Io::peer_died));
}

TEST_P(Lending, WorkerExitsWithoutHandingOver) {
  Trial trial(
      transport(), options(), 1, [&](WorkerSide& worker) { (void)worker.lender().lend(page); }, {}, page);
  ASSERT_EQ(trial.attach(0), Io::ok);
  std::span<const std::byte> bytes;
  EXPECT_EQ(trial.borrow(0, bytes), Io::closed);
}

TEST_P(Lending, SilentWorkerTimesOut) {
  SharedNumber end;
  Trial trial(
      transport(), options(), 1,
      [&](WorkerSide& worker) {
        worker.attach();
        end.wait_set();
      },
      {.timeout_ns = soon_ns}, page);
  ASSERT_EQ(trial.attach(0), Io::ok);
  std::span<const std::byte> bytes;
  EXPECT_EQ(trial.borrow(0, bytes), Io::timed_out);
}

TEST_P(Lending, InterruptionsChangeNothing) {
  const Bytes content = random_bytes(100'000, 36);
  SharedNumber wanted;
  Trial trial(
      transport(), options(), 1,
      [&](WorkerSide& worker) {
        for (std::uint32_t time = 1; time <= 20; ++time) {
          wanted.wait_at_least(time);
          if (random_bytes(100'000, time).size() == 100'000)  // the parent is waiting by now
            worker.lend_and_hand_over(content.size(), content);
        }
      },
      {.storm = true}, round_up_to_page(content.size()));
  ASSERT_EQ(trial.attach(0), Io::ok);
  for (std::uint32_t time = 1; time <= 20; ++time) {
    wanted.set(time);
    std::span<const std::byte> bytes;
    ASSERT_EQ(trial.borrow(0, bytes), Io::ok);
    ASSERT_TRUE(same(bytes, content));
    trial.receiver(0).borrower()->give_back(bytes);
  }
  EXPECT_EQ(trial.supervisor().wait_end(0), 0);
}

}  // namespace
}  // namespace ipcsort::conformance
