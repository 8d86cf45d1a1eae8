// Round trips over two sessions of the same transport.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include "sys/fd.hpp"
#include "tests/transports/fixture.hpp"
#include "transports/duplex.hpp"

namespace ipcsort::conformance {
namespace {

class DuplexConformance : public Conformance {
 protected:
  using Echo = std::function<void(Duplex& duplex, Duplex::Channel& channel)>;

  // Forks a worker that runs `echo`, and attaches the parent's side.
  void start(const Echo& echo, Supervision supervision = {}) {
    objects_ = std::make_unique<sys::ObjectLog>();
    duplex_ = std::make_unique<Duplex>(transport(), options(), *objects_);
    const pid_t parent = ::getpid();
    const pid_t pid = ::fork();
    ASSERT_GE(pid, 0);
    if (pid == 0) {
      sys::die_with_parent(parent);
      ::signal(SIGPIPE, SIG_IGN);
      sys::close_all_except(duplex_->worker_descriptors());
      try {
        Duplex::Channel channel;
        if (duplex_->attach_worker(channel) != Io::ok) ::_exit(1);
        echo(*duplex_, channel);
        ::_exit(0);
      } catch (const std::exception& error) {
        std::fprintf(stderr, "worker: %s\n", error.what());
        ::_exit(exception_status);
      }
    }
    remember_pid(pid);
    std::vector<sys::Child> children;
    children.emplace_back(pid);
    supervisor_ = std::make_unique<Supervisor>(std::move(children), supervision);
    const Supervisor::Waiting waiting(*supervisor_, 0);
    ASSERT_EQ(duplex_->attach_parent(supervisor_->watch(0), channel_), Io::ok);
  }
  void TearDown() override {
    supervisor_.reset();
    channel_ = {};
    duplex_.reset();
    if (objects_) {
      EXPECT_TRUE(objects_->remove_leftovers().empty());
    }
    objects_.reset();
    Conformance::TearDown();
  }
  Io receive(std::span<std::byte> bytes) {
    const Supervisor::Waiting waiting(*supervisor_, 0);
    return channel_.receiver->receive(bytes, supervisor_->watch(0));
  }
  Duplex::Channel& channel() { return channel_; }
  Supervisor& supervisor() { return *supervisor_; }

 private:
  std::unique_ptr<sys::ObjectLog> objects_;
  std::unique_ptr<Duplex> duplex_;
  Duplex::Channel channel_;
  std::unique_ptr<Supervisor> supervisor_;
};

INSTANTIATE_TEST_SUITE_P(Transports, DuplexConformance, ::testing::ValuesIn(variants(copies)), label_of);

// Sends back what comes, with every bit turned, so that nothing can be taken for its own echo.
void turn_and_echo(Duplex& duplex, Duplex::Channel& channel, std::size_t size) {
  Bytes bytes(size);
  if (channel.receiver->receive(bytes, duplex.parent_watch()) != Io::ok) ::_exit(2);
  for (std::byte& byte : bytes) byte = ~byte;
  if (channel.sender->send(bytes) != Io::ok) ::_exit(3);
}

TEST_P(DuplexConformance, RoundTripsOfAllSizes) {
  const std::vector<std::size_t> sizes = {1, 64, 4096, 65'537, 300'000, 1, 8};
  start([&](Duplex& duplex, Duplex::Channel& channel) {
    for (const std::size_t size : sizes) {
      for (int time = 0; time < 5; ++time) turn_and_echo(duplex, channel, size);
    }
  });
  for (const std::size_t size : sizes) {
    for (std::uint64_t time = 0; time < 5; ++time) {
      Bytes sent = random_bytes(size, size + time);
      Bytes back(size);
      ASSERT_EQ(channel().sender->send(sent), Io::ok);
      ASSERT_EQ(receive(back), Io::ok);
      for (std::byte& byte : back) byte = ~byte;
      ASSERT_TRUE(same(back, sent)) << size;
    }
  }
  EXPECT_EQ(supervisor().wait_end(0), 0);
}

TEST_P(DuplexConformance, DeathOfTheWorkerEndsTheWaitForItsAnswer) {
  start([](Duplex& duplex, Duplex::Channel& channel) {
    turn_and_echo(duplex, channel, 100);
    Bytes more(100);
    if (channel.receiver->receive(more, duplex.parent_watch()) == Io::ok) ::raise(SIGKILL);
  });
  Bytes bytes(100);
  ASSERT_EQ(channel().sender->send(bytes), Io::ok);
  ASSERT_EQ(receive(bytes), Io::ok);
  ASSERT_EQ(channel().sender->send(bytes), Io::ok);
  EXPECT_THAT(receive(bytes), ::testing::AnyOf(Io::closed, Io::peer_died));
}

}  // namespace
}  // namespace ipcsort::conformance
