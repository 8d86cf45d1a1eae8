// What the parent does with a file that is not what the worker says, and where it has no room for one.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>

#include "sys/error.hpp"
#include "tests/sanitized.hpp"
#include "tests/transports/fixture.hpp"

namespace ipcsort::conformance {
namespace {

constexpr int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL;

// A message with `files` copies of a descriptor; true when it went out.
bool pass(int socket, std::uint64_t announced_bytes, int file, std::size_t files) {
  alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(2 * sizeof(int))> control{};
  iovec content{&announced_bytes, sizeof announced_bytes};
  msghdr message{};
  message.msg_iov = &content;
  message.msg_iovlen = 1;
  if (files > 0) {
    message.msg_control = control.data();
    message.msg_controllen = CMSG_SPACE(files * sizeof(int));
    cmsghdr* const header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(files * sizeof(int));
    const int both[] = {file, file};
    std::memcpy(CMSG_DATA(header), both, files * sizeof(int));
  }
  return ::sendmsg(socket, &message, MSG_NOSIGNAL) == sizeof announced_bytes;
}

struct Lie {
  const char* name;
  std::uint64_t announced_bytes = 100;
  std::size_t files = 1;
  int seals_set = seals;
  bool is_memfd = true;
};

constexpr Lie lies[] = {
    {"longer than it is", 101},
    {"shorter than it is", 99},
    {"of immense length", std::uint64_t{1} << 63},
    {"no file", 100, 0},
    {"two files", 100, 2},
    {"a file for nothing", 0, 1},
    {"not sealed", 100, 1, 0},
    {"still writable", 100, 1, seals & ~F_SEAL_WRITE},
    {"can still shrink", 100, 1, seals & ~F_SEAL_SHRINK},
    {"no memfd", 100, 1, 0, false},
};

class FdPass : public Conformance {};
INSTANTIATE_TEST_SUITE_P(Transports, FdPass,
                         ::testing::ValuesIn(variants([](const Traits& it) { return it.name == "fd_pass"; })),
                         label_of);

// Nor does a descriptor stay open that came with a refused message: the fixture looks.
void expect_refused(const Transport& transport, const Lie& lie, bool lends) {
  Trial trial(
      transport, {}, 1,
      [&](WorkerSide& worker) {
        const int file = lie.is_memfd ? ::memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING)
                                      : ::open("/dev/null", O_RDWR | O_CLOEXEC);
        if (file < 0) worker.end(1);
        if (lie.is_memfd && (::ftruncate(file, 100) != 0 || ::fcntl(file, F_ADD_SEALS, lie.seals_set) != 0))
          worker.end(2);
        const int socket = worker.session().sender_descriptors(0).at(0);
        if (!pass(socket, lie.announced_bytes, file, lie.files)) worker.end(3);
      },
      {}, lends ? lend_alignment_bytes : 0);
  ASSERT_EQ(trial.attach(0), Io::ok);
  Bytes bytes(200);
  std::span<const std::byte> borrowed;
  const auto take = [&] { (void)(lends ? trial.borrow(0, borrowed) : trial.receive(0, bytes)); };
  EXPECT_THROW(take(), std::runtime_error);
  EXPECT_EQ(trial.supervisor().wait_end(0), 0);
}

TEST_P(FdPass, WhatIsNotAsAnnouncedIsAnError) {
  for (const Lie& lie : lies) {
    for (const bool lends : {false, true}) {
      SCOPED_TRACE(std::string{lie.name} + (lends ? ", lent" : ", copied"));
      expect_refused(transport(), lie, lends);
    }
  }
}

// recvmsg succeeds then, and the file is gone.
TEST_P(FdPass, FullDescriptorTableIsExplained) {
  if (test::is_sanitized) GTEST_SKIP() << test::sanitizers_own_calls;
  const Bytes content = random_bytes(1000, 60);
  Trial trial(transport(), {}, 1, [&](WorkerSide& worker) { worker.send(content); });
  ASSERT_EQ(trial.attach(0), Io::ok);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const int lowest_free = ::dup(0);
  ::close(lowest_free);
  const rlimit full{static_cast<rlim_t>(lowest_free), before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &full), 0);
  Bytes bytes(content.size());
  try {
    const Io status = trial.receive(0, bytes);
    ADD_FAILURE() << "receive says " << to_string(status);
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code().value(), EMFILE);
    EXPECT_THAT(error.what(), ::testing::HasSubstr("RLIMIT_NOFILE"));
  }
  ::setrlimit(RLIMIT_NOFILE, &before);
}

// Gigabytes are lent and a page of them used: only that page may ever exist.
TEST_P(FdPass, UnusedRestIsCutOff) {
  const Bytes content = random_bytes(1000, 61);
  constexpr std::size_t lent_bytes = std::size_t{4} << 30;
  Trial trial(
      transport(), {}, 1, [&](WorkerSide& worker) { worker.lend_and_hand_over(lent_bytes, content); }, {},
      lent_bytes);
  ASSERT_EQ(trial.attach(0), Io::ok);
  EXPECT_TRUE(trial.borrows(0, content));
  EXPECT_EQ(trial.supervisor().wait_end(0), 0);
}

}  // namespace
}  // namespace ipcsort::conformance
