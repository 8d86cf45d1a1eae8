// Two processes exchange messages: over a transport that works, and over one that does one thing wrong.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <memory>
#include <stdexcept>

#include "bench/messages/exchange.hpp"
#include "transports/registry.hpp"

namespace ipcsort::messages {
namespace {

using ::testing::HasSubstr;

enum class Fault { none, corrupt, lose, die, exit, fail, hang, refuse_to_open };

constexpr int faulty_step = 5;

class FaultySender final : public Sender {
 public:
  FaultySender(std::unique_ptr<Sender> inner, Fault fault) : inner_(std::move(inner)), fault_(fault) {}

 private:
  Moved write_some(std::span<const std::byte> bytes) override {
    std::vector<std::byte> sent(bytes.begin(), bytes.end());
    if (++step_ == faulty_step) {
      switch (fault_) {
        case Fault::corrupt: sent.back() ^= std::byte{1}; break;
        case Fault::lose: return {Io::ok, bytes.size()};
        case Fault::die: ::raise(SIGKILL); break;
        case Fault::exit: ::_exit(0);
        case Fault::fail: throw std::runtime_error("a planted failure");
        case Fault::hang:
          for (;;) ::pause();
        case Fault::none:
        case Fault::refuse_to_open: break;
      }
    }
    return {inner_->send(sent), sent.size()};
  }

  std::unique_ptr<Sender> inner_;
  Fault fault_;
  int step_ = 0;
};

class FaultySession final : public Session {
 public:
  FaultySession(std::unique_ptr<Session> inner, Fault fault) : inner_(std::move(inner)), fault_(fault) {}
  [[nodiscard]] std::vector<int> sender_descriptors(int worker) const override {
    return inner_->sender_descriptors(worker);
  }
  [[nodiscard]] std::vector<int> receiver_descriptors(int worker) const override {
    return inner_->receiver_descriptors(worker);
  }
  std::unique_ptr<Sender> make_sender(int worker) override {
    return std::make_unique<FaultySender>(attach_sender(*inner_, worker, Traits{}, {}), fault_);
  }
  Attached attach_receiver(int worker, Watch& watch) override {
    return inner_->attach_receiver(worker, watch);
  }

 private:
  std::unique_ptr<Session> inner_;
  Fault fault_;
};

class FaultyPipe final : public Transport {
 public:
  explicit FaultyPipe(Fault fault) : fault_(fault) {}
  [[nodiscard]] const Traits& traits() const noexcept override { return pipe_.traits(); }
  [[nodiscard]] Availability probe() const override { return {}; }
  [[nodiscard]] std::unique_ptr<Session> open(const SessionSpec& spec) const override {
    if (fault_ == Fault::refuse_to_open) throw std::runtime_error("a planted refusal");
    return std::make_unique<FaultySession>(pipe_.open(spec), fault_);
  }

 private:
  Fault fault_;
  Registry registry_ = builtin_transports();
  const Transport& pipe_ = *registry_.find("pipe");
};

Condition condition_of(const Transport& transport, std::size_t message_bytes) {
  Condition condition;
  condition.subject.transport = &transport;
  condition.message_bytes = message_bytes;
  return condition;
}

TEST(Exchange, MessagesOfAllSizesMemoriesAndPlacements) {
  const FaultyPipe pipe(Fault::none);
  sys::ObjectLog objects;
  const Cpus cpus = usable_pair();
  for (const std::size_t bytes : {1U, 7U, 64U, 100'001U}) {
    for (const MemoryState memory : {MemoryState::hot, MemoryState::cold}) {
      for (const Pinning pinning : {Pinning::same, Pinning::cross, Pinning::free}) {
        if (pinning == Pinning::cross && !cpus.second) continue;
        Condition condition = condition_of(pipe, bytes);
        condition.memory = memory;
        condition.pinning = pinning;
        condition.cpus = cpus;
        const Exchanged one_way = exchange_one_way(condition, 10, objects);
        EXPECT_EQ(one_way.error, "") << bytes;
        EXPECT_GT(one_way.seconds, 0);
        const Exchanged both_ways = exchange_both_ways(condition, 10, objects);
        EXPECT_EQ(both_ways.error, "") << bytes;
        EXPECT_GE(both_ways.seconds, both_ways.latency.p50_s);
      }
    }
  }
}

TEST(Exchange, OnlyQuantilesThatSoManyTripsCanTell) {
  const FaultyPipe pipe(Fault::none);
  sys::ObjectLog objects;
  const Condition condition = condition_of(pipe, 8);
  const auto latency_of = [&](std::uint64_t trips) {
    return exchange_both_ways(condition, trips, objects).latency;
  };
  EXPECT_GT(latency_of(1).p50_s, 0);
  EXPECT_FALSE(latency_of(99).p99_s.has_value());
  EXPECT_TRUE(latency_of(100).p99_s.has_value());
  EXPECT_FALSE(latency_of(999).p999_s.has_value());
  const Latency whole = latency_of(1000);
  EXPECT_LE(whole.p50_s, whole.p99_s.value());
  EXPECT_LE(whole.p99_s.value(), whole.p999_s.value());
}

struct Case {
  Fault fault;
  const char* name;
  const char* says;
};
void PrintTo(const Case& it, std::ostream* out) { *out << it.name; }

class FaultyExchange : public ::testing::TestWithParam<Case> {};

TEST_P(FaultyExchange, EndsWithAnError) {
  const auto& [fault, name, says] = GetParam();
  const FaultyPipe pipe(fault);
  sys::ObjectLog objects;
  Condition condition = condition_of(pipe, 1000);
  if (fault == Fault::hang) condition.stall_limit_ns = sys::second_ns / 5;
  const Exchanged exchanged = exchange_one_way(condition, 100, objects);
  EXPECT_THAT(exchanged.error, HasSubstr(says));
  if (fault == Fault::hang || fault == Fault::fail || fault == Fault::corrupt) {
    EXPECT_THAT(exchange_both_ways(condition, 100, objects).error, HasSubstr(says));
  }
}

constexpr const char* damaged = "message 4 did not arrive as it was sent";
constexpr const char* ended = "the other side ended too early";

INSTANTIATE_TEST_SUITE_P(
    Faults, FaultyExchange,
    ::testing::Values(Case{Fault::corrupt, "corrupt", damaged}, Case{Fault::lose, "lose", damaged},
                      Case{Fault::die, "die", ended}, Case{Fault::exit, "exit", ended},
                      Case{Fault::fail, "fail", "a planted failure"},
                      Case{Fault::hang, "hang", "nothing was exchanged for too long"},
                      Case{Fault::refuse_to_open, "refuse_to_open", "a planted refusal"}),
    [](const auto& test) { return std::string{test.param.name}; });

}  // namespace
}  // namespace ipcsort::messages
