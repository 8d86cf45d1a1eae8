// Where the two sides meet at an address, others can come too: those who say nothing, nonsense or something
// that looks right, before, between and after the workers. The run takes no notice.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <functional>

#include "sys/error.hpp"
#include "sys/fd.hpp"
#include "tests/transports/fixture.hpp"

namespace ipcsort::conformance {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;

const auto ended = AnyOf(Io::closed, Io::peer_died);

bool is_one_of(const Traits& traits, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), traits.name) != names.end();
}

// Where a socket can be reached.
struct Address {
  int domain = 0;
  int type = 0;
  sockaddr_storage address{};
  socklen_t size = 0;
};

// What waits for others among this process's own sockets.
std::vector<Address> open_addresses() {
  std::vector<Address> found;
  for (const std::string& name : names_in("/proc/self/fd")) {
    const int fd = std::stoi(name);
    Address it;
    socklen_t size = sizeof it.type;
    int listens = 0;
    if (::getsockopt(fd, SOL_SOCKET, SO_TYPE, &it.type, &size) != 0) continue;
    ::getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &it.domain, &size);
    ::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size);
    it.size = sizeof it.address;
    if (::getsockname(fd, reinterpret_cast<sockaddr*>(&it.address), &it.size) != 0) continue;
    if (it.size > sizeof(sa_family_t) && (listens != 0 || it.type == SOCK_DGRAM)) found.push_back(it);
  }
  return found;
}

// Empty when there is nobody any more.
sys::Fd connect_to(const Address& there) {
  sys::Fd fd{sys::check(::socket(there.domain, there.type | SOCK_CLOEXEC, 0), "socket")};
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&there.address), there.size) != 0) fd.reset();
  return fd;
}

// A process that is neither the parent nor a worker.
class Stranger {
 public:
  explicit Stranger(const std::function<void()>& act) {
    const pid_t parent = ::getpid();
    const pid_t pid = sys::check(::fork(), "fork");
    if (pid == 0) {
      sys::die_with_parent(parent);
      ::signal(SIGPIPE, SIG_IGN);
      try {
        act();
      } catch (const std::exception& error) {
        std::fprintf(stderr, "stranger: %s\n", error.what());
      }
      for (;;) ::pause();
    }
    child_ = sys::Child(pid);
  }
  Stranger(const Stranger&) = delete;
  Stranger& operator=(const Stranger&) = delete;
  ~Stranger() {
    child_.kill(SIGKILL);
    child_.wait();
  }

 private:
  sys::Child child_;
};

// Nothing; too little; something else; something else of a hello's length; what is as much like a hello as
// one can know without having been told.
std::vector<std::string> nonsense() {
  std::string forged = "ipcsort2";
  forged.resize(32);
  return {"",
          "i",
          "short",
          std::string(32, 'x'),
          "long enough to look like something, and then some",
          forged,
          forged + "and the payload"};
}

class MeetingConformance : public Conformance {
 protected:
  // One connection for each way to talk nonsense, to each address.
  static std::vector<sys::Fd> connect_and_talk(const std::vector<Address>& addresses) {
    std::vector<sys::Fd> connections;
    for (const Address& there : addresses) {
      for (const std::string& text : nonsense()) {
        sys::Fd fd = connect_to(there);
        if (!fd) continue;
        const int flags = MSG_NOSIGNAL | MSG_DONTWAIT;  // a queue may be full
        if (!text.empty()) (void)::send(fd.get(), text.data(), text.size(), flags);
        connections.push_back(std::move(fd));
      }
    }
    return connections;
  }

  // Knocks, says something and hangs up, without a pause, as long as there is somebody; or, where there are
  // no connections, fills the queue and goes on filling it.
  static void molest(const std::vector<Address>& addresses, SharedNumber& times) {
    std::vector<sys::Fd> kept;
    for (std::size_t turn = 0;; ++turn) {
      const Address& there = addresses[turn % addresses.size()];
      if (turn < addresses.size() || there.type == SOCK_STREAM) {
        sys::Fd fd = connect_to(there);
        if (!fd) return;
        const linger at_once{1, 0};  // leaves no TIME_WAIT behind
        ::setsockopt(fd.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        if (there.type == SOCK_DGRAM)
          kept.push_back(std::move(fd));
        else
          (void)::send(fd.get(), "knock", 5, MSG_NOSIGNAL);
      } else {
        (void)::send(kept[turn % kept.size()].get(), "knock", 5, MSG_NOSIGNAL | MSG_DONTWAIT);
      }
      times.add_one();
    }
  }
};
INSTANTIATE_TEST_SUITE_P(Transports, MeetingConformance, ::testing::ValuesIn(variants([](const Traits& it) {
                           return is_one_of(it, {"unix_stream", "unix_dgram", "tcp_loopback"});
                         })),
                         label_of);

// Another process, the parent itself and the workers themselves talk nonsense first.
TEST_P(MeetingConformance, StrangersAreIgnored) {
  const Bytes content = random_bytes(300'000, 27);
  const sys::Mapping shared = sys::Mapping::shared_memory(8 * sizeof(Address));
  SharedNumber addresses_known, stranger_done;
  const auto known = [&] {
    addresses_known.wait_set();
    const auto* first = reinterpret_cast<const Address*>(shared.data());
    return std::vector<Address>(first, first + addresses_known.get());
  };
  Trial trial(transport(), options(), 2, [&](WorkerSide& worker) {
    stranger_done.wait_set();
    const std::vector<sys::Fd> silent = connect_and_talk(known());
    worker.send(content);
  });
  const std::vector<Address> addresses = open_addresses();
  ASSERT_FALSE(addresses.empty());
  std::memcpy(shared.data(), addresses.data(), addresses.size() * sizeof(Address));
  const std::vector<sys::Fd> own = connect_and_talk(addresses);
  ASSERT_FALSE(own.empty());
  addresses_known.set(static_cast<std::uint32_t>(addresses.size()));
  const Stranger stranger([&] {
    const std::vector<sys::Fd> theirs = connect_and_talk(addresses);
    stranger_done.set(1);
    for (;;) ::pause();
  });
  for (int worker = 0; worker < 2; ++worker) ASSERT_EQ(trial.attach(worker), Io::ok);
  for (int worker = 0; worker < 2; ++worker) EXPECT_TRUE(trial.receives(worker, content)) << worker;
  EXPECT_TRUE(open_addresses().empty() || addresses[0].type == SOCK_DGRAM) << "somebody could still come";
  for (const sys::Fd& fd : own) {
    if (addresses[0].type != SOCK_STREAM) break;
    // All of them are hung up on, also those that were silent.
    pollfd end{fd.get(), POLLIN, 0};
    EXPECT_EQ(::poll(&end, 1, 10'000), 1) << "the stranger is still connected";
    char answer = 0;
    EXPECT_LE(::recv(fd.get(), &answer, 1, MSG_DONTWAIT), 0);
  }
}

// More than the parent keeps, more than it could have descriptors for.
TEST_P(MeetingConformance, ManySilentStrangersKeepNobodyWaiting) {
  constexpr std::uint32_t many = 400;
  const Bytes content = random_bytes(1000, 29);
  SharedNumber connected;
  Trial trial(transport(), options(), 2, [&](WorkerSide& worker) {
    connected.wait_at_least(many);
    worker.send(content);
  });
  const std::vector<Address> addresses = open_addresses();
  ASSERT_FALSE(addresses.empty());
  const Stranger stranger([&] {
    std::vector<sys::Fd> connections;
    for (std::uint32_t i = 0; i < many; ++i) {
      connections.push_back(connect_to(addresses[i % addresses.size()]));
      connected.add_one();
    }
    for (;;) ::pause();
  });
  for (int worker = 0; worker < 2; ++worker) {
    ASSERT_EQ(trial.attach(worker), Io::ok);
    EXPECT_TRUE(trial.receives(worker, content));
  }
}

// Nor does it hide, where it can go on after the rendezvous, that a worker has died.
TEST_P(MeetingConformance, WhoeverKeepsKnockingKeepsNobodyOut) {
  const Bytes content = random_bytes(500'000, 30);
  SharedNumber knocks;
  Trial trial(transport(), options(), 2, [&](WorkerSide& worker) {
    knocks.wait_at_least(20);
    worker.send(content);
    for (;;) ::pause();
  });
  const std::vector<Address> addresses = open_addresses();
  ASSERT_FALSE(addresses.empty());
  const Stranger stranger([&] { molest(addresses, knocks); });
  for (int worker = 0; worker < 2; ++worker) {
    ASSERT_EQ(trial.attach(worker), Io::ok);
    EXPECT_TRUE(trial.receives(worker, content)) << worker;
  }
  trial.supervisor().kill(0, SIGKILL);
  Bytes more(1);
  EXPECT_THAT(trial.receive(0, more), ended);
}

TEST_P(MeetingConformance, WhoeverKeepsKnockingHidesNoDeath) {
  SharedNumber knocks;
  Trial trial(transport(), options(), 2, [&](WorkerSide& worker) {
    knocks.wait_at_least(20);
    if (worker.number() == 1) worker.die();
    for (;;) ::pause();
  });
  const std::vector<Address> addresses = open_addresses();
  ASSERT_FALSE(addresses.empty());
  const Stranger stranger([&] { molest(addresses, knocks); });
  const sys::Nanoseconds start_ns = sys::now_ns();
  EXPECT_EQ(trial.attach(0), Io::peer_died);
  EXPECT_LT(sys::now_ns() - start_ns, 10 * sys::second_ns);
}

// TCP does not say which process has connected.
class KnownPeerConformance : public Conformance {};
INSTANTIATE_TEST_SUITE_P(Transports, KnownPeerConformance, ::testing::ValuesIn(variants([](const Traits& it) {
                           return it.name == "unix_stream" || it.name == "unix_dgram";
                         })),
                         label_of);

// Where the kernel says who it is, a worker cannot be another one, though it knows all that the other knows.
TEST_P(KnownPeerConformance, WorkersCannotPassForOneAnother) {
  const Bytes content = random_bytes(1000, 31);
  SharedNumber forged;
  Trial trial(transport(), options(), 2, [&](WorkerSide& worker) {
    std::unique_ptr<Sender> other;
    if (worker.number() == 1) {
      other = worker.attach_as(0);
      (void)other->send(random_bytes(1000, 32));  // may have been shown the door by now
      forged.set(1);
    }
    forged.wait_set();
    worker.send(content);
  });
  for (int worker = 0; worker < 2; ++worker) {
    ASSERT_EQ(trial.attach(worker), Io::ok);
    EXPECT_TRUE(trial.receives(worker, content)) << worker;
  }
}

class PathConformance : public Conformance {};
INSTANTIATE_TEST_SUITE_P(Transports, PathConformance, ::testing::ValuesIn(variants([](const Traits& it) {
                           return it.naming == Naming::path;
                         })),
                         label_of);

// Nobody else can open them, whatever the umask is.
TEST_P(PathConformance, PathsArePrivate) {
  const mode_t umask_before = ::umask(0);
  sys::ObjectLog objects;
  const std::unique_ptr<Session> session = transport().open({2, options(), &objects});
  ::umask(umask_before);
  int paths = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(runtime_directory())) {
    struct stat state {};
    ASSERT_EQ(::lstat(entry.path().c_str(), &state), 0);
    EXPECT_EQ(state.st_mode & 07777, S_ISDIR(state.st_mode) ? 0700U : 0600U) << entry.path();
    if (!S_ISDIR(state.st_mode) && entry.path().extension() != ".log") ++paths;
  }
  EXPECT_GT(paths, 0);
}

TEST_P(PathConformance, TooLongAPathIsExplained) {
  const std::string longer = runtime_directory() + std::string(120, 'x');
  std::filesystem::create_directories(longer);
  ::setenv("XDG_RUNTIME_DIR", longer.c_str(), 1);
  const Availability availability = transport().probe();
  if (traits().name == "fifo") {  // which is not bound by the length of a socket's address
    EXPECT_TRUE(availability.usable) << availability.reason;
    return;
  }
  EXPECT_FALSE(availability.usable);
  EXPECT_THAT(availability.reason, HasSubstr("XDG_RUNTIME_DIR"));
  sys::ObjectLog objects;
  EXPECT_THROW((void)transport().open({1, options(), &objects}), std::system_error);
}

class FifoConformance : public Conformance {};
INSTANTIATE_TEST_SUITE_P(Transports, FifoConformance,
                         ::testing::ValuesIn(variants([](const Traits& it) { return it.name == "fifo"; })),
                         label_of);

// A stream that two have written to cannot be told apart again: better no run than a wrong one.
TEST_P(FifoConformance, AStrangersWordsAreAnError) {
  Trial trial(transport(), options(), 1, [&](WorkerSide&) { ::pause(); });
  int written = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(runtime_directory())) {
    if (!entry.is_fifo()) continue;
    const sys::Fd fd = sys::open_file(entry.path(), O_WRONLY | O_NONBLOCK);
    const std::string text(32, 'x');
    sys::write_all(fd.get(), std::as_bytes(std::span{text}), entry.path());
    ++written;
  }
  ASSERT_EQ(written, 1);
  EXPECT_THROW((void)trial.attach(0), std::runtime_error);
}

// Opened and left without a word: the end, and not a wait for ever.
TEST_P(FifoConformance, OpenedAndLeftIsTheEnd) {
  Trial trial(transport(), options(), 1, [&](WorkerSide&) { ::pause(); },
              {.timeout_ns = 5 * sys::second_ns, .tells_of_ends = false});
  for (const auto& entry : std::filesystem::recursive_directory_iterator(runtime_directory())) {
    if (entry.is_fifo()) (void)sys::open_file(entry.path(), O_WRONLY | O_NONBLOCK);
  }
  EXPECT_EQ(trial.attach(0), Io::closed);
}

class TcpConformance : public Conformance {};
INSTANTIATE_TEST_SUITE_P(Transports, TcpConformance, ::testing::ValuesIn(variants([](const Traits& it) {
                           return it.name == "tcp_loopback";
                         })),
                         label_of);

// A network namespace is born with its loopback interface down.
TEST_P(TcpConformance, NoLoopbackIsExplained) {
  const pid_t pid = sys::check(::fork(), "fork");
  if (pid == 0) {
    if (::unshare(CLONE_NEWNET) != 0) ::_exit(3);
    const Availability availability = transport().probe();
    if (availability.usable) ::_exit(1);
    ::_exit(availability.reason.find("ip link set lo up") != std::string::npos ? 0 : 2);
  }
  const int status = sys::Child(pid).wait();
  ASSERT_TRUE(WIFEXITED(status));
  if (WEXITSTATUS(status) == 3) GTEST_SKIP() << "needs the right to make a network namespace";
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace ipcsort::conformance
