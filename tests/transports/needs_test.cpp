// What recommend says of a transport (bench/recommend/needs.hpp) is what it does: each need, met or not, of each.
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iostream>
#include <sstream>
#include <thread>

#include "bench/recommend/needs.hpp"
#include "sys/capabilities.hpp"
#include "sys/process.hpp"
#include "tests/transports/fixture.hpp"

namespace ipcsort::conformance {
namespace {

class Needs : public Conformance {
 protected:
  static bool meets(std::string_view need) {
    return recommend::parse_needs(std::string{need}, "need").front()->is_met(traits(), options());
  }
};
INSTANTIATE_TEST_SUITE_P(Transports, Needs, ::testing::ValuesIn(variants(copies)), label_of);

// /proc/PID/stat of a process, or of one of our threads.
struct ThreadState {
  char state = '?';  // S: asleep
  std::uint64_t cpu_ticks = 0;

  static ThreadState of(const std::string& directory) {
    std::ifstream file(directory + "/stat");
    std::string text((std::istreambuf_iterator<char>(file)), {});
    std::istringstream fields(text.substr(std::min(text.size(), text.rfind(')') + 1)));
    ThreadState now;
    std::string skipped;
    fields >> now.state;
    for (int field = 4; field < 14; ++field) fields >> skipped;
    std::uint64_t user = 0, system = 0;
    fields >> user >> system;
    now.cpu_ticks = user + system;
    return now;
  }
};

// Whether a thread that has to wait goes to sleep: one that is found asleep at 20 looks in a row, or has used a tenth of a second
// of a processor. One of both comes; what copies before it waits takes a few thousandths.
bool falls_asleep(const std::string& directory) {
  const auto limit =
      ThreadState::of(directory).cpu_ticks + static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK)) / 10;
  for (int asleep = 0; asleep < 20;) {
    const ThreadState now = ThreadState::of(directory);
    asleep = now.state == 'S' ? asleep + 1 : 0;
    if (now.cpu_ticks >= limit) return false;
    std::this_thread::sleep_for(
        std::chrono::milliseconds(1));  // a busy look would take the processor from it
  }
  return true;
}

TEST_P(Needs, ASenderWithoutRoomSleepsOrSpins) {
  const Bytes content = random_bytes(16 << 20, 31);
  SharedNumber attached;
  Trial trial(transport(), options(), 1, [&](WorkerSide& worker) {
    worker.attach();
    attached.set(1);
    worker.send(content);
  });
  ASSERT_EQ(trial.attach(0), Io::ok);
  attached.wait_set();
  EXPECT_EQ(falls_asleep("/proc/" + std::to_string(trial.supervisor().watch(0).worker_pid())),
            meets("no-spin"));
}

TEST_P(Needs, AReceiverWithoutDataSleepsOrSpins) {
  const Bytes content = random_bytes(100, 32);
  SharedNumber go, receiving;
  Trial trial(transport(), options(), 1, [&](WorkerSide& worker) {
    worker.attach();
    go.wait_set();
    worker.send(content);
  });
  ASSERT_EQ(trial.attach(0), Io::ok);
  std::thread receiver([&] {
    receiving.set(static_cast<std::uint32_t>(::gettid()));
    EXPECT_TRUE(trial.receives(0, content));
  });
  receiving.wait_set();
  const bool sleeps = falls_asleep("/proc/self/task/" + std::to_string(receiving.get()));
  go.set(1);
  receiver.join();
  EXPECT_EQ(sleeps, meets("no-spin"));
}

bool has_internet_socket() {
  for (const std::string& name : names_in("/proc/self/fd")) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    if (::getsockname(std::stoi(name), reinterpret_cast<sockaddr*>(&address), &size) == 0 &&
        address.ss_family == AF_INET)
      return true;
  }
  return false;
}

// What has a name is in the log before it is used; a port is none of those, and one all the same.
TEST_P(Needs, NamesAreThereOrNot) {
  const Bytes content = random_bytes(1000, 33);
  Trial trial(transport(), options(), 1, [&](WorkerSide& worker) { worker.send(content); });
  ASSERT_EQ(trial.attach(0), Io::ok);
  ASSERT_TRUE(trial.receives(0, content));
  std::string log;
  for (const std::string& name : names_in(runtime_directory()))
    log += (std::stringstream{} << std::ifstream(runtime_directory() + "/" + name).rdbuf()).str();
  const bool has_port = has_internet_socket();
  const bool has_name = has_port || log.find("+ ") != std::string::npos;
  EXPECT_EQ(has_name, !meets("no-names")) << log;
  EXPECT_EQ(has_name, meets("other-user")) << log;
  EXPECT_EQ(has_port || log.find("+ path ") != std::string::npos, meets("other-container")) << log;
}

// Whoever else still held the worker's end, the parent or a sibling, would keep the end of the stream away.
TEST_P(Needs, TheEndNeedsNoWatchOrOne) {
  const Bytes content = random_bytes(1000, 25);
  SharedNumber end;
  Trial trial(transport(), options(), 3,
              [&](WorkerSide& worker) {
                worker.send(content);
                if (worker.number() != 1) end.wait_set();
                worker.die();
              },
              {.timeout_ns = meets("eof-on-death") ? 240 * sys::second_ns : soon_ns, .tells_of_ends = false});
  for (int worker = 0; worker < 3; ++worker) ASSERT_EQ(trial.attach(worker), Io::ok);
  ASSERT_TRUE(trial.receives(1, content));
  Bytes more(1);
  EXPECT_EQ(trial.receive(1, more), meets("eof-on-death") ? Io::closed : Io::timed_out);
}

// One that is killed in the midst of a payload is mourned by its receiver alone; what does not even see an end does not
// survive it.
TEST_P(Needs, OtherWorkersSurviveAKilledOne) {
  if (!meets("survives-a-killed-worker")) {
    EXPECT_FALSE(meets("eof-on-death"));
    return;
  }
  const Bytes content = random_bytes(400'000, 34);
  SharedNumber killed;
  Trial trial(transport(), options(), 3,
              [&](WorkerSide& worker) {
                worker.attach();
                if (worker.number() == 1) {
                  worker.send(std::span{content}.first(300'001));
                  worker.die();
                }
                killed.wait_set();
                worker.send(content);
              },
              {.tells_of_ends = false});
  for (int worker = 0; worker < 3; ++worker) ASSERT_EQ(trial.attach(worker), Io::ok);
  Bytes bytes(content.size());
  EXPECT_EQ(trial.receive(1, bytes), Io::closed);
  killed.set(1);
  for (const int other : {0, 2}) EXPECT_TRUE(trial.receives(other, content));
}

// A message is taken as a whole or not at all; a stream in any pieces. Memory knows neither.
TEST_P(Needs, BoundariesAreKeptOrNot) {
  if (traits().framing == Framing::region) {
    EXPECT_FALSE(meets("boundaries"));
    return;
  }
  const Bytes content = random_bytes(100, 35);
  Trial trial(transport(), options(), 1, [&](WorkerSide& worker) { worker.send(content); });
  ASSERT_EQ(trial.attach(0), Io::ok);
  Bytes part(40);
  if (meets("boundaries")) {
    EXPECT_THROW((void)trial.receive(0, part), std::runtime_error);
  } else {
    EXPECT_EQ(trial.receive(0, part), Io::ok);
    EXPECT_TRUE(trial.receives(0, std::span{content}.subspan(part.size())));
  }
}

TEST_P(Needs, ThereIsALenderOrNone) {
  SharedNumber lenders;
  Trial trial(
      transport(), options(), 1,
      [&](WorkerSide& worker) { lenders.set(worker.attach().lender() == nullptr ? 1 : 2); }, {},
      lend_alignment_bytes);
  ASSERT_EQ(trial.attach(0), Io::ok);
  lenders.wait_set();
  EXPECT_EQ(lenders.get() == 2, meets("zero-copy"));
}

// As a user without any capability; a machine that forbids it to those says so when it is asked.
TEST_P(Needs, NoPrivilegeIsNeededOrItIsSaid) {
  EXPECT_TRUE(meets("unprivileged"));
  const auto moves_data = [] {
    sys::give_up_capabilities();
    if (!transport().probe().usable) return true;
    const Bytes content = random_bytes(100'000, 36);
    Trial trial(transport(), options(), 1, [&](WorkerSide& worker) { worker.send(content); });
    return trial.attach(0) == Io::ok && trial.receives(0, content);
  };
  const pid_t pid = ::fork();
  ASSERT_GE(pid, 0);
  if (pid == 0) {
    bool is_right = false;
    try {
      is_right = moves_data();
    } catch (const std::exception& error) {
      std::cerr << error.what() << "\n";
    }
    ::_exit(is_right ? 0 : 1);
  }
  EXPECT_EQ(sys::Child(pid).wait(), 0);
}

}  // namespace
}  // namespace ipcsort::conformance
