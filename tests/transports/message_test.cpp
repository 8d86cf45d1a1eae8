// What only mechanisms with boundaries between messages can get wrong.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <mqueue.h>
#include <sys/msg.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>

#include "tests/transports/fixture.hpp"

namespace ipcsort::conformance {
namespace {

class MessageConformance : public Conformance {};
INSTANTIATE_TEST_SUITE_P(Transports, MessageConformance, ::testing::ValuesIn(variants([](const Traits& it) {
                           return it.framing == Framing::message;
                         })),
                         label_of);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(MessageConformance);

// Those that are sockets: something can be sent through them past the transport.
class SocketConformance : public Conformance {
 protected:
  // The socket that a worker sends through; -1 when it is not one socket. A worker holds no others.
  static int worker_socket() {
    int found = -1;
    for (const std::string& name : names_in("/proc/self/fd")) {
      const int fd = std::stoi(name);
      int type = 0;
      socklen_t size = sizeof type;
      if (fd <= STDERR_FILENO || ::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) != 0) continue;
      if (found >= 0) return -1;
      found = fd;
    }
    return found;
  }
};
INSTANTIATE_TEST_SUITE_P(Transports, SocketConformance, ::testing::ValuesIn(variants([](const Traits& it) {
                           return it.framing == Framing::message &&
                                  (it.name.starts_with("socketpair_") || it.name.starts_with("unix_"));
                         })),
                         label_of);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(SocketConformance);

// A queue that holds nothing but messages; xsi_msg_sem looks into its own only when a semaphore says so.
class QueueConformance : public Conformance {};
INSTANTIATE_TEST_SUITE_P(Transports, QueueConformance, ::testing::ValuesIn(variants([](const Traits& it) {
                           return it.name == "xsi_msg" || it.name == "posix_mq";
                         })),
                         label_of);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(QueueConformance);

// A message that does not fit would be cut by the kernel without a word.
TEST_P(MessageConformance, LongerThanAskedIsAnError) {
  const Bytes content = random_bytes(1000, 26);
  Trial trial(transport(), options(), 1, [&](WorkerSide& worker) { worker.send(content); });
  ASSERT_EQ(trial.attach(0), Io::ok);
  Bytes bytes(content.size() - 1);
  EXPECT_THROW((void)trial.receive(0, bytes), std::runtime_error);
}

// No transport sends one, so it is none of ours; taken for zero bytes of progress it would be waited for for
// ever.
TEST_P(SocketConformance, EmptyMessageIsAnError) {
  Trial trial(transport(), options(), 1, [&](WorkerSide& worker) {
    worker.attach();
    const int fd = worker_socket();
    if (fd < 0 || ::send(fd, nullptr, 0, 0) != 0) worker.end(1);
  });
  ASSERT_EQ(trial.attach(0), Io::ok);
  ASSERT_EQ(trial.supervisor().wait_end(0), 0);
  Bytes bytes(1);
  EXPECT_THROW((void)trial.receive(0, bytes), std::runtime_error);
}

TEST_P(QueueConformance, EmptyMessageIsAnError) {
  Trial trial(transport(), options(), 1, [&](WorkerSide& worker) {
    for (const int queue : worker.session().sender_descriptors(0)) {
      if (::mq_send(queue, "", 0, 0) == 0) worker.end(0);
    }
    for (const XsiObject& object : Traces::take().xsi) {
      if (before().xsi.contains(object) || !object.name.starts_with("xsi_msg ")) continue;
      const long type = 1;
      const key_t key = static_cast<key_t>(std::stol(object.name.substr(object.name.find(' '))));
      if (::msgsnd(::msgget(key, 0), &type, 0, 0) == 0) worker.end(0);
    }
    worker.end(1);
  });
  ASSERT_EQ(trial.attach(0), Io::ok);
  ASSERT_EQ(trial.supervisor().wait_end(0), 0);
  Bytes bytes(1);
  EXPECT_THROW((void)trial.receive(0, bytes), std::runtime_error);
}

// Descriptors that come along uninvited find no place in the receiver's process: the frame around the test
// counts them.
TEST_P(SocketConformance, DescriptorsSentAlongAreNotTaken) {
  const Bytes content = random_bytes(1000, 28);
  Trial trial(transport(), options(), 1, [&](WorkerSide& worker) {
    worker.attach();
    const int fd = worker_socket();
    if (fd < 0) worker.end(1);
    const int gift = ::open("/dev/null", O_RDONLY);
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof gift)] = {};
    iovec part{const_cast<std::byte*>(content.data()), content.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof gift);
    std::memcpy(CMSG_DATA(header), &gift, sizeof gift);
    if (::sendmsg(fd, &message, 0) != static_cast<ssize_t>(content.size())) worker.end(2);
    worker.send(content);
  });
  ASSERT_EQ(trial.attach(0), Io::ok);
  ASSERT_EQ(trial.supervisor().wait_end(0), 0);
  EXPECT_TRUE(trial.receives(0, content));
  EXPECT_TRUE(trial.receives(0, content));
}

}  // namespace
}  // namespace ipcsort::conformance
