// Every byte arrives, whatever its neighbours, sizes and speeds are.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/time.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <thread>

#include "sys/error.hpp"
#include "tests/sanitized.hpp"
#include "tests/transports/fixture.hpp"

namespace ipcsort::conformance {
namespace {

std::span<const std::byte> header_of(const std::uint64_t& size) { return std::as_bytes(std::span{&size, 1}); }

TEST_P(Conformance, SizesAroundEveryLimit) {
  // Where the mechanism has no limit of its own, or a very high one, around a buffer's usual size.
  constexpr std::size_t limit_max = std::size_t{1} << 20;
  const auto sizes_around = [](std::size_t step) {
    const std::size_t limit = step > limit_max ? 65536 : step;
    return std::vector<std::size_t>{
        0,      1,      2,      limit - 1, limit,  limit + 1, 2 * limit, 2 * limit + 1,
        4095,   4096,   4097,   65535,     65536,  65537,     211968,    212959,
        212960, 212961, 212991, 212992,    212993, 0,         3};
  };
  const Bytes content = random_bytes(2 * limit_max + 1 + 1000, 2);
  SharedNumber step_bytes_max;
  Trial trial(transport(), options(), 1, [&](WorkerSide& worker) {
    const std::size_t step = worker.attach().step_bytes_max();
    step_bytes_max.set(static_cast<std::uint32_t>(std::min<std::size_t>(step, UINT32_MAX)));
    for (const std::size_t size : sizes_around(step))
      worker.send(std::span{content}.subspan(size % 1000, size));
  });
  ASSERT_EQ(trial.attach(0), Io::ok);
  step_bytes_max.wait_set();
  for (const std::size_t size : sizes_around(step_bytes_max.get())) {
    ASSERT_TRUE(trial.receives(0, std::span{content}.subspan(size % 1000, size))) << size;
  }
  EXPECT_EQ(trial.supervisor().wait_end(0), 0);
}

TEST_P(Conformance, LargePayload) {
  const Bytes sent = random_bytes(std::size_t{test::is_sanitized ? 8 : 64} << 20, 3);
  Trial trial(transport(), options(), 1, [&](WorkerSide& worker) { worker.send(sent); });
  ASSERT_EQ(trial.attach(0), Io::ok);
  EXPECT_TRUE(trial.receives(0, sent));
  EXPECT_EQ(trial.supervisor().wait_end(0), 0);
}

TEST_P(Conformance, HeaderThenPayload) {
  const Bytes content = random_bytes(300'000, 4);
  const std::vector<std::uint64_t> sizes = {300'000, 0, 1, 65'536, 299'999};
  Trial trial(transport(), options(), 1, [&](WorkerSide& worker) {
    for (const std::uint64_t size : sizes) {
      worker.send(header_of(size));
      worker.send(std::span{content}.first(size));
    }
  });
  ASSERT_EQ(trial.attach(0), Io::ok);
  for (const std::uint64_t size : sizes) {
    ASSERT_TRUE(trial.receives(0, header_of(size)));
    ASSERT_TRUE(trial.receives(0, std::span{content}.first(size)));
  }
  EXPECT_EQ(trial.supervisor().wait_end(0), 0);
}

TEST_P(Conformance, SeveralSendsMakeOneReceive) {
  const Bytes sent = random_bytes(700'001, 5);
  Trial trial(transport(), options(), 1, [&](WorkerSide& worker) {
    std::span<const std::byte> left{sent};
    for (std::size_t size = 1; !left.empty(); size = size * 3 + 1) {
      const std::size_t count = std::min(size, left.size());
      worker.send(left.first(count));
      left = left.subspan(count);
    }
  });
  ASSERT_EQ(trial.attach(0), Io::ok);
  EXPECT_TRUE(trial.receives(0, sent));
  EXPECT_EQ(trial.supervisor().wait_end(0), 0);
}

TEST_P(Conformance, StepsAreCounted) {
  const Bytes sent = random_bytes(500'000, 6);
  Trial trial(transport(), options(), 1, [&](WorkerSide& worker) {
    worker.send(sent);
    worker.send({});
    worker.send(std::span{sent}.first(1));
    const std::size_t step = worker.attach().step_bytes_max();
    const std::uint64_t least = (sent.size() - 1) / step + 1 + 1;
    const std::uint64_t steps = worker.attach().steps();
    // A stream may take less than it is offered; the others never do.
    const bool right = traits().framing == Framing::stream ? steps >= least : steps == least;
    worker.end(right ? 0 : 1);
  });
  ASSERT_EQ(trial.attach(0), Io::ok);
  EXPECT_TRUE(trial.receives(0, sent));
  EXPECT_TRUE(trial.receives(0, std::span{sent}.first(1)));
  EXPECT_EQ(trial.supervisor().wait_end(0), 0);
}

// Those whose writes the harness cuts; the others have a chunk= that means the length of their own operation.
class Cut : public Conformance {};
bool is_cut(const Traits& traits) {
  const std::vector<OptionTraits> known = all_options(traits);
  return !known.empty() && known.back().name == "chunk" && known.back().default_value == traits.usual_chunk;
}
INSTANTIATE_TEST_SUITE_P(Transports, Cut, ::testing::ValuesIn(variants(is_cut)), label_of);

// A worker that attaches with chunk= as the harness does, and sends.
Script send_in_chunks(const Traits& traits, const Options& options, std::span<const std::byte> sent,
                      std::size_t chunk_bytes) {
  Options cut = options;
  cut["chunk"] = std::to_string(chunk_bytes);
  check_options(traits, cut);
  return [&traits, cut, sent, chunk_bytes](WorkerSide& worker) {
    std::unique_ptr<Sender> sender;
    try {
      sender = attach_sender(worker.session(), worker.number(), traits, cut);
    } catch (const UsageError&) {
      worker.end(2);
    }
    if (sender->send(sent) != Io::ok) worker.end(send_closed_status);
    const std::uint64_t least = (sent.size() - 1) / chunk_bytes + 1;
    // A stream may take less than it is offered; the others never do.
    const bool right =
        traits.framing == Framing::stream ? sender->steps() >= least : sender->steps() == least;
    worker.end(right ? 0 : 1);
  };
}

TEST_P(Cut, ChunkIsTheMostOfOneWrite) {
  const Bytes sent = random_bytes(100'001, 8);
  for (const std::size_t chunk_bytes : {std::size_t{1000}, std::size_t{4096}}) {
    SCOPED_TRACE(chunk_bytes);
    Trial trial(transport(), options(), 1, send_in_chunks(traits(), options(), sent, chunk_bytes));
    ASSERT_EQ(trial.attach(0), Io::ok);
    EXPECT_TRUE(trial.receives(0, sent));
    EXPECT_EQ(trial.supervisor().wait_end(0), 0);
  }
}

TEST_P(Cut, ChunkBeyondTheLimitOfAStepIsRefused) {
  const Bytes sent = random_bytes(100, 9);
  Trial trial(transport(), options(), 1, send_in_chunks(traits(), options(), sent, std::size_t{1} << 50));
  ASSERT_EQ(trial.attach(0), Io::ok);
  if (traits().limit.empty()) {
    EXPECT_TRUE(trial.receives(0, sent));
  }
  EXPECT_EQ(trial.supervisor().wait_end(0), traits().limit.empty() ? 0 : 2 << 8);  // as wait(2) says it
}

// Those that write half of their buffer at a time, unless they are told otherwise.
class Halved : public Conformance {};
INSTANTIATE_TEST_SUITE_P(Transports, Halved, ::testing::ValuesIn(variants([](const Traits& it) {
                           return it.usual_chunk == "half";
                         })),
                         label_of);

TEST_P(Halved, WholeIsOneWriteWhenItIsAskedFor) {
  const Bytes sent = random_bytes(60'000, 11);  // the buffer takes 64 KiB
  for (const auto& [chunk, steps] :
       std::map<std::string, std::uint64_t>{{"half", 2}, {"whole", 1}, {"20000", 3}}) {
    const std::uint64_t expected = steps;  // a binding cannot be captured
    const Options cut = {{"chunk", chunk}};
    check_options(traits(), cut);
    Trial trial(transport(), {}, 1, [&](WorkerSide& worker) {
      const auto sender = attach_sender(worker.session(), worker.number(), traits(), cut);
      if (sender->send(sent) != Io::ok) worker.end(send_closed_status);
      worker.end(sender->steps() == expected ? 0 : 1);
    });
    ASSERT_EQ(trial.attach(0), Io::ok);
    EXPECT_TRUE(trial.receives(0, sent));
    EXPECT_EQ(trial.supervisor().wait_end(0), 0) << chunk;
  }
}

constexpr int many = 8;

struct ManyWorkers {
  std::vector<Bytes> sent;
  ManyWorkers() {
    // Different sizes too, so that an exchange of two workers' bytes cannot go unseen.
    for (std::size_t w = 0; w < many; ++w) sent.push_back(random_bytes(1'000'000 + 77'777 * w, 10 + w));
  }
  [[nodiscard]] Script script() const {
    return [this](WorkerSide& worker) { worker.send(of(worker.number())); };
  }
  [[nodiscard]] const Bytes& of(int worker) const { return sent.at(static_cast<std::size_t>(worker)); }
};

TEST_P(Conformance, ManyWorkersOneAfterTheOther) {
  const ManyWorkers workers;
  Trial trial(transport(), options(), many, workers.script());
  for (int worker = 0; worker < many; ++worker) ASSERT_EQ(trial.attach(worker), Io::ok);
  // Backwards: nobody's bytes may depend on another's having been taken.
  for (int worker = many - 1; worker >= 0; --worker)
    EXPECT_TRUE(trial.receives(worker, workers.of(worker))) << worker;
  for (int worker = 0; worker < many; ++worker) EXPECT_EQ(trial.supervisor().wait_end(worker), 0);
}

TEST_P(Conformance, ManyWorkersAtOnce) {
  const ManyWorkers workers;
  Trial trial(transport(), options(), many, workers.script());
  for (int worker = 0; worker < many; ++worker) ASSERT_EQ(trial.attach(worker), Io::ok);
  std::vector<std::thread> threads;
  for (int worker = 0; worker < many; ++worker) {
    threads.emplace_back([&, worker] { EXPECT_TRUE(trial.receives(worker, workers.of(worker))) << worker; });
  }
  for (std::thread& thread : threads) thread.join();
  for (int worker = 0; worker < many; ++worker) EXPECT_EQ(trial.supervisor().wait_end(worker), 0);
}

// What one worker sends may depend on what another has sent, as long as somebody receives from both.
TEST_P(Conformance, AWaitingReceiverHoldsNobodyUp) {
  const Bytes first = random_bytes(300'000, 30);
  const Bytes second = random_bytes(3'000, 31);
  SharedNumber first_is_received;
  Trial trial(transport(), options(), 3, [&](WorkerSide& worker) {
    worker.attach();
    if (worker.number() == 0) worker.send(first);
    first_is_received.wait_set();
    if (worker.number() != 0) worker.send(second);
  });
  for (int worker = 0; worker < 3; ++worker) ASSERT_EQ(trial.attach(worker), Io::ok);
  std::vector<std::thread> threads;
  for (const int worker : {1, 2}) {
    threads.emplace_back([&, worker] { EXPECT_TRUE(trial.receives(worker, second)) << worker; });
  }
  EXPECT_TRUE(trial.receives(0, first));
  first_is_received.set(1);
  for (std::thread& thread : threads) thread.join();
}

TEST_P(Conformance, UnequalAmounts) {
  const Bytes content = random_bytes(2'000'000, 32);
  const std::vector<std::size_t> sizes = {1, 2'000'000, 0, 40'000, 7, 500'000};
  const int workers = static_cast<int>(sizes.size());
  const auto share = [&](int worker) {
    return std::span{content}.first(sizes.at(static_cast<std::size_t>(worker)));
  };
  Trial trial(transport(), options(), workers, [&](WorkerSide& worker) {
    const std::span<const std::byte> all = share(worker.number());
    worker.send(all.first(all.size() / 2));
    worker.send(all.subspan(all.size() / 2));
  });
  for (int worker = 0; worker < workers; ++worker) ASSERT_EQ(trial.attach(worker), Io::ok);
  std::vector<std::thread> threads;
  for (int worker = 0; worker < workers; ++worker) {
    threads.emplace_back([&, worker] { EXPECT_TRUE(trial.receives(worker, share(worker))) << worker; });
  }
  for (std::thread& thread : threads) thread.join();
  for (int worker = 0; worker < workers; ++worker) EXPECT_EQ(trial.supervisor().wait_end(worker), 0);
}

constexpr std::uint32_t messages = 100;

// Messages of all sizes, some beyond one step.
std::span<const std::byte> message(const Bytes& content, std::uint32_t number) {
  return std::span{content}.subspan(number, 1 + number * 2'999);
}

TEST_P(Conformance, SlowReader) {
  const Bytes content = random_bytes(400'000, 7);
  SharedNumber sent;
  Trial trial(transport(), options(), 1, [&](WorkerSide& worker) {
    for (std::uint32_t number = 0; number < messages; ++number) {
      worker.send(message(content, number));
      sent.add_one();
    }
  });
  ASSERT_EQ(trial.attach(0), Io::ok);
  for (std::uint32_t number = 0; number < messages; ++number) {
    // Something else to do, in which the worker runs into whatever bounds the mechanism.
    EXPECT_EQ(random_bytes(100'000, number).size(), 100'000U);
    ASSERT_TRUE(trial.receives(0, message(content, number))) << number;
  }
  EXPECT_EQ(trial.supervisor().wait_end(0), 0);
  EXPECT_EQ(sent.get(), messages);
}

TEST_P(Conformance, SlowWriter) {
  const Bytes content = random_bytes(400'000, 8);
  SharedNumber wanted;
  Trial trial(transport(), options(), 1, [&](WorkerSide& worker) {
    worker.attach();
    for (std::uint32_t number = 0; number < messages; ++number) {
      wanted.wait_at_least(number + 1);
      // The receiver is waiting by now, or about to.
      if (random_bytes(100'000, number).size() == 100'000) worker.send(message(content, number));
    }
  });
  ASSERT_EQ(trial.attach(0), Io::ok);
  for (std::uint32_t number = 0; number < messages; ++number) {
    wanted.set(number + 1);
    ASSERT_TRUE(trial.receives(0, message(content, number))) << number;
  }
  EXPECT_EQ(trial.supervisor().wait_end(0), 0);
}

// Signals on both sides, a thousand a second, that mean nothing.
TEST_P(Conformance, InterruptionsChangeNothing) {
  const Bytes content = random_bytes(test::is_sanitized ? 1'000'000 : 4'000'000, 9);
  Trial trial(transport(), options(), 1,
              [&](WorkerSide& worker) {
                struct sigaction action {};
                action.sa_handler = [](int) {};
                ::sigaction(SIGALRM, &action, nullptr);
                const itimerval millisecond{{0, 1000}, {0, 1000}};
                ::setitimer(ITIMER_REAL, &millisecond, nullptr);
                for (int time = 0; time < 10; ++time) worker.send(content);
              },
              {.storm = true});
  ASSERT_EQ(trial.attach(0), Io::ok);
  for (int time = 0; time < 10; ++time) ASSERT_TRUE(trial.receives(0, content)) << time;
  EXPECT_EQ(trial.supervisor().wait_end(0), 0);
}

}  // namespace
}  // namespace ipcsort::conformance
